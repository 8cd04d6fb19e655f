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
            "drained", "closed",
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
    var isGateOpen = false
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
        check(!books.isGateOpen, "gate left open")
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
        let generation = harness.session.generation
        switch harness.session.phase.handshakeStep {
        case .transport, .proxy, .webSocket: harness.session.transportConnected(generation: generation, now: now)
        case .tls: harness.session.tlsEstablished(generation: generation, now: now)
        case .info: harness.info()
        case .credentials: harness.session.authenticated(.none, generation: generation, now: now)
        case .pong, .subscriptions, nil: harness.pong()
        }
    }

    private mutating func actAsServer() {
        let now = harness.now
        harness.session.bytesReceived(generation: harness.session.generation, now: now)
        switch random.next(below: 15) {
        case 0, 1, 2: harness.info()
        case 3, 4, 5, 6: harness.session.pongReceived(generation: harness.session.generation, now: now)
        case 7: harness.session.pingReceived(generation: harness.session.generation, now: now)
        case 8: harness.session.okReceived(generation: harness.session.generation, now: now)
        case 9: harness.error(#"'Permissions Violation for Subscription to "s\#(random.next(below: 4))"'"#)
        case 10: harness.error(#"'Permissions Violation for Publish to "p"'"#)
        case 11:
            let texts = ["Stale Connection", "Authorization Violation", "maximum connections exceeded", "new text"]
            if random.next(below: 4) == 0 { harness.error("'\(texts[Int(random.next(below: 4))])'") }
        case 13: harness.error("'maximum subscriptions exceeded'")
        case 12: harness.info(#""connect_urls":["d\#(random.next(below: 3)):4222"]"#)
        default:
            guard let id = ids.randomElement(using: &random) else { return }
            let delivery = harness.message(id)
            if books.ended.contains(id) { check(delivery == .ignored, "message for an ended subscription") }
        }
    }

    private mutating func actAsTransport() {
        let now = harness.now
        // Sometimes an event of a transport that is long gone.
        let generation = harness.session.generation &- UInt32(random.next(below: 8) / 6)
        switch random.next(below: 12) {
        case 0..<6: harness.session.transportConnected(generation: generation, now: now)
        case 6..<9: harness.session.tlsEstablished(generation: generation, now: now)
        case 9: harness.session.transportFailed(generation: generation, .ended, now: now)
        case 10: harness.session.transportClosed(generation: generation, now: now)
        default:
            if random.next(below: 4) == 0 {
                harness.session.protocolViolated(ProtocolError(.malformedLine), generation: harness.session.generation, now: now)
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
    }

    private mutating func book(_ action: SessionAction) {
        check(!books.isClosed, "action after closed: \(action)")
        seen.insert(String("\(action)".prefix { $0 != "(" }))
        switch action {
        case .connect(_, let generation, _):
            check(books.openTransports.isEmpty, "two transports at once")
            books.openTransports.insert(generation)
        case .disconnect(let generation, _):
            check(books.openTransports.remove(generation) != nil, "disconnect of no transport")
            check(!books.isGateOpen, "disconnect behind an open gate")
        case .openGate(let generation):
            check(!books.isGateOpen && books.openTransports.contains(generation), "gate opened out of turn")
            books.isGateOpen = true
        case .closeGate:
            check(books.isGateOpen, "gate closed twice")
            books.isGateOpen = false
        case .sendOrdered: check(books.isGateOpen, "ordered bytes before the gate")
        case .sendUrgent, .startTLS, .authenticate: check(!books.openTransports.isEmpty, "bytes for no transport")
        case .subscriptionConfirmed(let id):
            check(books.awaitingConfirmation.remove(id) != nil, "confirmed twice or unasked")
        case .subscriptionEnded(let id, _):
            check(books.subscribed.contains(id) && books.ended.insert(id).inserted, "ended twice")
            books.awaitingConfirmation.remove(id)
        case .drained: books.drainsEnded += 1
        case .awaitDelivery:
            if random.next() & 1 == 0 { harness.session.deliveryFinished(now: harness.now) }
        case .closed: books.isClosed = true
        case .fenceConfirmed, .publishDenied, .replyDenied, .report: break
        }
    }

    private mutating func check(_ holds: Bool, _ law: String) {
        if !holds { violations.append(law) }
    }
}
