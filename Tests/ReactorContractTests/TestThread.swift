import Foundation

/// A thread of the test's own that can be joined.
final class TestThread: Sendable {
    private let isDone = Box(false)

    init(_ body: @escaping @Sendable () -> Void) throws {
        let isDone = isDone
        Thread.detachNewThread {
            body()
            isDone.update { $0 = true }
        }
    }

    func join() { _ = isDone.wait { $0 } }
}
