internal import CReactor
public import Synchronization

/// The one lock of the hot path, 4 bytes: 0 free, 1 held, 2 held and somebody sleeps. Spins for a moment, then sleeps in a futex.
///
/// Not recursive, not fair. Hold it for some instructions only, never while user code runs.
@usableFromInline
package struct FastLock: ~Copyable, Sendable {
    @usableFromInline let word = Atomic<UInt32>(0)

    @inlinable
    package init() {}

    @inlinable @inline(__always)
    package borrowing func lock() {
        if word.compareExchange(expected: 0, desired: 1, ordering: .acquiring).exchanged { return }
        lockSlowly()
    }

    @inlinable @inline(__always)
    package borrowing func unlock() {
        if word.exchange(0, ordering: .releasing) == 2 { wakeOne() }
    }

    /// `unlock()` for a critical section that stored strong references. The optimiser may move a retain past an atomic
    /// store, but not past a C function that it can't see into.
    package borrowing func publishAndUnlock() {
        creactor_opaque_barrier()
        unlock()
    }

    @usableFromInline
    borrowing func lockSlowly() {
        for _ in 0..<100 {
            creactor_spin_hint()
            if word.load(ordering: .relaxed) == 0,
                word.compareExchange(expected: 0, desired: 1, ordering: .acquiring).exchanged
            {
                return
            }
        }
        // From here on the lock is marked as contended, so that its owner wakes us.
        while word.exchange(2, ordering: .acquiring) != 0 { word.futexWait(whileEqualTo: 2) }
    }

    @usableFromInline
    borrowing func wakeOne() { word.futexWake(count: 1) }
}
