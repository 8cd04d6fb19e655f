import Testing

@testable import NATSProtocol

/// Every state of a move × everything that can happen on either link. As `SessionCellTests`.
@Suite struct SessionMoveCellTests {
    @Test func everyStateIsWhatItsNameSays() {
        for state in MoveCells.State.allCases {
            let harness = MoveCells.makeHarness(state)
            #expect(harness.take() == [])
            #expect(harness.status == .connected, "\(state)")
            #expect(harness.move == state.kind, "\(state)")
        }
    }

    @Test(arguments: MoveCells.State.allCases)
    func everyCellOf(state: MoveCells.State) {
        for event in MoveCells.Event.allCases {
            let found = MoveCells.effect(of: event, in: state)
            let expected = MoveCells.expected[state]?[event] ?? "-"
            #expect(found == expected, "\(state) × \(event)")
        }
    }

    /// What is left after a move is left: its link can do nothing any more.
    @Test(arguments: MoveCells.State.allCases)
    func closedSessionIgnoresBothLinks(state: MoveCells.State) {
        for event in MoveCells.Event.allCases where event != .subscribe {
            let harness = MoveCells.makeHarness(state)
            let links = (harness.session.generation, harness.successor)
            harness.session.abort(now: harness.now)
            _ = harness.take()
            MoveCells.perform(event, on: harness, present: links.0, successor: links.1)
            #expect(harness.take() == [], "\(state) × \(event)")
            #expect(harness.nextDeadline == nil)
        }
    }
}

enum MoveCells {
    enum State: CaseIterable {
        case waiting, awaitingTransport, awaitingInfo, awaitingPong, preparing, leaving, returning, settling

        var kind: MovePhase.Kind {
            switch self {
            case .waiting: .waiting
            case .awaitingTransport, .awaitingInfo, .awaitingPong: .attempting
            case .preparing: .preparing
            case .leaving: .leaving
            case .returning: .returning
            case .settling: .resting
            }
        }
    }

    enum Event: CaseIterable {
        case transportFailed, info, lameDuck, ping, pong, errorTransient, errorClosing, violation, deadline
        case nextConnected, nextFailed, nextClosed, nextInfo, nextInfoUnreadable, nextPing, nextPong, nextOK
        case nextErrorTransient, nextErrorClosing, nextViolation, nextMessage, nextExpires
        case message, subscribe, unsubscribe, unsubscribeAfter, drainSubscription
        case unsubscribeGroup, limitGroup, drainGroup
        case drain, close, abort, reconnect, setServers, expires, serverChosen
    }

