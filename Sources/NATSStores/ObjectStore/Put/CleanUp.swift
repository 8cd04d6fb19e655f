import NATSClient
import Synchronization

/// Work that has to be done whatever becomes of the task that wants it.
final class CleanUp: Sendable {
    private let room: WaitingRoom
    private let isDone = Mutex(false)

    init(_ connection: NATSConnection, _ work: @escaping @Sendable () async -> Void) {
        room = WaitingRoom(connection)
        Task {
            await work()
            isDone.withLock { $0 = true }
            room.wake()
        }
    }

    /// Waits for its end, but not for ever: it goes on by itself. Also in a task that is cancelled.
    func wait(atMost limit: Duration) async {
        // A cancelled task can't wait.
        await Task { try? await room.wait(atMost: limit) { self.isDone.withLock { $0 } } }.value
    }
}
