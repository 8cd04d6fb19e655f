import Testing

@testable import NATSProtocol

/// Every state of the session × everything that can happen to it.
///
/// The table is generated; `SessionCells.expected` holds what was reviewed. A cell that it doesn't name must have no
/// effect at all: no action, same status, same deadline.
@Suite struct SessionCellTests {
    @Test func everyStateIsWhatItsNameSays() {
        for state in SessionCells.State.allCases {
            let harness = SessionCells.makeHarness(state)
            #expect(harness.take() == [])
            #expect(harness.status == state.status, "\(state)")
        }
    }

    @Test(arguments: SessionCells.State.allCases)
    func everyCellOf(state: SessionCells.State) {
        for event in SessionCells.Event.allCases {
            let found = SessionCells.effect(of: event, in: state)
            let expected = SessionCells.expected[state]?[event] ?? "-"
            #expect(found == expected, "\(state) × \(event)")
        }
    }

    @Test func closedSessionOnlyRefuses() {
        #expect(SessionCells.expected[.closed] == [.subscribe: "refused"])
    }
}

enum SessionCells {
    enum State: CaseIterable {
        case idle, waiting
        case awaitingTransport, awaitingTLSFirst, awaitingInfo, awaitingTLS, awaitingCredentials, awaitingPong
        case restoring, connected, serverClosing
        case drainingSubscriptions, awaitingDelivery, drainingPublishes, closing, closed

        var status: ConnectionStatus {
            switch self {
            case .idle, .awaitingTransport, .awaitingTLSFirst, .awaitingInfo, .awaitingTLS, .awaitingCredentials,
                .awaitingPong, .restoring:
                .connecting
            case .waiting: .reconnecting
            case .connected, .serverClosing: .connected
            case .drainingSubscriptions, .awaitingDelivery: .drainingSubscriptions
            case .drainingPublishes: .drainingPublishes
            case .closing: .closing
            case .closed: .closed
            }
        }
    }

    enum Event: CaseIterable {
        case start, transportConnected, tlsEstablished, authenticated, authenticationFailed, transportFailed, transportClosed
        case staleTransportFailed, staleTransportConnected
        case bytes, info, infoTLS, infoUnreadable, ping, pong, ok, errorTransient, errorClosing, errorConfiguration
        case violation, deadline
        case message, subscribe, unsubscribe, unsubscribeAfter, drainSubscription
        case drain, deliveryFinished, close, abort, reconnect, setServers, fenceQueued
    }

