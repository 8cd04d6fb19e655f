import Reactor

/// State behind a four-byte futex lock. Callers pair ``lock()`` and ``unlock()`` around every use of ``value``.
///
/// Not a closure-taking `withLock`: borrowed spans can't be captured by a closure, and the hot path passes nothing
/// else. No user code ever runs between `lock` and `unlock`.
///
/// `@unchecked Sendable`: `value` is only touched between `lock()` and `unlock()`, which order all accesses.
struct LockedBox<State: ~Copyable>: ~Copyable, @unchecked Sendable {
    /// First: ThreadSanitizer takes a use of `value` for a write to the first byte of the box, which must not be the lock's.
    private let state: Pinned<State>
    private let mutex = FastLock()

    init(_ state: consuming State) {
        self.state = Pinned(state)
    }

    @inline(__always) func lock() { mutex.lock() }
    @inline(__always) func unlock() { mutex.unlock() }
    /// For critical sections out of which strong references come, or into which they go.
    @inline(__always) func publishAndUnlock() { mutex.publishAndUnlock() }

    /// Only between `lock()` and `unlock()`.
    var value: State {
        @inline(__always) _read { yield state.value }
        @inline(__always) nonmutating _modify { yield &state.value }
    }
}
