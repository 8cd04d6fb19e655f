@testable import NATSClient
import Synchronization
import TestSupport
import Testing

/// Pain points P16 and P24: every waiting call ends exactly once, whatever races with what.
///
/// A continuation that is resumed twice crashes the process; one that is never resumed runs into the deadline.
@Suite(.timeLimit(.minutes(2)), .serialized) struct ContinuationRaceTests {
    /// A server that answers every request and PING, at once.
    private static func answers(_ count: Int) -> [ScriptStep] {
        .handshake
            + (0..<count).flatMap { _ in
                [
                    ScriptStep.expect("a request or a PING") { _ in true },
                    .reply { line in
                        if line == "PING" { return "PONG\r\n" }
                        guard line.hasPrefix("PUB r "), line.split(separator: " ").count == 4 else { return "" }
                        return "MSG \(line.split(separator: " ")[2]) 1 1\r\nx\r\n"
                    },
                ]
            }
    }

    @Test(arguments: TestBackend.available)
    func repliesCancellationsTimeoutsAndTheCloseRace(backend: TestBackend) async throws {
        for seed in UInt64(1)...40 {
            // That a connection ends in the middle of its script is what this is about.
            let server = try ScriptedServer([Self.answers(2_000)], afterLastScript: .repeatLast)
            defer { server.stop() }
            try await withDeadline(.seconds(30), "round \(seed)") {
                try await Self.round(seed, server, backend)
            }
        }
    }

    private static func round(_ seed: UInt64, _ server: ScriptedServer, _ backend: TestBackend) async throws {
        var random = SeededRandom(seed: seed)
        let nats = try await NATS.connect(server.url, options: backend.options())
        var tasks: [Task<Void, Never>] = []
        for _ in 0..<200 {
            let timeout = Duration.microseconds(random.below(4000))
            let kind = random.below(5)
            tasks.append(Task { await call(kind, nats, timeout) })
            if random.below(3) == 0 { tasks[random.below(tasks.count)].cancel() }
            if random.below(60) == 0 { try? await nats.reconnect() }
            if random.below(10) == 0 { await Task.yield() }
        }
        switch random.below(3) {
        case 0: nats.abort()
        case 1: Task { await nats.close() }
        default: Task { try await nats.drain(timeout: .milliseconds(50)) }
        }
        for task in tasks { await task.value }
        await nats.abortAndWait()
        #expect(nats.statistics.waitingCalls == 0, "seed \(seed)")
        nats.core.stage.lock()
        let early = nats.core.stage.value.earlyCompletions.count
        nats.core.stage.unlock()
        #expect(early == 0, "seed \(seed)")
        #expect(nats.core.timeoutActions.withLock { $0.count } == 0, "seed \(seed)")
    }

    /// How it ends is the race's business; that it ends is ours.
    private static func call(_ kind: Int, _ nats: NATSConnection, _ timeout: Duration) async {
        do {
            switch kind {
            case 0, 1: _ = try await nats.request("r", "", timeout: timeout)
            case 2: try await nats.flush(timeout: timeout)
            case 3:
                let subscription = try await nats.subscribe("s", confirmed: false)
                _ = try await subscription.next(timeout: timeout)
            default:
                let subscription = try await nats.subscribe("s")
                try await subscription.drain(timeout: timeout)
            }
        } catch {
            let isExpected = error is NATSError || error is CancellationError
            #expect(isExpected, "\(error)")
        }
    }

    @Test(arguments: TestBackend.available)
    func everyCallOnAClosedConnectionSaysSo(backend: TestBackend) async throws {
        try await withScriptedServer(.handshake) { server in
            let nats = try await NATS.connect(server.url, options: backend.options())
            let subscription = try await nats.subscribe("a", confirmed: false)
            let inline = try await nats.subscribe("b", confirmed: false) { _ in }
            let publisher = try nats.publisher(for: "a")
            nats.abort()
            await nats.close()
            func publish() throws { try nats.publish("a", "") }
            func publishPrepared() throws { try publisher.publish("") }
            let calls: [() async throws -> Void] = [
                publish, publishPrepared, { try await nats.publish("a", "") }, { try await nats.flush() },
                { _ = try await nats.request("a", "") }, { _ = try await nats.subscribe("a") },
                { _ = try await nats.subscribe("a", confirmed: false) }, { _ = try await nats.roundTripTime() },
                { try await nats.drain() }, { try await nats.reconnect() }, { try nats.setServers(["a"]) },
            ]
            for (index, call) in calls.enumerated() {
                let error = await natsError { try await call() }
                #expect(error?.code == .connectionClosed, "call \(index)")
            }
            #expect(try await subscription.next() == nil as Message?)
            #expect(try await inline.ended() == nil)
            subscription.unsubscribe()
            inline.unsubscribe()
            nats.kick()
            nats.abort()
            await nats.close()
            #expect(nats.status == .closed)
        }
    }
}

private func == (left: Message?, right: Message?) -> Bool { left?.string == right?.string }
private func == (left: NATSError?, right: NATSError?) -> Bool { left?.code == right?.code }
