import NATSClient

/// How an object is put, and what is said of it.
public struct ObjectPutOptions: Sendable {
    /// For people.
    public var description: String?
    /// Names and lists of values, as of a message.
    public var headers: [String: [String]] = [:]
    /// Names and values.
    public var metadata: [String: String] = [:]
    /// How many bytes a chunk has; the last one may have fewer. At most the server's `max_payload`, less 1 KiB for headers. Default:
    /// 128 KiB.
    public var chunkBytes = 128 << 10
    /// So many bytes may be on their way at the same time; at least one chunk is. This bounds the memory of a put. Default: 4 MiB.
    public var windowBytes = 4 << 20
    /// What must be there before. Default: anything.
    public var expecting = ObjectExpectation.anything
    /// How long a single chunk or record may be without acknowledgement, losses of the connection and changes of leaders included.
    /// Default: 60 s.
    public var timeout: Duration = .seconds(60)

    /// The defaults, and what is said of the object.
    public init(description: String? = nil, headers: [String: [String]] = [:], metadata: [String: String] = [:]) {
        self.description = description
        self.headers = headers
        self.metadata = metadata
    }
}

/// What must be there for an object to be put: compare and put. It is checked when the put begins, and again by the stream when the
/// object takes its place.
public enum ObjectExpectation: Sendable, Hashable {
    /// Another object, or none.
    case anything
    /// No object of this name, or a deleted one.
    case absent
    /// The object of this name has this ``ObjectInfo/revision``.
    case revision(UInt64)

    /// - Throws: ``NATSError/Code/objectExists``; ``NATSError/Code/wrongRevision``.
    func check(_ present: ObjectInfo?, _ name: String) throws(NATSError) {
        switch self {
        case .anything: return
        case .absent:
            guard let present, !present.isDeleted else { return }
            throw NATSError(.objectExists, "there is an object '\(name)', of revision \(present.revision)")
        case .revision(let revision):
            guard present?.revision ?? 0 != revision else { return }
            throw NATSError(
                .wrongRevision, "the object '\(name)' has the revision \(present?.revision ?? 0), not \(revision)")
        }
    }
}

extension ObjectPutOptions {
    /// - Throws: ``NATSError/Code/invalidOption``.
    func check(_ jetStream: JetStream) throws(NATSError) {
        let maximum = (jetStream.connection.serverInfo?.maximumPayloadBytes ?? .max) - Self.headerRoom
        guard chunkBytes > 0, chunkBytes <= maximum else {
            throw NATSError(.invalidOption, "a chunk has 1 to \(maximum) bytes with this server, not \(chunkBytes)")
        }
    }

    /// For the id of a chunk, with room to spare.
    private static let headerRoom = 1024
}
