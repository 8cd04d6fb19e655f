import NATSProtocol
import Reactor

extension NATSError {
    /// What a failure of the session means to users.
    init(_ failure: SessionFailure, underlying: (any Error)? = nil) {
        self.init(failure, code: Self.code(of: failure), message: failure.reasonText, underlying: underlying)
    }

    init(_ failure: SessionFailure, code: Code, message: String, underlying: (any Error)? = nil) {
        var serverError: ServerError?
        if case .server(let error) = failure.reason { serverError = error }
        self.init(
            code, message, server: failure.server?.location, serverError: serverError,
            underlying: underlying ?? failure.transportFailure?.cause ?? failure)
    }

    private static func code(of failure: SessionFailure) -> Code {
        if failure.isAuthentication { return .authenticationFailed }
        switch failure.reason {
        case .transport(let transport):
            switch transport.kind {
            case .timedOut: return .timedOut
            case .tls: return .tlsFailed
            case .resolution, .connect, .proxy, .webSocket, .endOfStream, .io: return .connectFailed
            }
        case .server: return failure.isConfiguration ? .configuration : .serverError
        case .protocolViolation, .expectedInfo, .bytesBeforeTLS: return .protocolViolation
        case .timedOut: return .timedOut
        case .tlsNotOffered, .introduction: return .configuration
        case .credentialsUnavailable: return .authenticationFailed
        case .staleConnection, .reconnectRequested: return .connectionLost
        case .closedByUser: return .connectionClosed
        case .noServers, .sameServer: return .connectFailed
        }
    }

    init(_ error: ReactorError) {
        let code: Code = error.code == .usedAfterFork ? .usedAfterFork : .reactorUnavailable
        self.init(code, error.message, underlying: error)
    }

    init(_ error: TLSError) {
        self.init(.tlsFailed, "\(error)", underlying: error)
    }

    init(_ error: ServerAddressError) {
        self.init(.invalidAddress, error.description, underlying: error)
    }

    init(_ error: ContextError) {
        self.init(.invalidConfiguration, error.message, underlying: error)
    }
}

extension SessionFailure {
    fileprivate var transportFailure: TransportFailure? {
        if case .transport(let failure) = reason { failure } else { nil }
    }

    /// What happened, without the server.
    var reasonText: String {
        var copy = self
        copy.server = nil
        return copy.description
    }
}

extension ServerErrorKind {
    /// Whether the server's permissions are the reason.
    var isPermissionViolation: Bool {
        switch self {
        case .subscriptionPermissionViolation, .publishPermissionViolation, .replyPermissionViolation: true
        default: false
        }
    }
}

extension ConnectionCore {
    func error(for refusal: SessionRefusal, subject: String) -> NATSError {
        switch refusal {
        case .closed: closedError(subject: subject)
        case .draining: NATSError(.draining, "the connection is draining", subject: subject)
        case .tooManySubscriptions:
            NATSError(.limitReached, "too many subscriptions on one connection", subject: subject)
        }
    }
}
