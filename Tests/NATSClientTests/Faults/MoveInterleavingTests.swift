@testable import NATSClient
import NATSProtocol
import Reactor
import Synchronization
import TestSupport
import Testing

/// A present connection and its successor in orders that a network rarely gives. Two things of "one turn" happen in one
/// call on the loop's thread: nothing can come between them.
@Suite(.timeLimit(.minutes(1))) struct MoveInterleavingTests {
    private static let lameDuck = ScriptedServer.info(extraFields: #""ldm":true"#)
    /// The successor hears CONNECT and PING, and doesn't answer by itself. It has an identity of its own: nobody moves to
    /// another address of the server that ends.
    private static let attempt: [ScriptStep] =
        [.send(ScriptedServer.defaultINFO.replacing("SCRIPT", with: "OTHER"))] + .expectConnectAndPing
    private static let successor: [ScriptStep] = attempt + [.send("PONG\r\n")]

    @Test(arguments: TestBackend.available)
    func whatIsSubscribedBetweenALossAndItsCloseReachesTheSuccessor(backend: TestBackend) async throws {
        let first: [ScriptStep] = .handshake + [.send(Self.lameDuck), .expect(line: "PING")]
        // The replay of nothing, then what was said in the turn of the loss.
        let second: [ScriptStep] =
            Self.successor + [
                .expect(line: "PING"), .send("PONG\r\n"), .expect(line: "SUB x 1"), .expect(line: "PING"),
                .send("PONG\r\n"), .expect(line: "SUB y 2"), .expect(line: "UNSUB 2"),
            ]
        try await withMove(first, second, backend) { nats, _, successor in
            try await present(nats) { $0.state.value.isGateHeld }
            let confirmed = SubscribeRequest(
                subject: "x", queueGroup: nil, confirms: true, sink: .inline(InlineSink { _ in }))
            let ended = SubscribeRequest(
                subject: "y", queueGroup: nil, confirms: false, sink: .inline(InlineSink { _ in }))
            try await nats.core.wait(.subscribe, subject: "x", deadline: .distantFuture) { core, waiter in
                core.onDriver { driver, on in
                    driver.losePresent(on)
                    driver.subscribe(confirmed, waiter: waiter, on)
                    driver.subscribe(ended, waiter: waiter, on)
                    guard let id = ended.id.withLock({ $0 }) else { return }
                    driver.state.value.session.unsubscribe(id, after: nil, now: driver.now(on))
                }
            }
            try await firstScript(of: successor)
        }
    }

    @Test(arguments: TestBackend.available)
    func theLossIsToldBeforeTheReconnectAlsoIfTheSuccessorIsThereFirst(backend: TestBackend) async throws {
        let first: [ScriptStep] = .handshake + [.send(Self.lameDuck)]
        try await withMove(first, Self.attempt, backend) { nats, _, successor in
            try await firstScript(of: successor)
            let events = nats.events
            nats.core.onDriver { driver, on in
                driver.losePresent(on)
                driver.confirmAttempt(on)
            }
            var seen: [String] = []
            for await event in events {
                if case .disconnected = event { seen.append("disconnected") }
                if case .reconnected(let server) = event {
                    seen.append(server)
                    break
                }
            }
            #expect(seen == ["disconnected", successor.url])
            var late = nats.events.makeAsyncIterator()
            _ = await late.next()
            guard case .connected(successor.url)? = await late.next() else {
                Issue.record("a listener that comes later isn't told of the server")
                return
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func twoConnectionsThatDieTogetherAreOneLoss(backend: TestBackend) async throws {
        let first: [ScriptStep] = .handshake + [.send(Self.lameDuck)]
        try await withMove(first, Self.attempt, backend) { nats, _, successor in
            try await firstScript(of: successor)
            let events = nats.events
            nats.core.onDriver { driver, on in
                driver.losePresent(on)
                driver.confirmAttempt(on)
                driver.losePresent(on)
            }
            var losses = 0
            for await event in events {
                if case .disconnected = event { losses += 1 }
                if case .reconnected = event { break }
            }
            #expect(losses == 1)
            #expect(nats.statistics.reconnects == 1)
        }
    }

    @Test(arguments: TestBackend.available)
    func aMoveThatBeginsBeforeTheLostConnectionIsClosedBeginsAllTheSame(backend: TestBackend) async throws {
        let first: [ScriptStep] = .handshake + [.send(Self.lameDuck)]
        try await withMove(first, Self.attempt, backend) { nats, origin, successor in
            try await firstScript(of: successor)
            nats.core.onDriver { driver, on in
                driver.losePresent(on)
                driver.confirmAttempt(on)
                driver.state.value.session.reconnect(now: driver.now(on))
            }
            try await eventually("the next connection is made") {
                [origin, successor].contains { $0.connections.count == 2 && $0.connections[1].isScriptDone }
            }
        }
    }

    /// `.failFast` is for a client that is disconnected; this one isn't.
    @Test(arguments: TestBackend.available)
    func whatTheServerThatWasLeftDidNotTakeGoesToTheSuccessorWhateverThePolicy(backend: TestBackend) async throws {
        let (leave, answer) = (ScriptGate(), ScriptGate())
        let first: [ScriptStep] =
            .handshake + [
                .hold(until: leave), .send(Self.lameDuck), .hold(until: answer), .send("PONG\r\n"), .stall,
            ]
        let count = 100
        try await withMove(first, Self.successor, backend) {
            $0.socket.sendBufferSize = 8192
            $0.outbound.highWaterBytes = 64 << 20
            $0.outbound.whileDisconnected = .failFast
        } _: { nats, _, successor in
            let payload = [UInt8](repeating: 0x61, count: 64_000)
            for _ in 0..<count { try await nats.publish("big", payload) }
            leave.open()
            try await present(nats) { $0.state.value.isGateHeld && $0.state.value.sendQueue.isUnderWay }
            answer.open()
            try await eventually("everything is written") { nats.statistics.publishesPending == 0 }
            #expect(nats.statistics.publishesDiscarded == 0)
            // The kernel has it before the server's thread.
            try await eventually("the successor has it") {
                successor.connections.first?.text.contains("PUB big 64000") == true
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func aReplyIsRememberedNoLongerThanTheMove(backend: TestBackend) async throws {
        let close = ScriptGate()
        let first: [ScriptStep] =
            .handshake + [
                .expect(prefix: "SUB"), .expect(prefix: "PUB ask"), .reply { Self.reply(to: $0) }, .send(Self.lameDuck),
            ]
        // The move stays in its preparation, then fails.
        let second: [ScriptStep] =
            Self.successor + [.expect(prefix: "SUB"), .expect(line: "PING"), .hold(until: close), .reset]
        try await withMove(first, second, backend) {
            $0.reconnect.baseDelay = .seconds(60)
            $0.reconnect.maximumDelay = .seconds(60)
        } _: { nats, _, _ in
            _ = try await nats.request("ask", "?")
            try await driver(nats) { $0.state.value.session.isMoving }
            nats.core.onDriver { driver, _ in
                guard let waiting = driver.insertRequest(), let late = driver.insertRequest() else { return }
                driver.core.complete(late, .failed(CancellationError()))
                // From both servers, and once too late.
                driver.answer(waiting)
                driver.answer(waiting)
                driver.answer(late)
            }
            try await driver(nats) { $0.state.value.answeredTwice.count == 1 }
            #expect(nats.statistics.orphanReplies == 1)
            close.open()
            try await driver(nats) { !$0.state.value.session.isMoving && $0.state.value.answeredTwice.isEmpty }
        }
    }

    /// "PUB ask reply count" is answered with nothing.
    private static func reply(to line: String) -> String {
        let parts = line.split(separator: " ")
        return parts.count > 2 ? "MSG \(parts[2]) 1 0\r\n\r\n" : ""
    }

    // MARK: - Support

    /// A client of the first server, which has announced its end, on its way to the second. Later connections are taken
    /// by either.
    private func withMove(
        _ first: [ScriptStep], _ second: [ScriptStep], _ backend: TestBackend,
        options change: (inout ConnectOptions) -> Void = { _ in },
        _ body: (NATSConnection, ScriptedServer, ScriptedServer) async throws -> Void
    ) async throws {
        try await withScriptedServer(first, .handshake, afterLastScript: .repeatLast) { origin in
            try await withScriptedServer(second, .handshake, afterLastScript: .repeatLast) { successor in
                try await run(origin, successor, backend, change, body)
            }
        }
    }

    /// Waits until the server has had everything that its first script wants.
    private func firstScript(of server: ScriptedServer) async throws {
        try await eventually("the script is done") {
            server.connections.first.map { $0.isScriptDone || $0.failure != nil } ?? false
        }
    }

    private func run(
        _ origin: ScriptedServer, _ successor: ScriptedServer, _ backend: TestBackend,
        _ change: (inout ConnectOptions) -> Void,
        _ body: (NATSConnection, ScriptedServer, ScriptedServer) async throws -> Void
    ) async throws {
        let options = backend.options {
            $0.reconnect.moveJitter = .zero
            $0.connectTimeout = .seconds(50)
            change(&$0)
        }
        let nats = try await NATS.connect("\(origin.url),\(successor.url)", options: options)
        do {
            try await body(nats, origin, successor)
        } catch {
            await nats.abortAndWait()
            throw error
        }
        await nats.abortAndWait()
    }

    private func present(_ nats: NATSConnection, _ isSo: @escaping @Sendable (Link) -> Bool) async throws {
        try await driver(nats) { $0.state.value.link.map(isSo) ?? false }
    }

    /// Waits until the driver's state is so.
    private func driver(_ nats: NATSConnection, _ isSo: @escaping @Sendable (ConnectionDriver) -> Bool) async throws {
        let answer = Atomic(false)
        try await eventually("the driver is there", within: .seconds(30)) {
            nats.core.onDriver { driver, _ in if isSo(driver) { answer.store(true, ordering: .relaxed) } }
            return answer.load(ordering: .relaxed)
        }
    }
}

extension ConnectionDriver {
    /// The connection that the session takes for the present one breaks; its stream is closed later.
    fileprivate func losePresent(_ on: borrowing OnReactor) {
        state.value.session.transportFailed(
            generation: state.value.session.generation, TransportFailure(.endOfStream), now: now(on))
        performActions(on)
    }

    /// The PONG of an attempt that has become the present one.
    fileprivate func confirmAttempt(_ on: borrowing OnReactor) {
        state.value.session.pongReceived(generation: state.value.session.generation, now: now(on))
        performActions(on)
    }

    /// A request that waits.
    fileprivate func insertRequest() -> WaiterID? {
        core.stage.lock()
        defer { core.stage.unlock() }
        return core.stage.value.insertWaiter(.request, subject: "ask", deadline: .distantFuture)
    }

    /// The reply to a request arrives.
    fileprivate func answer(_ request: WaiterID) {
        var subject = ByteBuffer()
        let inbox = core.requestInbox
        subject.append(inbox.span)
        ReplyToken.append(request, to: &subject)
        let received = ReceivedBlock(wire: "MSG \(subject.text) 1 0\r\n\r\n")
        if let layout = received.layouts.first { resolveReply(layout, received.block) }
    }
}
