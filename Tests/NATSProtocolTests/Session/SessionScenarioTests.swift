import Testing

@testable import NATSProtocol

/// Random lives of a session against a random server, checked for the laws that no order of events may break.
@Suite struct SessionScenarioTests {
    @Test(arguments: 0..<300)
    func lawsHoldInEveryOrderOfEvents(seed: UInt64) {
        var scenario = Scenario(seed: seed)
        for _ in 0..<400 { scenario.step() }
        scenario.finish()
        #expect(scenario.violations == [], "seed \(seed)")
    }

    @Test func scenariosReachEveryPartOfTheMachine() {
        var words: Set<String> = []
        for seed in 0..<100 {
            var scenario = Scenario(seed: UInt64(seed))
            for _ in 0..<400 { scenario.step() }
            scenario.finish()
            words.formUnion(scenario.seen)
        }
        let expected: Set<String> = [
            "connect", "startTLS", "sendUrgent", "sendOrdered", "openGate", "closeGate", "disconnect",
            "fenceConfirmed", "subscriptionConfirmed", "subscriptionEnded", "publishDenied", "awaitDelivery", "report",
            "drained", "closed", "holdGate", "chooseServer", "authenticate", "moved", "leaving", "returning", "settling",
        ]
        #expect(words.isSuperset(of: expected), "missing: \(expected.subtracting(words))")
    }
}

/// What was promised and what came of it.
private struct Books {
    var subscribed: Set<SubscriptionID> = []
    var awaitingConfirmation: Set<SubscriptionID> = []
    var ended: Set<SubscriptionID> = []
    var openTransports: Set<UInt32> = []
    /// The link that publishes go to, or are held for.
    var gate: UInt32?
    var isGateHeld = false
    var drainsBegun = 0
    var drainsEnded = 0
    var isClosed = false
}

private struct Scenario {
    private let harness: SessionHarness
    private var random: RandomSource
    private var books = Books()
    private var ids: [SubscriptionID] = []
    private var userFence: UInt64 = 0
    private(set) var violations: [String] = []
    private(set) var seen: Set<String> = []

    init(seed: UInt64) {
        random = RandomSource(seed: seed)
        let bits = random.next()
        harness = SessionHarness(servers: ["a", "b", "c"]) { configuration in
            configuration.reconnect.retryOnFirstConnect = bits & 1 == 0
            configuration.reconnect.maximumAttempts = bits & 6 == 0 ? 3 : nil
            configuration.tlsFirst = bits & 24 == 0
            configuration.pingIntervalNanoseconds = bits & 32 == 0 ? 0 : 1_000_000_000
            configuration.reconnect.giveUpOnRepeatedAuthenticationFailure = bits & 64 == 0
            configuration.choosesServers = bits & 384 == 0
            configuration.authentication = bits & 1536 == 0 ? .provided : .none
            configuration.reconnect.firstConnectNanoseconds = bits & 6144 == 0 ? 20_000_000_000 : nil
        }
    }

    mutating func step() {
        switch random.next(below: 100) {
        case 0..<35: cooperate()
        case 35..<55: actAsServer()
        case 55..<60: actAsTransport()
        case 60..<75: passTime()
        case 75..<99: actAsUser()
        default: wind()
        }
        settle()
    }

    /// However it stands: after abort, nothing is owed.
    mutating func finish() {
        harness.session.abort(now: harness.now)
        settle()
        check(books.isClosed, "never closed")
        check(books.ended == books.subscribed, "subscriptions without an end")
        check(books.awaitingConfirmation.isEmpty, "confirmations without an answer")
        check(books.openTransports.isEmpty, "transports never torn down")
        check(books.gate == nil, "gate left open")
        check(books.drainsBegun == books.drainsEnded, "drains without a result")
        check(harness.nextDeadline == nil, "deadline after the end")
        for _ in 0..<50 {
            actAsServer()
            actAsTransport()
            passTime()
            actAsUser()
        }
        check(harness.session.nextAction() == nil, "action after the end")
    }

