// Memory-safety fence: `Pinned` owns one heap cell whose address never changes, freed in deinit.
//
// Invariant: the value is reached by one thread at a time, and no two accesses of the same part of it overlap: an access is
// one statement, during which no handler is called. Who guarantees the first: the loop's thread for everything in this module,
// `LockedBox` (callers hold the lock) and `ConnectionDriver` (callers hold `OnReactor`) in NATSClient. State in such a cell
// costs no dynamic exclusivity check, which is what a stored `var` of a class would cost on every access.

/// A heap cell for a state that is reached without exclusivity checks.
@usableFromInline
@safe package struct Pinned<State: ~Copyable>: ~Copyable {
    @usableFromInline let pointer: UnsafeMutablePointer<State>

    @inlinable
    package init(_ state: consuming State) {
        unsafe pointer = UnsafeMutablePointer<State>.allocate(capacity: 1)
        unsafe pointer.initialize(to: state)
    }

    @inlinable
    deinit {
        unsafe pointer.deinitialize(count: 1)
        unsafe pointer.deallocate()
    }

    @inlinable
    package var value: State {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(pointer) }
        @inline(__always) nonmutating unsafeMutableAddress { unsafe pointer }
    }
}
