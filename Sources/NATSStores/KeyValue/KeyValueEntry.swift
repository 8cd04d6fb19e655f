import NATSClient
internal import NATSProtocol

/// One revision of a key.
public struct KeyValueEntry: Sendable {
    /// What made a revision.
    public enum Operation: Sendable, Hashable {
        /// The key was given a value.
        case put
        /// The key was removed; earlier revisions are kept.
        case delete
        /// The key was removed with all its earlier revisions.
        case purge
    }

    /// Why the server itself has removed a key. Server 2.11, ADR-43.
    public enum RemovalReason: Sendable, Hashable {
        /// It was too old.
        case maximumAge
        /// Its messages were purged from the stream.
        case purge
        /// Its message was deleted from the stream.
        case remove
    }

    /// The bucket's name.
    public let bucket: String
    /// The key.
    public let key: String
    /// The value; empty for a removed key. It shares the memory into which it was received: keep an `Array` of what you hold for long.
    public let value: Payload
    /// Its number in the bucket, in which revisions of all keys are counted together.
    public let revision: UInt64
    /// When it was stored, by the server's clock.
    public let created: ServerTime
    /// What made it.
    public let operation: Operation
    /// Of a key that the server has removed by itself, why. Nil when a client did it, or the key has a value.
    public let removalReason: RemovalReason?
    /// How long after ``created`` the server removes it, if it was made so.
    public let timeToLive: TimeToLive?
    /// How many revisions a watch still has behind this one, when the server sent it; 0 for what was read otherwise.
    public let pendingCount: UInt64

    /// The value as text; bytes that aren't UTF-8 become U+FFFD. Copies.
    public var string: String { String(repairing: value.span) }
    /// Whether the key has a value; false: it was removed.
    public var isPresent: Bool { operation == .put }
}

extension KeyValueEntry: CustomStringConvertible {
    /// Which revision it is, and its size; never the value, since that doesn't belong into logs.
    public var description: String { "KeyValueEntry(\(bucket) \(key) #\(revision), \(operation), \(value))" }
}

// MARK: - From messages

extension KeyValueEntry {
    /// Nil when the message is none of the bucket's keys.
    init?(_ message: StoredMessage, _ access: KeyValueAccess) throws {
        guard let key = try access.key(ofSubject: message.subject.utf8Span.span) else { return nil }
        let marks = KeyValueMarks(
            operation: message.headers[HeaderName.keyValueOperation], reason: message.headers[HeaderName.markerReason],
            timeToLive: message.headers[HeaderName.timeToLive])
        try self.init(
            access, key, message.payload, message.sequence, message.timestamp, marks, pendingCount: 0)
    }

    /// The answer of a direct get of one key: only what an entry needs is read.
    init(direct message: Message, of key: String, _ access: KeyValueAccess) throws {
        guard let sequence = message.lastHeader(HeaderName.sequence).flatMap(UInt64.init),
            let created = message.lastHeader(HeaderName.timeStamp).flatMap(ServerTime.init)
        else {
            throw NATSError(.protocolViolation, "a key's message that was read directly doesn't say which one it is")
        }
        try self.init(access, key, message.payload, sequence, created, KeyValueMarks(message), pendingCount: 0)
    }

    /// A message that a consumer has given. Nil when it is none of the bucket's keys.
    init?(_ message: Message, _ access: KeyValueAccess, isHeadersOnly: Bool) throws {
        guard let place = AcknowledgementSubject(message.replyBytes), let key = try access.key(ofSubject: message.subjectBytes)
        else { return nil }
        try self.init(
            access, key, message.payload, place.streamSequence, ServerTime(nanosecondsSince1970: place.timeNanoseconds),
            KeyValueMarks(message), pendingCount: place.pending ?? 0, isHeadersOnly: isHeadersOnly)
    }

    /// The same with another value.
    init(_ other: KeyValueEntry, value: Payload) {
        bucket = other.bucket
        key = other.key
        self.value = value
        revision = other.revision
        created = other.created
        operation = other.operation
        removalReason = other.removalReason
        timeToLive = other.timeToLive
        pendingCount = other.pendingCount
    }

    private init(
        _ access: KeyValueAccess, _ key: String, _ payload: Payload, _ revision: UInt64, _ created: ServerTime,
        _ marks: KeyValueMarks, pendingCount: UInt64, isHeadersOnly: Bool = false
    ) throws {
        bucket = access.bucket
        self.key = key
        value = marks.operation == .put && !isHeadersOnly ? try access.decoded(value: payload, of: key) : payload
        self.revision = revision
        self.created = created
        operation = marks.operation
        removalReason = marks.reason
        timeToLive = marks.timeToLive
        self.pendingCount = pendingCount
    }
}

/// What the headers of a message say of a key.
struct KeyValueMarks {
    var operation = KeyValueEntry.Operation.put
    var reason: KeyValueEntry.RemovalReason?
    var timeToLive: TimeToLive?

    init() {}

    init(_ message: Message) {
        guard message.hasHeaders else {
            self.init()
            return
        }
        self.init(
            operation: message.header(HeaderName.keyValueOperation), reason: message.header(HeaderName.markerReason),
            timeToLive: message.header(HeaderName.timeToLive))
    }

    init(operation: String?, reason: String?, timeToLive: String?) {
        switch reason {
        case "MaxAge": (self.operation, self.reason) = (.purge, .maximumAge)
        case "Purge": (self.operation, self.reason) = (.purge, .purge)
        case "Remove": (self.operation, self.reason) = (.delete, .remove)
        default: break
        }
        switch operation {
        case "DEL": self.operation = .delete
        case "PURGE": self.operation = .purge
        default: break
        }
        self.timeToLive = timeToLive.flatMap(TimeToLive.init(header:))
    }
}

extension TimeToLive {
    /// What a header says: seconds, a Go duration, or `never`. Nil for anything else, and for no time at all.
    init?(header: String) {
        if header == "never" {
            self = .never
        } else if let duration = Int64(header).map({ .seconds($0) }) ?? Duration(goText: header), duration > .zero {
            self = .after(duration)
        } else {
            return nil
        }
    }
}

extension Duration {
    /// A Go duration of parts such as `1h30m0.5s`. Nil for anything else, and for what no Go duration can hold.
    init?(goText text: String) {
        var total = Duration.zero
        var rest = Substring(text)
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isNumber || $0 == "." }
            guard let value = Double(number), value < 1e12 else { return nil }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { !$0.isNumber && $0 != "." }
            rest = rest.dropFirst(unit.count)
            switch unit {
            case "h": total += .seconds(value * 3600)
            case "m": total += .seconds(value * 60)
            case "s": total += .seconds(value)
            case "ms": total += .milliseconds(value)
            case "us", "µs", "μs": total += .microseconds(value)
            case "ns": total += .nanoseconds(Int64(value))
            default: return nil
            }
            guard total <= .nanoseconds(Int64.max) else { return nil }
        }
        self = total
    }
}
