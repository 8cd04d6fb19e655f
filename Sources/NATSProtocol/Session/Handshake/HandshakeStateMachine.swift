/// One attempt to connect, from the open transport to the PONG that answers CONNECT and PING. First connects and
/// reconnects are the same; each attempt has a fresh machine.
struct HandshakeStateMachine {
    /// What the client wants of the connection.
    struct Requirements: Equatable {
        /// The transport below is encrypted already (`wss`).
        var transportIsSecure = false
        /// TLS can be started on this transport (not within WebSocket).
        var transportCanUpgrade = true
        var tlsRequired = false
        var tlsFirst = false
        /// The driver is asked who we are, also when there is no nonce to sign.
        var asksForCredentials = false
    }

    /// The part of INFO that decides how the handshake goes on.
    struct Offer: Equatable {
        var tlsRequired = false
        var tlsAvailable = false
        var nonce: String?
    }

    enum State: Equatable {
        /// `connect` was asked for.
        /// Can transition to: awaitingTLSFirst, awaitingInfo, failed
        case awaitingTransport
        /// TLS comes before INFO.
        /// Can transition to: awaitingInfo, failed
        case awaitingTLSFirst
        /// INFO must be the first operation.
        /// Can transition to: awaitingTLS, awaitingCredentials, awaitingPong, failed
        case awaitingInfo(isSecure: Bool)
        /// INFO came; TLS must be up before anything else is said.
        /// Can transition to: awaitingCredentials, awaitingPong, failed
        case awaitingTLS(Offer)
        /// The driver fetches the credentials and signs the nonce.
        /// Can transition to: awaitingPong, failed
        case awaitingCredentials
        /// CONNECT and PING are sent.
        /// Can transition to: established, failed
        case awaitingPong
        /// The server took us. Absorbing.
        case established
        /// Absorbing: repeats the reason.
        case failed(SessionFailure.Reason)
    }

    /// What the session must do.
    enum Step: Equatable {
        case none
        case startTLS
        /// Empty when the server offers none.
        case authenticate(String)
        /// With what the driver made of the nonce, if it was asked.
        case sendConnect(ConnectParameters.Authentication?)
        case answerPing
        case established
        case fail(SessionFailure.Reason)
    }

    private let requirements: Requirements
    private(set) var state: State = .awaitingTransport
    /// How far the transport is.
    private var transportStep = HandshakeStep.transport

    init(requirements: Requirements) {
        self.requirements = requirements
    }

    /// What is awaited; nil when the handshake is over.
    var awaited: HandshakeStep? {
        switch state {
        case .awaitingTransport: transportStep
        case .awaitingTLSFirst, .awaitingTLS: .tls
        case .awaitingInfo: .info
        case .awaitingCredentials: .credentials
        case .awaitingPong: .pong
        case .established, .failed: nil
        }
    }

    /// The transport isn't up yet, and waits for something else than before.
    mutating func transportReached(_ step: HandshakeStep) { transportStep = step }

    mutating func transportConnected() -> Step {
        switch state {
        case .awaitingTransport:
            let upgradesFirst =
                requirements.tlsFirst && requirements.transportCanUpgrade && !requirements.transportIsSecure
            if upgradesFirst {
                state = .awaitingTLSFirst
                return .startTLS
            }
            state = .awaitingInfo(isSecure: requirements.transportIsSecure)
            return .none
        case .awaitingTLSFirst, .awaitingInfo, .awaitingTLS, .awaitingCredentials, .awaitingPong, .established:
            return .none
        case .failed(let reason):
            return .fail(reason)
        }
    }

    mutating func tlsEstablished() -> Step {
        switch state {
        case .awaitingTLSFirst:
            state = .awaitingInfo(isSecure: true)
            return .none
        case .awaitingTLS(let offer):
            return introduce(offer)
        case .awaitingTransport, .awaitingInfo, .awaitingCredentials, .awaitingPong, .established:
            return .none
        case .failed(let reason):
            return .fail(reason)
        }
    }

