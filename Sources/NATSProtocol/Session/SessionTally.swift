/// Counts which inputs a session has met in which states: the cells of the tables that `Docs/ProtocolStates.md` stands for.
/// For simulations, which must know what they have never tried. A session without one pays a nil check for an input, and
/// nothing for a message.
package protocol SessionTally: AnyObject, Sendable {
    func note(_ cell: SessionCell)
}

/// One input in one state.
package struct SessionCell: Hashable, Sendable {
    /// A session's state with that of its handshake, its move and its end, of which one is the most telling.
    package enum State: Int, CaseIterable, Sendable {
        case idle, waiting
        case awaitingTransport, awaitingTLSFirst, awaitingInfo, awaitingTLS, awaitingCredentials, awaitingPong
        case restoring, connected, serverClosing
        case drainingSubscriptions, awaitingDelivery, drainingPublishes, closing, closed
        // Of a move; `settling` is behind it.
        case moveWaiting, moveAwaitingTransport, moveAwaitingTLSFirst, moveAwaitingInfo, moveAwaitingTLS
        case moveAwaitingCredentials, moveAwaitingPong, movePreparing, moveLeaving, moveReturning, moveSettling
    }

    package enum Input: Int, CaseIterable, Sendable {
        case start, transportConnected, tlsEstablished, authenticated, authenticationFailed, transportFailed, transportClosed
        case info, infoTLS, infoUnreadable, lameDuck, ping, pong, ok, errorTransient, errorClosing, errorConfiguration
        case violation, deadline, expires, serverChosen
        case subscribe, unsubscribe, unsubscribeAfter, drainSubscription, unsubscribeGroup, limitGroup, drainGroup
        case drain, deliveryFinished, close, abort, reconnect, setServers, fenceQueued
    }

    package let state: State
    package let input: Input
    /// It came from the connection to which the session moves.
    package let isSuccessor: Bool

    package init(state: State, input: Input, isSuccessor: Bool) {
        self.state = state
        self.input = input
        self.isSuccessor = isSuccessor
    }

    /// How many there are, and the number of this one.
    package static let count = State.allCases.count * Input.allCases.count * 2
    package var index: Int { (state.rawValue * Input.allCases.count + input.rawValue) * 2 + (isSuccessor ? 1 : 0) }
}

extension Session {
    /// Counts an input of the user, or of time.
    func note(_ input: SessionCell.Input) {
        guard let tally else { return }
        tally.note(SessionCell(state: cellState, input: input, isSuccessor: false))
    }

    /// Counts an input of a link; not of one that was left.
    func note(_ input: SessionCell.Input, generation: UInt32) {
        guard let tally, let role = role(of: generation) else { return }
        tally.note(SessionCell(state: cellState, input: input, isSuccessor: role == .successor))
    }

    /// Counts an end of a subscription, or of a part of a queue group.
    func note(_ input: SessionCell.Input, orOfGroup group: SessionCell.Input, _ id: SubscriptionID) {
        guard tally != nil else { return }
        note(subscriptions[id]?.queueGroup == nil ? input : group)
    }

    func note(_ error: ServerError, generation: UInt32) {
        guard tally != nil else { return }
        note(
            error.isConfiguration ? .errorConfiguration : error.closesConnection ? .errorClosing : .errorTransient,
            generation: generation)
    }

    func note(_ info: ServerInfo, generation: UInt32) {
        guard tally != nil else { return }
        note(info.requiresTLS ? .infoTLS : info.isLameDuck ? .lameDuck : .info, generation: generation)
    }

    private var cellState: SessionCell.State {
        if isClosed { return .closed }
        switch windDown.state {
        case .running: break
        case .drainingSubscriptions: return .drainingSubscriptions
        case .awaitingDelivery: return .awaitingDelivery
        case .drainingPublishes: return .drainingPublishes
        case .closing: return .closing
        case .finished: return .closed
        }
        switch move {
        case .resting: break
        case .waiting: return .moveWaiting
        case .attempting(let handshake): return handshake.cellState(isOfMove: true)
        case .preparing: return .movePreparing
        case .leaving: return .moveLeaving
        case .returning: return .moveReturning
        }
        switch phase {
        case .idle: return .idle
        case .waiting: return .waiting
        case .attempting(let handshake): return handshake.cellState(isOfMove: false)
        case .restoring: return .restoring
        case .settling: return .moveSettling
        case .connected: return link.closingError == nil ? .connected : .serverClosing
        case .closed: return .closed
        }
    }
}

extension HandshakeStateMachine {
    fileprivate func cellState(isOfMove: Bool) -> SessionCell.State {
        switch state {
        case .awaitingTransport: isOfMove ? .moveAwaitingTransport : .awaitingTransport
        case .awaitingTLSFirst: isOfMove ? .moveAwaitingTLSFirst : .awaitingTLSFirst
        case .awaitingInfo: isOfMove ? .moveAwaitingInfo : .awaitingInfo
        case .awaitingTLS: isOfMove ? .moveAwaitingTLS : .awaitingTLS
        case .awaitingCredentials: isOfMove ? .moveAwaitingCredentials : .awaitingCredentials
        case .awaitingPong, .established, .failed: isOfMove ? .moveAwaitingPong : .awaitingPong
        }
    }
}
