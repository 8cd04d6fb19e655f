package import NATSClient
package import Reactor
import TestSupport
import Testing

extension AwaitPoint {
    /// Cuts the call short in every way, each against a server and on a loop of its own: it ends as it should and leaves nothing.
    ///
    /// - Parameter check: what else must hold in the end.
    package func expectItEnds(
        on backend: EventLoop.Configuration.Backend, check: (NATSConnection) -> Void = { _ in }
    ) async throws {
        for cut in Cut.allCases {
            let nats = try await withDeadline(.seconds(60), "\(testDescription), \(cut)") {
                try await expectItEnds(by: cut, on: backend)
            }
            check(nats)
        }
    }

    private func expectItEnds(
        by cut: Cut, on backend: EventLoop.Configuration.Backend
    ) async throws -> NATSConnection {
        // A connection that is cut short ends in the middle of its script.
        let server = try ScriptedServer([.handshake + script])
        defer { server.stop() }
        let options = connectOptions(on: backend)
        let loop = options.eventLoop
        let nats = try await NATS.connect(server.url, options: options)
        let call = try await prepare(nats, server)
        let start = ContinuousClock.now
        let ending = try await Self.ending(of: call, on: nats, by: cut)
        let isLate = ownDeadline.map { ending == .failure(.timedOut) && ContinuousClock.now - start >= $0 } ?? false
        #expect(ending == self.ending(by: cut) || isLate, "\(testDescription), \(cut): \(ending)")
        call.check()
        await nats.abortAndWait()
        try await eventually("everything is closed: \(cut)") { loop.statistics.openStreams == 0 }
        loop.shutdown()
        loop.join()
        #expect(nats.statistics.waitingCalls == 0, "\(testDescription), \(cut)")
        #expect(nats.statistics.publishesPending == 0, "\(testDescription), \(cut)")
        return nats
    }

    private func connectOptions(on backend: EventLoop.Configuration.Backend) -> ConnectOptions {
        var changed = ConnectOptions()
        changed.reconnect.baseDelay = .milliseconds(1)
        changed.reconnect.maximumDelay = .milliseconds(2)
        changed.keepsServerOrder = true
        options(&changed)
        changed.pingInterval = forEver
        changed.eventLoop = EventLoop(configuration: .init(backend: backend, name: "test-point"))
        return changed
    }

    private static func ending(of call: WaitingCall, on nats: NATSConnection, by cut: Cut) async throws -> Ending {
        let task = Task {
            if cut == .cancelledBefore { cancelThisTask() }
            return await Ending(of: call.body)
        }
        guard cut != .cancelledBefore else { return await task.value }
        try await eventually("it waits") { call.isWaiting() }
        switch cut {
        case .cancelledBefore, .cancelled: task.cancel()
        case .closed: await nats.close()
        case .aborted: nats.abort()
        case .shutDown: nats.eventLoop.shutdown()
        }
        return await task.value
    }
}
