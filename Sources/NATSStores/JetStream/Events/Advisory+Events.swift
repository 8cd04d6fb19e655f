public import NATSClient

/// What the kinds of advisories say. Source: nats-server's `server/jetstream_events.go`.
extension Advisory {
    /// What was done to a stream or consumer.
    public struct Action: JSONWord {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public static let created = Action(rawValue: "create")
        public static let changed = Action(rawValue: "modify")
        public static let deleted = Action(rawValue: "delete")
    }

    /// A stream was made, changed or removed.
    public struct StreamAction: Sendable, Hashable {
        public internal(set) var stream = ""
        public internal(set) var action = Action(rawValue: "")
    }

    /// A consumer was made or removed.
    public struct ConsumerAction: Sendable, Hashable {
        public internal(set) var stream = ""
        public internal(set) var consumer = ""
        public internal(set) var action = Action(rawValue: "")
    }

    /// A consumer pauses or goes on.
    public struct PauseChange: Sendable, Hashable {
        public internal(set) var stream = ""
        public internal(set) var consumer = ""
        public internal(set) var isPaused = false
        /// When the pause ends.
        public internal(set) var until: ServerTime?
    }

    /// A message that a client didn't acknowledge.
    public struct DeliveryFailure: Sendable, Hashable {
        public internal(set) var stream = ""
        public internal(set) var consumer = ""
        /// The message's number in its stream.
        public internal(set) var streamSequence: UInt64 = 0
        /// The number of the delivery; nil when it isn't about one.
        public internal(set) var consumerSequence: UInt64?
        /// How often it was delivered.
        public internal(set) var deliveries: UInt64 = 0
        /// What the client said when it gave the message up.
        public internal(set) var reason: String?
    }

    /// A snapshot or restore.
    public struct StreamTransfer: Sendable, Hashable {
        public internal(set) var stream = ""
        /// What is in the snapshot; only when one was begun.
        public internal(set) var state: StreamState?
        /// Only at the end.
        public internal(set) var start: ServerTime?
        /// Only at the end.
        public internal(set) var end: ServerTime?
        /// How much was restored; only at the end of a restore.
        public internal(set) var bytes: Int?
        /// Why a snapshot failed; nil when it didn't.
        public internal(set) var error: String?
        /// Who has asked for it.
        public internal(set) var client: ClientDescription?
    }

    /// A new leader, or too few servers to have one.
    public struct LeaderChange: Sendable, Hashable {
        /// Nil when it is about the servers themselves.
        public internal(set) var stream: String?
        /// Nil when it is about a stream.
        public internal(set) var consumer: String?
        /// The server that leads; nil when none does.
        public internal(set) var leader: String?
        public internal(set) var replicas: [PeerInfo] = []
        public internal(set) var cluster: String?
    }

    /// A batch of messages that was thrown away.
    public struct BatchAbandonment: Sendable, Hashable {
        public internal(set) var stream = ""
        public internal(set) var batch = ""
        /// `timeout`, `large`, `incomplete` or `unsupported`.
        public internal(set) var reason = ""
    }

    /// A priority group went to a client or was taken from it.
    public struct GroupChange: Sendable, Hashable {
        public internal(set) var stream = ""
        public internal(set) var consumer = ""
        public internal(set) var group = ""
        /// The client that has it.
        public internal(set) var pinnedClientID: String?
        /// `admin` or `timeout`; only when it was taken away.
        public internal(set) var reason: String?
    }

    /// Something about a server.
    public struct ServerChange: Sendable, Hashable {
        public internal(set) var server = ""
        public internal(set) var serverID = ""
        public internal(set) var cluster: String?
        /// The stream for which there is no room.
        public internal(set) var stream: String?
        /// How many servers had to agree before a rescue.
        public internal(set) var previousQuorum: Int?
        /// How many must agree now.
        public internal(set) var newQuorum: Int?
    }

    /// Calls of the API that a server has dropped.
    public struct APILimit: Sendable, Hashable {
        public internal(set) var server = ""
        public internal(set) var dropped = 0
    }

    /// A call of the API.
    public struct APICall: Sendable, Hashable {
        public internal(set) var server = ""
        public internal(set) var subject = ""
        public internal(set) var request = ""
        public internal(set) var response = ""
        public internal(set) var client: ClientDescription?
    }

    /// A client, as a server describes it.
    public struct ClientDescription: Sendable, Hashable {
        public internal(set) var account: String?
        public internal(set) var user: String?
        /// What it calls itself.
        public internal(set) var name: String?
        public internal(set) var language: String?
        public internal(set) var version: String?
        public internal(set) var host: String?
        /// The server that it is connected to.
        public internal(set) var server: String?
        public internal(set) var cluster: String?
    }
}
