public import NATSProtocol

/// The one error type of the client. What happened, to which server, subject or subscription, and what to do.
///
/// Switch over ``code``, which can grow; show ``description`` to people. Cancellation of a task is always Swift's
/// `CancellationError`, never a `NATSError`.
public struct NATSError: Error, Sendable {
    /// What kind of failure it is. Extensible: code that switches over it needs a `default`.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name.
        public let description: String
        package init(_ description: String) { self.description = description }
    }

    /// What kind of failure it is; for programs.
    public let code: Code
    /// One sentence that says what happened and, where it helps, what to do.
    public let message: String
    /// The server concerned, without credentials.
    public let server: String?
    /// The subject concerned.
    public let subject: String?
    /// What the server said, when it said something.
    public let serverError: ServerError?
    /// The failure underneath.
    public let underlying: (any Error)?

    package init(
        _ code: Code, _ message: String, server: String? = nil, subject: String? = nil,
        serverError: ServerError? = nil, underlying: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.server = server
        self.subject = subject
        self.serverError = serverError
        self.underlying = underlying
    }

    /// Whether the same call can succeed later without a change of the caller's arguments or configuration.
    public var isRetryable: Bool {
        Code.retryable.contains(code) || (underlying as? any RetryableCause)?.isRetryable == true
    }
}

/// A failure underneath that knows whether the call can succeed later.
package protocol RetryableCause: Error {
    var isRetryable: Bool { get }
}

extension NATSError.Code {
    // Arguments
    /// The subject, reply subject or queue group breaks the rules for names.
    public static let invalidSubject = Self("invalidSubject")
    /// A header name or value breaks the rules of ADR-4.
    public static let invalidHeader = Self("invalidHeader")
    /// Headers and payload together are larger than the server's `max_payload`.
    public static let payloadTooLarge = Self("payloadTooLarge")
    /// The server doesn't support headers.
    public static let headersNotSupported = Self("headersNotSupported")
    /// A server address can't be understood.
    public static let invalidAddress = Self("invalidAddress")
    /// An option's value makes no sense.
    public static let invalidOption = Self("invalidOption")
    /// The environment or a context of the NATS CLI can't be used; `underlying` is a ``ContextError``.
    public static let invalidConfiguration = Self("invalidConfiguration")

    // Connecting
    /// No server could be reached.
    public static let connectFailed = Self("connectFailed")
    /// TLS couldn't be made: a file can't be used, a certificate isn't trusted or is made out to others, or the two sides can't
    /// agree. ``NATSError/underlying`` is the `TLSError` that says which certificate or file is to blame.
    public static let tlsFailed = Self("tlsFailed")
    /// A server refused the credentials.
    public static let authenticationFailed = Self("authenticationFailed")
    /// The peer isn't a NATS server, or broke the protocol.
    public static let protocolViolation = Self("protocolViolation")
    /// Client and server can't agree (TLS, echo, headers …).
    public static let configuration = Self("configuration")

    // Life of the connection
    /// The connection was lost while the call waited.
    public static let connectionLost = Self("connectionLost")
    /// There is no connection at the moment, and the policy says not to wait for one.
    public static let disconnected = Self("disconnected")
    /// The connection was closed, by us or for good.
    public static let connectionClosed = Self("connectionClosed")
    /// The connection is draining and takes no new work.
    public static let draining = Self("draining")
    /// The handle was inherited by a forked child, where it can't work.
    public static let usedAfterFork = Self("usedAfterFork")
    /// The reactor couldn't be started, or has been shut down.
    public static let reactorUnavailable = Self("reactorUnavailable")

    // Outcomes
    /// The deadline passed.
    public static let timedOut = Self("timedOut")
    /// Nobody listens on the request's subject.
    public static let noResponders = Self("noResponders")
    /// The server's permissions forbid it.
    public static let permissionViolation = Self("permissionViolation")
    /// The server reported an error.
    public static let serverError = Self("serverError")
    /// The outbound buffer is full.
    public static let outboundFull = Self("outboundFull")
    /// The subscription overflowed, and its policy is to fail.
    public static let slowConsumer = Self("slowConsumer")
    /// The message has no reply subject to respond to.
    public static let noReplySubject = Self("noReplySubject")
    /// A limit of the client was reached (waiting calls, subscriptions).
    public static let limitReached = Self("limitReached")
    /// The payload isn't what was asked for.
    public static let invalidPayload = Self("invalidPayload")
    /// A file can't be read or written; ``NATSError/underlying`` is the system's error.
    public static let fileFailed = Self("fileFailed")

    // JetStream
    /// The JetStream API refused the request: the error underneath says why.
    public static let jetStreamRefused = Self("jetStreamRefused")
    /// Nobody answers for JetStream: it isn't enabled for this account, the domain or prefix is wrong, or its cluster has no leader.
    public static let jetStreamUnavailable = Self("jetStreamUnavailable")
    /// The server is too old for what was asked of it.
    public static let serverTooOld = Self("serverTooOld")

    static let retryable: Set<Self> = [
        .connectFailed, .connectionLost, .disconnected, .timedOut, .noResponders, .outboundFull, .limitReached,
        .jetStreamUnavailable,
    ]
}

extension NATSError: CustomStringConvertible {
    /// Everything that is known, in one line; never a secret.
    public var description: String {
        var text = "\(code.description): \(message)"
        if let subject { text += " [subject: \(subject)]" }
        if let server { text += " [server: \(server)]" }
        if let serverError, !text.contains(serverError.text) { text += " [server said: \(serverError.text)]" }
        if let cause = cause(besides: text) { text += " [cause: \(cause)]" }
        return text
    }

    /// Nil when `text` says it already. Of a lost connection without the server, which is named.
    private func cause(besides text: String) -> String? {
        guard let underlying else { return nil }
        if let error = underlying as? NATSError, text.contains(error.message) { return nil }
        let cause = (underlying as? SessionFailure)?.reasonText ?? "\(underlying)"
        return text.contains(cause) ? nil : cause
    }
}
