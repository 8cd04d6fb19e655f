import NATSClient
internal import NATSProtocol

/// What the JetStream API says when it refuses. It is what ``NATSError/underlying`` of the thrown error holds:
///
///     do {
///         stream = try await js.stream("EVENTS")
///     } catch let error as NATSError where error.jetStream?.code == .streamNotFound {
///         …
///     }
public struct JetStreamError: Error, Sendable, Hashable {
    /// The server's number for a kind of error; every number of server 2.15 has a name. Later servers may have more.
    public struct Code: Sendable, Hashable {
        /// The number, `err_code` in JSON.
        public let rawValue: Int
        /// A number, also one that this version has no name for.
        public init(_ rawValue: Int) { self.rawValue = rawValue }
    }

    /// Which kind.
    public internal(set) var code = Code(0)
    /// As of HTTP: 400 wrong, 404 not there, 500 failed, 503 not now.
    public internal(set) var status = 0
    /// In the server's words.
    public internal(set) var message = ""

    /// Whether the same request can succeed later: a leader is being chosen, a server is away or has too much to do.
    public var isRetryable: Bool { Code.retryable.contains(code) }
}

extension JetStreamError: RetryableCause {}

extension JetStreamError.Code {
    fileprivate static let retryable: Set<Self> = [
        .clusterIncomplete, .clusterNotAvail, .clusterNotLeader, .insufficientResources, .streamOffline, .consumerOffline,
        .streamOfflineReason, .consumerOfflineReason, .streamExpectedLastSeqPerSubjectNotReady, .streamTooManyRequests,
        .atomicPublishTooManyInflight, .batchPublishTooManyInflight,
    ]
}

extension JetStreamError: JSONObject {
    private var number: Int {
        get { code.rawValue }
        set { code = Code(newValue) }
    }

    static let fields: [JSONField<JetStreamError>] = [
        .always("code", \.status), .field("err_code", \.number, unless: 0), .field("description", \.message, unless: ""),
    ]
}

extension JetStreamError: CustomStringConvertible {
    /// `stream not found (10059)`
    public var description: String { code.rawValue == 0 ? "\(message) (\(status))" : "\(message) (\(code.rawValue))" }
}

extension NATSError {
    /// What the JetStream API has said, if it was the one that refused.
    public var jetStream: JetStreamError? { underlying as? JetStreamError }
}
