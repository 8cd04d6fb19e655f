// Sleeping on a word. Unsafe invariant: an `Atomic` has a stable address while it is borrowed, because a raw-layout value is
// never copied or moved then; the kernel only compares the word.
internal import CReactor
internal import Synchronization

extension Atomic<UInt32> {
    /// Sleeps while the word is `expected`. May return without a reason: look again.
    borrowing func futexWait(whileEqualTo expected: UInt32) {
        unsafe withUnsafePointer(to: self) { unsafe creactor_futex_wait($0, expected, -1) }
    }

    /// Wakes at most so many threads that sleep on the word.
    borrowing func futexWake(count: UInt32) {
        unsafe withUnsafePointer(to: self) { unsafe creactor_futex_wake($0, count) }
    }
}
