public import NATSProtocol

/// What one server did with a traced message. Source: ADR-41; `MsgTraceEvent` in nats-server's `server/msgtrace.go`.
///
/// ``NATSConnection/trace(_:_:headers:onlyTrace:timeout:)-(_,String,_,_,_)`` collects the reports of one message. To collect
/// them in another way, publish with ``Headers/requestTrace(to:onlyTrace:)``, or have the account trace what has a sampled
/// `traceparent`, subscribe to the destination, and read each message with ``init(_:)``.
public struct TraceReport: Hashable, Sendable {
    /// The server that reports.
    public internal(set) var server = Server()
    /// The headers with which the message came to this server: all values of each name.
    public internal(set) var headers: [String: [String]] = [:]
    /// Bytes of headers and payload.
    public internal(set) var messageSize = 0
    /// To how many other servers this one has passed the message; each of them reports too.
    public internal(set) var hopCount = 0
    /// What happened, in order.
    public internal(set) var events: [Event] = []

    init() {}

    /// Where in the tree of servers this one is: `nil` for the one that the publisher is connected to, `2` for the second
    /// server that got the message from there, `2.1` for the first one behind that.
    public var hop: String? { headers[TraceHeader.hop]?.first }

    /// A server of the system.
    public struct Server: Hashable, Sendable {
        /// Its name.
        public internal(set) var name = ""
        /// Its public key.
        public internal(set) var id = ""
        /// Its host, as it is configured.
        public internal(set) var host = ""
        /// Its version.
        public internal(set) var version = ""
        /// The cluster it belongs to.
        public internal(set) var cluster: String?
        /// Its JetStream domain.
        public internal(set) var domain: String?

        init() {}
    }
}

extension TraceReport {
    /// One step of a message within a server. More kinds may be added; switch with a `default`.
    public enum Event: Hashable, Sendable {
        /// The message came in.
        case ingress(Ingress)
        /// A mapping has changed its subject.
        case subjectMapping(SubjectMapping)
        /// It went to another account by the export of a stream.
        case streamExport(StreamExport)
        /// It went to another account by the import of a service.
        case serviceImport(ServiceImport)
        /// It came to a stream.
        case jetStream(JetStream)
        /// It went out, or should have.
        case egress(Egress)
        /// A kind of event that this version doesn't know, by its name.
        case unknown(type: String, time: ServerTime?)
    }

    /// The message came in over a connection.
    public struct Ingress: Hashable, Sendable {
        /// When, on the server's clock.
        public let time: ServerTime?
        /// The connection.
        public let connection: Connection
        /// The account that the message was published in.
        public let account: String
        /// The subject that it was published to.
        public let subject: String
        /// Why it went no further: a permission, a limit.
        public let error: String?
    }

    /// A mapping has changed the subject.
    public struct SubjectMapping: Hashable, Sendable {
        /// When, on the server's clock.
        public let time: ServerTime?
        /// The new subject.
        public let subject: String
    }

    /// The message went to another account by the export of a stream.
    public struct StreamExport: Hashable, Sendable {
        /// When, on the server's clock.
        public let time: ServerTime?
        /// The importing account.
        public let account: String
        /// The subject there.
        public let subject: String
    }

    /// The message went to another account by the import of a service.
    public struct ServiceImport: Hashable, Sendable {
        /// When, on the server's clock.
        public let time: ServerTime?
        /// The exporting account.
        public let account: String
        /// The subject in the importing account.
        public let from: String
        /// The subject in the exporting account.
        public let to: String
    }

    /// The message came to a stream.
    public struct JetStream: Hashable, Sendable {
        /// When it was stored, on the server's clock.
        public let time: ServerTime?
        /// The stream.
        public let stream: String
        /// The subject under which it was stored.
        public let subject: String?
        /// Whether it wasn't stored, since the stream keeps only what a consumer is interested in.
        public let hasNoInterest: Bool
        /// Why it wasn't stored.
        public let error: String?
    }

    /// The message went out over a connection.
    public struct Egress: Hashable, Sendable {
        /// When, on the server's clock.
        public let time: ServerTime?
        /// The connection.
        public let connection: Connection
        /// The ``TraceReport/hop`` of the server at the other end.
        public let hop: String?
        /// The account, when it is another one than that of the ingress.
        public let account: String?
        /// The subject or pattern of a client's subscription.
        public let subscription: String?
        /// Its queue group.
        public let queueGroup: String?
        /// Why it did not go out after all.
        public let error: String?
    }

    /// A connection of a server.
    public struct Connection: Hashable, Sendable {
        /// What is at the other end.
        public let kind: Kind
        /// The number that the server gave it.
        public let id: UInt64
        /// The name of the client or of the other server.
        public let name: String?

        /// What is at the other end of a connection. More kinds may be added.
        public struct Kind: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
            /// The server's number for it.
            public let rawValue: Int

            /// The kind of this number.
            public init(rawValue: Int) { self.rawValue = rawValue }

            /// A client.
            public static let client = Kind(rawValue: 0)
            /// Another server of the cluster.
            public static let router = Kind(rawValue: 1)
            /// A server of another cluster.
            public static let gateway = Kind(rawValue: 2)
            /// The server itself.
            public static let system = Kind(rawValue: 3)
            /// A leaf node, or the server that it belongs to.
            public static let leafNode = Kind(rawValue: 4)
            /// The server's JetStream.
            public static let jetStream = Kind(rawValue: 5)
            /// An account, within the server.
            public static let account = Kind(rawValue: 6)

            /// The kind's name.
            public var description: String {
                let names = ["client", "router", "gateway", "system", "leaf node", "JetStream", "account"]
                return names.indices.contains(rawValue) ? names[rawValue] : "kind \(rawValue)"
            }
        }
    }
}