    /// How far the INFO counts that makes this offer. Asked before `infoReceived`.
    func trust(in offer: Offer) -> InfoTrust {
        switch state {
        case .awaitingInfo(isSecure: true), .awaitingCredentials, .awaitingPong, .established: .full
        case .awaitingInfo(isSecure: false) where upgrades(with: offer): .descriptionOnly
        case .awaitingInfo(isSecure: false): requirements.tlsRequired ? .nothing : .full
        case .awaitingTransport, .awaitingTLSFirst, .awaitingTLS, .failed: .nothing
        }
    }

    mutating func infoReceived(_ offer: Offer) -> Step {
        switch state {
        case .awaitingInfo(let isSecure):
            return firstInfoReceived(offer, isSecure: isSecure)
        case .awaitingTransport:
            return fail(.expectedInfo)
        case .awaitingTLSFirst, .awaitingTLS:
            return fail(.bytesBeforeTLS)
        case .awaitingCredentials, .awaitingPong, .established:
            // News for the pool; the nonce of this connection was in the first INFO.
            return .none
        case .failed(let reason):
            return .fail(reason)
        }
    }

    mutating func authenticated(_ authentication: ConnectParameters.Authentication) -> Step {
        switch state {
        case .awaitingCredentials:
            state = .awaitingPong
            return .sendConnect(authentication)
        case .awaitingTransport, .awaitingTLSFirst, .awaitingInfo, .awaitingTLS, .awaitingPong, .established:
            return .none
        case .failed(let reason):
            return .fail(reason)
        }
    }

    mutating func authenticationFailed(_ message: String) -> Step {
        switch state {
        case .awaitingCredentials:
            return fail(.credentialsUnavailable(message))
        case .awaitingTransport, .awaitingTLSFirst, .awaitingInfo, .awaitingTLS, .awaitingPong, .established:
            return .none
        case .failed(let reason):
            return .fail(reason)
        }
    }
}

extension HandshakeStateMachine {
    /// What the peer may send before it took us, besides INFO.
    enum PeerOperation: Equatable {
        case ping
        case pong
        case ok
        case error(ServerError)
    }

    mutating func received(_ operation: PeerOperation) -> Step {
        switch state {
        case .awaitingTransport, .awaitingInfo:
            // A server that is full or throttled says so before INFO; that text is worth more than "expected INFO".
            if case .error(let error) = operation { return fail(.server(error)) }
            return fail(.expectedInfo)
        case .awaitingTLSFirst, .awaitingTLS:
            return fail(.bytesBeforeTLS)
        case .awaitingCredentials:
            return receivedAfterInfo(operation, completes: false)
        case .awaitingPong:
            return receivedAfterInfo(operation, completes: true)
        case .established:
            return .none
        case .failed(let reason):
            return .fail(reason)
        }
    }

    private mutating func receivedAfterInfo(_ operation: PeerOperation, completes: Bool) -> Step {
        switch operation {
        case .ping: return .answerPing
        case .ok: return .none
        case .error(let error):
            // CONNECT is the only line that can have been too long.
            let isTooLong = completes && error.kind == .maximumControlLineExceeded
            return fail(isTooLong ? .introduction(.exceedsControlLine) : .server(error))
        case .pong:
            guard completes else { return .none }
            state = .established
            return .established
        }
    }

    private mutating func firstInfoReceived(_ offer: Offer, isSecure: Bool) -> Step {
        if isSecure { return introduce(offer) }
        if upgrades(with: offer) {
            state = .awaitingTLS(offer)
            return .startTLS
        }
        // Before CONNECT: credentials never travel in plain text against the user's will.
        if requirements.tlsRequired { return fail(.tlsNotOffered) }
        return introduce(offer)
    }

    /// Whether TLS follows an INFO that came in the clear.
    private func upgrades(with offer: Offer) -> Bool {
        requirements.transportCanUpgrade && (offer.tlsRequired || (requirements.tlsRequired && offer.tlsAvailable))
    }

    private mutating func introduce(_ offer: Offer) -> Step {
        if requirements.asksForCredentials {
            state = .awaitingCredentials
            return .authenticate(offer.nonce ?? "")
        }
        state = .awaitingPong
        return .sendConnect(nil)
    }

    private mutating func fail(_ reason: SessionFailure.Reason) -> Step {
        state = .failed(reason)
        return .fail(reason)
    }
}
