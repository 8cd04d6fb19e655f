// An event that happens once. Unsafe invariant: the futex word is this object's own `Atomic`, which never moves.
internal import CReactor
internal import Synchronization

/// Lets a thread sleep until another one has done something, once.
final class Signal: Sendable {
    private let word = Atomic<UInt32>(0)

    func set() {
        word.store(1, ordering: .releasing)
        unsafe withUnsafePointer(to: word) { unsafe creactor_futex_wake($0, UInt32(Int32.max)) }
    }

    func wait() {
        while word.load(ordering: .acquiring) == 0 {
            unsafe withUnsafePointer(to: word) { unsafe creactor_futex_wait($0, 0, -1) }
        }
    }
}
