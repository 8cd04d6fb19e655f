import AwaitPointKit
import Dispatch
import Reactor
import TestSupport
import Testing

@testable import NATSClient

/// A connect can be cut short in each of its steps. It leaves no socket and no timer, and its server hears that it has gone.
@Suite(.timeLimit(.minutes(3))) struct ConnectPhaseTests {
    @Test(arguments: ConnectPhase.allCases, TestBackend.available)
    func aConnectThatIsCutShortEndsAtOnce(phase: ConnectPhase, backend: TestBackend) async throws {
        for cut in [Cut.cancelledBefore, .cancelled, .shutDown] {
            try await withDeadline(.seconds(60), "\(phase), \(cut)") {
                try await withScriptedServer(phase.script) { server in
                    try await cutShort(phase, by: cut, backend, server)
                }
            }
        }
    }

    private func cutShort(
        _ phase: ConnectPhase, by cut: Cut, _ backend: TestBackend, _ server: ScriptedServer
    ) async throws {
        let (isAsked, lookups) = (Flag(), DispatchSemaphore(value: 0))
        defer { lookups.signal() }
        var configuration = EventLoop.Configuration(backend: backend.kind, name: "test-phase")
        if phase == .resolution {
            configuration.resolverForTesting = { _, _ in
                isAsked.set()
                lookups.wait()
                return .success([])
            }
        }
        let fullPort = phase == .tcp ? try FullPort() : nil
        let port = fullPort?.port ?? server.port
        let loop = EventLoop(configuration: configuration)
        var options = backend.options { phase.configure(&$0, port: port, isAsked: isAsked) }
        options.eventLoop = loop
        let ending = try await Self.ending(by: cut, loop) { [options] in
            _ = try await NATS.connect([phase.url(port)], options: options)
        } whenReady: {
            switch phase {
            case .resolution, .webSocketHeaders, .authentication: isAsked.isSet
            case .tcp: loop.statistics.openStreams > 0
            case .pauseBetweenAttempts: server.connections.first?.isScriptDone == true && loop.statistics.openStreams == 0
            default: server.connections.first?.isScriptDone == true
            }
        }
        #expect(ending == (cut == .shutDown ? .failure(.reactorUnavailable) : .cancellation), "\(cut)")
        try await eventually("everything is closed: \(cut)") { loop.statistics.openStreams == 0 }
        try await eventually("the server hears of it: \(cut)") { server.connections.allSatisfy(\.isClosedByClient) }
        loop.shutdown()
        loop.join()
    }

    private static func ending(
        by cut: Cut, _ loop: EventLoop, _ body: @escaping WaitingCall.Body, whenReady: () -> Bool
    ) async throws -> Ending {
        let task = Task {
            if cut == .cancelledBefore { cancelThisTask() }
            return await Ending(of: body)
        }
        guard cut != .cancelledBefore else { return await task.value }
        try await eventually("it hangs") { whenReady() }
        if cut == .shutDown { loop.shutdown() } else { task.cancel() }
        return await task.value
    }

    /// The cancellation and the server's answer meet anywhere: the caller gets a connection that works, or none is left.
    @Test(arguments: TestBackend.available)
    func aCancellationThatMeetsTheAnswerLeavesAConnectionOrNone(backend: TestBackend) async throws {
        // That a connection ends in the middle of its script is what this is about.
        let server = try ScriptedServer([.handshake], afterLastScript: .repeatLast)
        defer { server.stop() }
        let loop = EventLoop(configuration: .init(backend: backend.kind, name: "test-race"))
        var options = backend.options()
        options.eventLoop = loop
        var (made, cancelled) = (0, 0)
        for round in 0..<200 {
            let task = Task { [options] in try await NATS.connect(server.url, options: options) }
            let sent = ContinuousClock.now + .microseconds(round * 10)
            while ContinuousClock.now < sent { await Task.yield() }
            task.cancel()
            do {
                let nats = try await withDeadline(.seconds(60), "round \(round)") { try await task.value }
                #expect(nats.status == .connected)
                try nats.outbound.publish("a", "x")
                await nats.abortAndWait()
                made += 1
            } catch is CancellationError {
                cancelled += 1
            }
            try await eventually("it is closed") { loop.statistics.openStreams == 0 }
        }
        #expect(made + cancelled == 200)
        loop.shutdown()
        loop.join()
    }
}
