internal import Synchronization

/// Lets a thread sleep until another one has done something, once.
final class Signal: Sendable {
    private let word = Atomic<UInt32>(0)

    func set() {
        word.store(1, ordering: .releasing)
        word.futexWake(count: UInt32(Int32.max))
    }

    func wait() {
        while word.load(ordering: .acquiring) == 0 { word.futexWait(whileEqualTo: 0) }
    }
}
