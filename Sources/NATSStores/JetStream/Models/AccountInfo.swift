import NATSClient

/// What an account uses of JetStream, and how much it may.
public struct AccountInfo: Sendable, Hashable {
    /// All of it. With ``tiers``, the limits are theirs, and these are all zero.
    public internal(set) var total = AccountUsage()
    /// The JetStream domain of the servers.
    public internal(set) var domain: String?
    /// How the servers' API is used.
    public internal(set) var api = APIStatistics()
    /// By the number of replicas, `R1`, `R3` …, when the account's limits differ by it.
    public internal(set) var tiers: [String: AccountUsage] = [:]
}

extension AccountInfo: JSONObject {
    static let fields: [JSONField<AccountInfo>] =
        AccountUsage.fields.map { $0.within(\.total) } + [
            .optional("domain", \.domain), .always("api", \.api), .field("tiers", \.tiers, unless: [:]),
        ]
}

/// What is used, and how much may be.
public struct AccountUsage: Sendable, Hashable {
    /// In bytes.
    public internal(set) var memory: UInt64 = 0
    /// Of files, in bytes.
    public internal(set) var storage: UInt64 = 0
    /// What streams in memory have asked for, in bytes. Server 2.10.
    public internal(set) var reservedMemory: UInt64 = 0
    /// What streams in files have asked for, in bytes. Server 2.10.
    public internal(set) var reservedStorage: UInt64 = 0
    /// How many streams.
    public internal(set) var streams = 0
    /// How many consumers.
    public internal(set) var consumers = 0
    /// How much may be used.
    public internal(set) var limits = AccountLimits()
}

extension AccountUsage: JSONObject {
    static let fields: [JSONField<AccountUsage>] = [
        .always("memory", \.memory), .always("storage", \.storage), .field("reserved_memory", \.reservedMemory, unless: 0),
        .field("reserved_storage", \.reservedStorage, unless: 0), .always("streams", \.streams),
        .always("consumers", \.consumers), .always("limits", \.limits),
    ]
}

/// How much an account may use. Nil: as much as there is.
public struct AccountLimits: Sendable, Hashable {
    /// In bytes.
    public internal(set) var memory: Int?
    /// Of files, in bytes.
    public internal(set) var storage: Int?
    /// How many streams.
    public internal(set) var streams: Int?
    /// How many consumers.
    public internal(set) var consumers: Int?
    /// Messages that a consumer may have out.
    public internal(set) var acknowledgementsPending: Int?
    /// Of one stream in memory, in bytes.
    public internal(set) var memoryOfStream: Int?
    /// Of one stream in files, in bytes.
    public internal(set) var storageOfStream: Int?
    /// Every stream must have a ``StreamConfiguration/maximumBytes``.
    public internal(set) var requiresMaximumBytes = false
}

extension AccountLimits: JSONObject {
    static let fields: [JSONField<AccountLimits>] = [
        .bound("max_memory", \.memory), .bound("max_storage", \.storage), .bound("max_streams", \.streams),
        .bound("max_consumers", \.consumers), .limit("max_ack_pending", \.acknowledgementsPending),
        .limit("memory_max_stream_bytes", \.memoryOfStream), .limit("storage_max_stream_bytes", \.storageOfStream),
        .field("max_bytes_required", \.requiresMaximumBytes, unless: false),
    ]
}

/// How the JetStream API of a server is used.
public struct APIStatistics: Sendable, Hashable {
    /// What it understands: 1 is server 2.11, 2 is 2.12, 4 is 2.14, 5 is 2.15; 0 is older (ADR-44).
    public internal(set) var level = 0
    /// Requests so far.
    public internal(set) var total: UInt64 = 0
    /// Those that were refused.
    public internal(set) var errors: UInt64 = 0
    /// Those that are under way.
    public internal(set) var inFlight: UInt64 = 0
}

extension APIStatistics: JSONObject {
    static let fields: [JSONField<APIStatistics>] = [
        .field("level", \.level, unless: 0), .always("total", \.total), .always("errors", \.errors),
        .field("inflight", \.inFlight, unless: 0),
    ]
}