    /// Each state is reached as in life. Everywhere a subscription exists that was made before, if possible.
    static func makeHarness(_ state: State) -> SessionHarness {
        let harness = SessionHarness(servers: ["a"]) { configuration in
            if state == .awaitingTLSFirst { configuration.tlsFirst = true }
            if state == .awaitingCredentials { configuration.authentication = .provided }
        }
        let session = { (change: (SessionHarness) -> Void) in
            change(harness)
            _ = harness.take()
        }
        if state == .restoring { session { _ = try? $0.subscribe("s") } }
        guard state != .idle else { return harness }
        session { $0.session.start(now: $0.now) }
        guard state != .awaitingTransport else { return harness }
        session { $0.session.transportConnected(generation: 1, now: $0.now) }
        guard state != .awaitingTLSFirst, state != .awaitingInfo else { return harness }
        session { $0.info(state == .awaitingTLS ? #""tls_required":true"# : #""nonce":"n""#) }
        guard state != .awaitingTLS, state != .awaitingCredentials, state != .awaitingPong else { return harness }
        session { $0.pong() }
        guard state != .restoring else { return harness }
        session { _ = try? $0.subscribe("s") }
        switch state {
        case .waiting: session { $0.loseTransport() }
        case .serverClosing: session { $0.error("'Stale Connection'") }
        case .closing: session { $0.session.close(now: $0.now) }
        case .closed: session { $0.session.abort(now: $0.now) }
        case .drainingSubscriptions, .awaitingDelivery, .drainingPublishes:
            session { $0.session.drain(deadline: .seconds(125), now: $0.now) }
            if state != .drainingSubscriptions { session { $0.pong() } }
            if state == .drainingPublishes { session { $0.session.deliveryFinished(now: $0.now) } }
        case .idle, .awaitingTransport, .awaitingTLSFirst, .awaitingInfo, .awaitingTLS, .awaitingCredentials,
            .awaitingPong, .restoring, .connected:
            break
        }
        return harness
    }

    /// What the event does, in words: what it returned, the actions, the status if it changed; "-" if nothing.
    static func effect(of event: Event, in state: State) -> String {
        let harness = makeHarness(state)
        let deadline = harness.nextDeadline
        var words: [String] = []
        if let returned = perform(event, on: harness) { words.append(returned) }
        words += harness.take().map(word)
        if harness.status != state.status { words.append("→\(harness.status)") }
        if words.isEmpty, harness.nextDeadline != deadline { words.append("deadline") }
        return words.isEmpty ? "-" : words.joined(separator: " ")
    }

    @discardableResult
    static func perform(_ event: Event, on harness: SessionHarness) -> String? {
        let now = harness.now
        let generation = harness.session.generation
        let id = SubscriptionID(rawValue: 1)
        switch event {
        case .start: harness.session.start(now: now)
        case .transportConnected: harness.session.transportConnected(generation: generation, now: now)
        case .tlsEstablished: harness.session.tlsEstablished(generation: generation, now: now)
        case .authenticated: harness.session.authenticated(.none, generation: generation, now: now)
        case .authenticationFailed: harness.session.authenticationFailed("x", generation: generation, now: now)
        case .transportFailed: harness.session.transportFailed(generation: generation, .ended, now: now)
        case .transportClosed: harness.session.transportClosed(generation: generation, now: now)
        case .staleTransportFailed: harness.session.transportFailed(generation: generation &+ 9, .ended, now: now)
        case .staleTransportConnected: harness.session.transportConnected(generation: generation &+ 9, now: now)
        case .bytes: harness.session.bytesReceived(generation: harness.session.generation, now: now)
        case .info: harness.info()
        case .infoTLS: harness.info(#""tls_required":true"#)
        case .infoUnreadable: harness.session.infoReceived("x".utf8Span.span, generation: harness.session.generation, now: now)
        case .ping: harness.session.pingReceived(generation: harness.session.generation, now: now)
        case .pong: harness.session.pongReceived(generation: harness.session.generation, now: now)
        case .ok: harness.session.okReceived(generation: harness.session.generation, now: now)
        case .errorTransient: harness.error(#"'Permissions Violation for Publish to "p"'"#)
        case .errorClosing: harness.error("'Authorization Violation'")
        case .errorConfiguration: harness.error("'Secure Connection - TLS Required'")
        case .violation:
            harness.session.protocolViolated(ProtocolError(.malformedLine), generation: harness.session.generation, now: now)
        case .deadline: harness.advanceToDeadline()
        case .message: return harness.message(id) == .ignored ? nil : "deliver"
        case .subscribe:
            do { _ = try harness.subscribe("t") } catch { return "refused" }
        case .unsubscribe: harness.session.unsubscribe(id, after: nil, now: now)
        case .unsubscribeAfter: harness.session.unsubscribe(id, after: 3, now: now)
        case .drainSubscription: harness.session.drainSubscription(id, now: now)
        case .drain: harness.session.drain(deadline: .seconds(140), now: now)
        case .deliveryFinished: harness.session.deliveryFinished(now: now)
        case .close: harness.session.close(now: now)
        case .abort: harness.session.abort(now: now)
        case .reconnect: harness.session.reconnect(now: now)
        case .setServers: harness.session.setServers([makeServer("n")], now: now)
        case .fenceQueued: harness.session.fenceQueued(.user(1), generation: harness.session.generation)
        }
        return nil
    }

    static func word(_ action: SessionAction) -> String {
        switch action {
        case .connect: "connect"
        case .startTLS: "startTLS"
        case .authenticate: "sign"
        case .sendUrgent, .sendOrdered:
            (action.text ?? "").split(separator: "\r\n").map { $0.split(separator: " ")[0] }.joined(separator: "+")
                + (isFenced(action) ? "!" : "")
        case .openGate: "open"
        case .holdGate: "hold"
        case .chooseServer: "choose"
        case .closeGate: "shut"
        case .disconnect: "disconnect"
        case .fenceConfirmed: "fence"
        case .subscriptionConfirmed: "confirmed"
        case .subscriptionEnded: "ended"
        case .publishDenied, .replyDenied: "denied"
        case .awaitDelivery: "await"
        case .report(let event): word(event)
        case .drained: "drained"
        case .closed(let failure): failure == nil ? "closed" : "failed"
        }
    }

    private static func isFenced(_ action: SessionAction) -> Bool {
        if case .sendOrdered(_, .some) = action { true } else { false }
    }

    private static func word(_ event: SessionEvent) -> String {
        switch event {
        case .connected: "(connected)"
        case .reconnected: "(reconnected)"
        case .moved: "(moved)"
        case .disconnected: "(disconnected)"
        case .attemptFailed: "(failed)"
        case .lameDuck: "(lameDuck)"
        case .discoveredServers: "(discovered)"
        case .serverError: "(error)"
        }
    }
}
