import NATSProtocol
import Reactor

extension NATSConnection {
    /// Waits until the server has everything that was published before: a fence, by PING and PONG.
    ///
    /// Concurrent flushes don't wait for each other. A flush never reports success across a lost connection.
    ///
    /// - Parameter timeout: default 10 s.
    /// - Throws: ``NATSError/Code/connectionLost``, ``NATSError/Code/timedOut``,
    ///   ``NATSError/Code/connectionClosed``; `CancellationError`.
    public func flush(timeout: Duration? = nil) async throws {
        let deadline = core.deadline(after: timeout ?? ClientDefaults.flushTimeout)
        try await core.wait(.flush, deadline: deadline) { core, id in
            core.stage.lock()
            core.stage.value.appendFlush(waiter: id)
            let driver = core.stage.value.driverToSchedule()
            core.stage.unlock()
            if let driver { core.loop.schedule(driver) }
        }
    }

    /// Hands what is staged to the kernel soon. Never waits. Publishing does this by itself.
    public func kick() { core.kick() }

    /// The time from PING to PONG, behind everything that is staged.
    ///
    /// - Throws: as ``flush(timeout:)``.
    public func roundTripTime() async throws -> Duration {
        let start = core.loop.nowNanoseconds()
        try await flush()
        return .nanoseconds(Int64(truncatingIfNeeded: core.loop.nowNanoseconds() &- start))
    }
}
