// Memory-safety fence: `Pinned` owns one heap cell whose address never changes, freed in deinit.
//
// Invariant: the value is reached by one thread at a time. Who guarantees it: `LockedBox` (callers hold the lock)
// and `ConnectionDriver` (callers hold `OnReactor`). State in such a cell costs no dynamic exclusivity check,
// which is what a stored `var` of a class would cost on every access.

/// A heap cell for a noncopyable state that is reached without exclusivity checks.
@safe
struct Pinned<State: ~Copyable>: ~Copyable {
    private let pointer: UnsafeMutablePointer<State>

    init(_ state: consuming State) {
        unsafe pointer = UnsafeMutablePointer<State>.allocate(capacity: 1)
        unsafe pointer.initialize(to: state)
    }

    deinit {
        unsafe pointer.deinitialize(count: 1)
        unsafe pointer.deallocate()
    }

    var value: State {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(pointer) }
        @inline(__always) nonmutating unsafeMutableAddress { unsafe pointer }
    }
}
