public import NATSClient

/// What the kinds of advisories say. Source: nats-server's `server/jetstream_events.go`.
extension Advisory {
    /// What was done to a stream or consumer.
    public struct Action: JSONWord {
        /// The word in JSON.
        public let rawValue: String
        /// A word, also one that this version has no name for.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// It was made.
        public static let created = Action(rawValue: "create")
        /// It was changed.
        public static let changed = Action(rawValue: "modify")
        /// It was removed.
        public static let deleted = Action(rawValue: "delete")
    }

    /// A stream was made, changed or removed.
    public struct StreamAction: Sendable, Hashable {
        /// The stream.
        public internal(set) var stream = ""
        /// What was done.
        public internal(set) var action = Action(rawValue: "")
    }

    /// A consumer was made or removed.
    public struct ConsumerAction: Sendable, Hashable {
        /// The stream.
        public internal(set) var stream = ""
        /// The consumer.
        public internal(set) var consumer = ""
        /// What was done.
        public internal(set) var action = Action(rawValue: "")
    }

    /// A consumer pauses or goes on.
    public struct PauseChange: Sendable, Hashable {
        /// The stream.
        public internal(set) var stream = ""
        /// The consumer.
        public internal(set) var consumer = ""
        /// Whether it pauses.
        public internal(set) var isPaused = false
        /// When the pause ends.
        public internal(set) var until: ServerTime?
    }

    /// A message that a client didn't acknowledge.
    public struct DeliveryFailure: Sendable, Hashable {
        /// The stream.
        public internal(set) var stream = ""
        /// The consumer.
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
        /// The stream.
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
        /// The servers that have a replica.
        public internal(set) var replicas: [PeerInfo] = []
        /// The cluster.
        public internal(set) var cluster: String?
    }

    /// A batch of messages that was thrown away.
    public struct BatchAbandonment: Sendable, Hashable {
        /// The stream.
        public internal(set) var stream = ""
        /// The batch.
        public internal(set) var batch = ""
        /// `timeout`, `large`, `incomplete` or `unsupported`.
        public internal(set) var reason = ""
    }

    /// A priority group went to a client or was taken from it.
    public struct GroupChange: Sendable, Hashable {
        /// The stream.
        public internal(set) var stream = ""
        /// The consumer.
        public internal(set) var consumer = ""
        /// The group.
        public internal(set) var group = ""
        /// The client that has it.
        public internal(set) var pinnedClientID: String?
        /// `admin` or `timeout`; only when it was taken away.
        public internal(set) var reason: String?
    }

    /// Something about a server.
    public struct ServerChange: Sendable, Hashable {
        /// The server, by name.
        public internal(set) var server = ""
        /// The server, by its public key.
        public internal(set) var serverID = ""
        /// Its cluster.
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
        /// The server, by name.
        public internal(set) var server = ""
        /// How many were dropped.
        public internal(set) var dropped = 0
    }

    /// A call of the API.
    public struct APICall: Sendable, Hashable {
        /// The server, by name.
        public internal(set) var server = ""
        /// The subject of the call.
        public internal(set) var subject = ""
        /// What was asked, as JSON.
        public internal(set) var request = ""
        /// What was answered, as JSON.
        public internal(set) var response = ""
        /// Who has called.
        public internal(set) var client: ClientDescription?
    }

    /// A client, as a server describes it.
    public struct ClientDescription: Sendable, Hashable {
        /// Its account.
        public internal(set) var account: String?
        /// The user as which it is connected.
        public internal(set) var user: String?
        /// What it calls itself.
        public internal(set) var name: String?
        /// What it is written in.
        public internal(set) var language: String?
        /// The version of its client library.
        public internal(set) var version: String?
        /// Its address.
        public internal(set) var host: String?
        /// The server that it is connected to.
        public internal(set) var server: String?
        /// The cluster.
        public internal(set) var cluster: String?
    }
}
