import Reactor
import Synchronization
import TestSupport
import Testing

@testable import NATSClient

/// Every public call that waits can be cut short: by its task's cancellation, by a close, by the end of its loop. It ends at
/// once, with the error that its documentation names, and leaves nothing behind.
@Suite(.timeLimit(.minutes(4))) struct AwaitPointTests {
    @Test func everyPublicCallThatWaitsHasItsRow() throws {
        let declared = try PublicCalls.inSources()
        let covered = Set(AwaitPoint.all.flatMap(\.calls)).union(ConnectPhase.calls).union(Self.elsewhere.keys)
        #expect(declared.subtracting(covered).sorted() == [], "a public call without a row")
        #expect(covered.subtracting(declared).sorted() == [], "a row without a public call")
    }

    /// Calls that wait for no server, or not for themselves, and the test that cuts them short.
    private static let elsewhere = [
        "NATSConnection.reconnect()": "ScopePointTests.reconnectNeverWaits",
        "NATSConnection.reloadTLS()": "HelperPointTests.whoeverWaitsForAFileIsCancelledAtOnce",
        "NATS.withConnection(String?, function)": "ScopePointTests",
        "NATS.withConnection(context, function)": "ScopePointTests",
    ]

    @Test(arguments: AwaitPoint.all, TestBackend.available)
    func aCallThatIsCutShortEndsAtOnce(point: AwaitPoint, backend: TestBackend) async throws {
        for cut in Cut.allCases {
            try await withDeadline(.seconds(60), "\(point.testDescription), \(cut)") {
                try await cutShort(point, by: cut, backend)
            }
        }
    }

    private func cutShort(_ point: AwaitPoint, by cut: Cut, _ backend: TestBackend) async throws {
        // A connection that is cut short ends in the middle of its script.
        let server = try ScriptedServer([.handshake + point.script])
        defer { server.stop() }
        var options = backend.options(point.options)
        options.eventLoop = EventLoop(configuration: .init(backend: backend.kind, name: "test-point"))
        options.pingInterval = forEver
        let loop = options.eventLoop
        let nats = try await NATS.connect(server.url, options: options)
        let call = try await point.prepare(nats, server)
        let start = ContinuousClock.now
        let ending = try await Self.ending(of: call, on: nats, by: cut)
        let isLate = point.ownDeadline.map { ending == .failure(.timedOut) && ContinuousClock.now - start >= $0 } ?? false
        #expect(ending == point.ending(by: cut) || isLate, "\(cut): \(ending)")
        call.check()
        await nats.abortAndWait()
        #expect(nats.statistics.waitingCalls == 0)
        #expect(nats.core.timeoutActions.withLock { $0.isEmpty })
        try await eventually("everything is closed: \(cut)") { loop.statistics.openStreams == 0 }
        loop.shutdown()
        loop.join()
        #expect(nats.statistics.publishesPending == 0)
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
