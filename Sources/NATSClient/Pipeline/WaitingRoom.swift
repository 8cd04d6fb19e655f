import NATSProtocol
import Synchronization

/// Tasks that wait for something that the reactor will bring, each with a deadline.
package final class WaitingRoom: Sendable {
    private let waiters = Mutex<[WaiterID]>([])
    private let core: ConnectionCore

    package init(_ connection: NATSConnection) { core = connection.core }

    /// Waits until `isReady`, which is asked again after each ``wake()``. Throws ``NATSError/Code/timedOut``,
    /// ``NATSError/Code/connectionClosed``, `CancellationError`.
    package func wait(atMost timeout: Duration, until isReady: @Sendable () -> Bool) async throws {
        let deadline = core.deadline(after: timeout)
        while !isReady() {
            try await core.wait(.publisher, deadline: deadline) { core, id in
                waiters.withLock { $0.append(id) }
                // It may have come in between.
                if isReady() { core.complete(id, .done) }
            }
        }
    }

    /// Everybody looks again.
    package func wake() {
        let woken = waiters.withLock { waiters in
            defer { waiters.removeAll(keepingCapacity: true) }
            return waiters
        }
        for id in woken { core.complete(id, .done) }
    }
}