    /// What a good server and transport do next; without it, hardly a connection would ever be up.
    private mutating func cooperate() {
        let now = harness.now
        // Hardly ever by chance alone: the move is over in a moment.
        if harness.move == .leaving, random.next(below: 4) == 0 {
            return harness.session.transportFailed(generation: harness.successor, .ended, now: now)
        }
        var generation = harness.session.generation
        var step = harness.session.phase.handshakeStep
        // Of the successor, if there is one, or of the present link.
        if harness.successor != 0, random.next(below: 3) != 0 {
            generation = harness.successor
            step = harness.session.move.handshakeStep
        }
        switch step {
        case .transport, .proxy, .webSocket: harness.session.transportConnected(generation: generation, now: now)
        case .tls: harness.session.tlsEstablished(generation: generation, now: now)
        case .info: harness.info(on: generation)
        case .credentials: harness.session.authenticated(.none, generation: generation, now: now)
        case .pong, .subscriptions, .handover, nil: harness.pong(on: generation)
        }
    }

    private mutating func actAsServer() {
        let now = harness.now
        let generation = anyLink()
        harness.session.bytesReceived(generation: generation, now: now)
        switch random.next(below: 17) {
        case 0, 1, 2: harness.info(on: generation)
        case 15: harness.info(#""ldm":true"#, on: generation)
        case 3, 4, 5, 6: harness.session.pongReceived(generation: generation, now: now)
        case 7: harness.session.pingReceived(generation: generation, now: now)
        case 8: harness.session.okReceived(generation: generation, now: now)
        case 9: harness.error(#"'Permissions Violation for Subscription to "s\#(random.next(below: 4))"'"#, on: generation)
        case 10: harness.error(#"'Permissions Violation for Publish to "p"'"#, on: generation)
        case 16: credentialsExpire(generation)
        case 11:
            let texts = ["Stale Connection", "Authorization Violation", "maximum connections exceeded", "new text"]
            if random.next(below: 4) == 0 { harness.error("'\(texts[Int(random.next(below: 4))])'", on: generation) }
        case 13: harness.error("'maximum subscriptions exceeded'", on: generation)
        case 12: harness.info(#""connect_urls":["d\#(random.next(below: 3)):4222"]"#, on: generation)
        default:
            guard let id = ids.randomElement(using: &random) else { return }
            let delivery = harness.message(id, on: generation)
            if books.ended.contains(id) { check(delivery == .ignored, "message for an ended subscription") }
        }
    }

    private mutating func credentialsExpire(_ generation: UInt32) {
        let end = harness.now.advanced(byNanoseconds: random.next(below: 60_000_000_000))
        let renewal = Timestamp(nanoseconds: end.nanoseconds - min(end.nanoseconds, random.next(below: 10_000_000_000)))
        harness.credentialsExpire(at: end, renewal: renewal, on: generation)
    }

    /// Mostly the present link; sometimes the successor, sometimes one that is long gone.
    private mutating func anyLink() -> UInt32 {
        switch random.next(below: 16) {
        case 0: harness.session.generation &- 1
        case 1..<7: harness.successor == 0 ? harness.session.generation : harness.successor
        default: harness.session.generation
        }
    }

    private mutating func actAsTransport() {
        let now = harness.now
        let generation = anyLink()
        switch random.next(below: 12) {
        case 0..<6: harness.session.transportConnected(generation: generation, now: now)
        case 6..<9: harness.session.tlsEstablished(generation: generation, now: now)
        case 9: harness.session.transportFailed(generation: generation, .ended, now: now)
        case 10: harness.session.transportClosed(generation: generation, now: now)
        default:
            if random.next(below: 4) == 0 {
                harness.session.protocolViolated(ProtocolError(.malformedLine), generation: generation, now: now)
            }
        }
    }

    private mutating func passTime() {
        if random.next(below: 3) == 0 {
            harness.advanceToDeadline()
        } else {
            harness.advance(milliseconds: random.next(below: 500))
        }
        if let deadline = harness.nextDeadline { check(deadline > harness.now, "deadline doesn't progress") }
    }

    private mutating func actAsUser() {
        let now = harness.now
        let id = ids.randomElement(using: &random)
        switch random.next(below: 12) {
        case 0..<4: subscribe()
        case 4: if let id { harness.session.unsubscribe(id, after: nil, now: now) }
        case 5, 6: if let id { harness.session.unsubscribe(id, after: random.next(below: 5), now: now) }
        case 7: if let id { harness.session.drainSubscription(id, now: now) }
        case 8:
            userFence += 1
            harness.session.fenceQueued(.user(userFence), generation: harness.session.generation)
        case 9: harness.session.start(now: now)
        case 10: harness.session.reconnect(now: now)
        default: harness.session.setServers([makeServer("a"), makeServer("e")], now: now)
        }
    }

    private mutating func wind() {
        let now = harness.now
        switch random.next(below: 8) {
        case 0..<4:
            if harness.session.windDown.isRunning, harness.status != .closed { books.drainsBegun += 1 }
            harness.session.drain(deadline: now.advanced(byNanoseconds: 5_000_000_000), now: now)
        case 4, 5: harness.session.close(now: now)
        case 6: harness.session.deliveryFinished(now: now)
        default: if random.next(below: 3) == 0 { harness.session.abort(now: now) }
        }
    }

    private mutating func subscribe() {
        let subject = "s\(random.next(below: 4))"
        let confirm = random.next() & 1 == 0
        let wasRefusing = !harness.status.acceptsSubscriptions
        guard let id = try? harness.subscribe(subject, confirm: confirm) else {
            return check(wasRefusing, "refused without a reason")
        }
        check(!wasRefusing, "subscription taken too late")
        check(books.subscribed.insert(id).inserted, "id given twice")
        if confirm { books.awaitingConfirmation.insert(id) }
        ids.append(id)
    }

    private mutating func settle() {
        for action in harness.take() { book(action) }
        seen.insert("\(harness.move)")
        seen.insert("\(harness.session.phase.kind)")
    }

    private mutating func book(_ action: SessionAction) {
        check(!books.isClosed, "action after closed: \(action)")
        seen.insert(String("\(action)".prefix { $0 != "(" }))
        switch action {
        case .connect(_, let generation, _):
            check(books.openTransports.count < 2, "three transports at once")
            check(books.openTransports.isEmpty || harness.status == .connected, "a second transport without a first one")
            books.openTransports.insert(generation)
        case .disconnect(let generation, _):
            check(books.openTransports.remove(generation) != nil, "disconnect of no transport")
            check(books.gate != generation, "disconnect behind an open gate")
        case .openGate(let generation):
            check(books.gate == nil || books.isGateHeld, "gate opened out of turn")
            check(books.openTransports.contains(generation), "gate opened to no transport")
            books.gate = generation
            books.isGateHeld = false
        case .holdGate(let generation):
            check(books.gate == generation && !books.isGateHeld, "gate held out of turn")
            check(books.openTransports.count == 2, "gate held for nobody")
            books.isGateHeld = true
        case .closeGate:
            check(books.gate != nil, "gate closed twice")
            books.gate = nil
            books.isGateHeld = false
        case .sendOrdered: check(books.gate != nil, "ordered bytes before the gate")
        case .sendUrgent(_, let generation), .startTLS(_, let generation), .authenticate(_, let generation):
            check(books.openTransports.contains(generation), "bytes for no transport")
        case .subscriptionConfirmed(let id):
            check(books.awaitingConfirmation.remove(id) != nil, "confirmed twice or unasked")
        case .subscriptionEnded(let id, _):
            check(books.subscribed.contains(id) && books.ended.insert(id).inserted, "ended twice")
            books.awaitingConfirmation.remove(id)
        case .drained: books.drainsEnded += 1
        case .awaitDelivery:
            if random.next() & 1 == 0 { harness.session.deliveryFinished(now: harness.now) }
        case .closed: books.isClosed = true
        case .report(.moved): seen.insert("moved")
        case .chooseServer(let request):
            answer(request)
        case .fenceConfirmed, .publishDenied, .replyDenied, .report: break
        }
    }

    private mutating func answer(_ request: ServerChoiceRequest) {
        guard random.next() & 1 == 0 else { return }
        let server = random.next() & 1 == 0 ? makeServer("x") : nil
        let delay = random.next() & 1 == 0 ? random.next(below: 1_000_000_000) : nil
        harness.session.serverChosen(
            number: request.number, server: server, delayNanoseconds: delay, now: harness.now)
    }

    private mutating func check(_ holds: Bool, _ law: String) {
        if !holds { violations.append(law) }
    }
}