    /// Subscription 1 is plain, 2 is in a queue group; `a` announced its end, `b` is next.
    static func makeHarness(_ state: State) -> SessionHarness {
        let harness = SessionHarness(servers: ["a", "b"])
        harness.connect()
        _ = try? harness.subscribe("s")
        _ = try? harness.subscribe("g", queueGroup: "q")
        harness.info(#""ldm":true"#)
        _ = harness.take()
        guard state != .waiting else { return harness }
        harness.advanceToDeadline()
        _ = harness.take()
        guard state != .awaitingTransport else { return harness }
        harness.session.transportConnected(generation: harness.successor, now: harness.now)
        guard state != .awaitingInfo else { return harness }
        harness.info(on: harness.successor)
        _ = harness.take()
        guard state != .awaitingPong else { return harness }
        harness.pong(on: harness.successor)
        _ = harness.take()
        guard state != .preparing else { return harness }
        harness.pong(on: harness.successor)
        _ = harness.take()
        guard state != .leaving else { return harness }
        if state == .returning {
            harness.session.transportFailed(generation: harness.successor, .ended, now: harness.now)
        } else {
            harness.pong()
        }
        _ = harness.take()
        return harness
    }

    static func effect(of event: Event, in state: State) -> String {
        let harness = makeHarness(state)
        let deadline = harness.nextDeadline
        var words: [String] = []
        let (present, successor) = (harness.session.generation, harness.successor)
        if let returned = perform(event, on: harness, present: present, successor: successor) { words.append(returned) }
        words += harness.take().map { word($0, present: present) }
        if harness.move != state.kind { words.append("→\(harness.move)") }
        if harness.status != .connected { words.append("→\(harness.status)") }
        if words.isEmpty, harness.nextDeadline != deadline { words.append("deadline") }
        return words.isEmpty ? "-" : words.joined(separator: " ")
    }

    /// As `SessionCells.word`; what isn't for the link that was present is marked by an apostrophe.
    private static func word(_ action: SessionAction, present: UInt32) -> String {
        let isForOther =
            switch action {
            case .connect(_, let generation, _), .sendUrgent(_, let generation), .disconnect(let generation, _),
                .openGate(let generation), .holdGate(let generation):
                generation != present
            default: false
            }
        return SessionCells.word(action) + (isForOther ? "'" : "")
    }

    @discardableResult
    static func perform(_ event: Event, on harness: SessionHarness, present: UInt32, successor: UInt32) -> String? {
        let now = harness.now
        let violation = ProtocolError(.malformedLine)
        let (plain, group) = (SubscriptionID(rawValue: 1), SubscriptionID(rawValue: 2))
        switch event {
        case .transportFailed: harness.session.transportFailed(generation: present, .ended, now: now)
        case .info: harness.info(on: present)
        case .lameDuck: harness.info(#""ldm":true"#, on: present)
        case .ping: harness.session.pingReceived(generation: present, now: now)
        case .pong: harness.session.pongReceived(generation: present, now: now)
        case .errorTransient: harness.error(#"'Permissions Violation for Publish to "p"'"#, on: present)
        case .errorClosing: harness.error("'Authorization Violation'", on: present)
        case .violation: harness.session.protocolViolated(violation, generation: present, now: now)
        case .deadline: harness.advanceToDeadline()
        case .nextConnected: harness.session.transportConnected(generation: successor, now: now)
        case .nextFailed: harness.session.transportFailed(generation: successor, .ended, now: now)
        case .nextClosed: harness.session.transportClosed(generation: successor, now: now)
        case .nextInfo: harness.info(on: successor)
        case .nextInfoUnreadable: harness.session.infoReceived("x".utf8Span.span, generation: successor, now: now)
        case .nextPing: harness.session.pingReceived(generation: successor, now: now)
        case .nextPong: harness.session.pongReceived(generation: successor, now: now)
        case .nextOK: harness.session.okReceived(generation: successor, now: now)
        case .nextErrorTransient: harness.error(#"'Permissions Violation for Publish to "p"'"#, on: successor)
        case .nextErrorClosing: harness.error("'Authorization Violation'", on: successor)
        case .nextViolation: harness.session.protocolViolated(violation, generation: successor, now: now)
        case .nextMessage: return harness.message(group, on: successor) == .ignored ? nil : "deliver"
        case .nextExpires:
            harness.credentialsExpire(at: .seconds(900), renewal: .seconds(800), on: successor)
        case .message: return harness.message(plain) == .ignored ? nil : "deliver"
        case .subscribe:
            do { _ = try harness.subscribe("t") } catch { return "refused" }
        case .unsubscribe: harness.session.unsubscribe(plain, after: nil, now: now)
        case .unsubscribeAfter: harness.session.unsubscribe(plain, after: 3, now: now)
        case .drainSubscription: harness.session.drainSubscription(plain, now: now)
        case .unsubscribeGroup: harness.session.unsubscribe(group, after: nil, now: now)
        case .limitGroup: harness.session.unsubscribe(group, after: 3, now: now)
        case .drainGroup: harness.session.drainSubscription(group, now: now)
        case .drain: harness.session.drain(deadline: .seconds(140), now: now)
        case .close: harness.session.close(now: now)
        case .abort: harness.session.abort(now: now)
        case .reconnect: harness.session.reconnect(now: now)
        case .setServers: harness.session.setServers([makeServer("a"), makeServer("n")], now: now)
        case .expires:
            harness.credentialsExpire(at: .seconds(900), renewal: .seconds(800), on: present)
        case .serverChosen:
            harness.session.serverChosen(number: 0, server: makeServer("n"), delayNanoseconds: 1, now: now)
        }
        return nil
    }
}
