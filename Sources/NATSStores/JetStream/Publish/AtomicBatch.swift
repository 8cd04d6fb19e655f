public import NATSClient

/// Messages that a stream stores all together, or none of them (ADR-50, server 2.12).
///
///     var batch = js.atomicBatch()
///     try await batch.add("users.7.name", "Ada")
///     try await batch.add("users.7.city", "London")
///     let ack = try await batch.commit("users.7.version", "1")
///
/// The stream needs ``StreamConfiguration/allowsAtomicPublish``. All subjects belong to one stream; expectations are checked when the
/// batch is committed. A batch has at most 1000 messages, and the server forgets it when nothing comes for 10 seconds: so a batch
/// that is just dropped is given up. It doesn't survive a lost connection: its commit is refused then, and nothing is stored.
///
/// A value that can't be copied, so that a batch is committed once.
public struct AtomicBatch: ~Copyable {
    /// The batch's name, unique in the world.
    public let id: String
    /// Messages so far.
    public private(set) var count = 0
    private let jetStream: JetStream
    private var subject = ""

    /// After so many messages the server is asked whether it still goes along.
    private static let confirmationInterval = 100
    /// Of a server that knows batches (`jetstream_versioning.go`).
    private static let apiLevel = 2

    init(_ jetStream: JetStream) {
        self.jetStream = jetStream
        id = jetStream.connection.newName()
    }

    /// Adds a message. The first one, and every hundredth, waits for the stream's word that it goes along.
    ///
    /// - Parameter options: expectations, a time to live and the like. A message id must be of this batch alone.
    /// - Throws: ``NATSError/Code/jetStreamRefused`` with the stream's reason, such as `.atomicPublishDisabled`;
    ///   ``NATSError/Code/noResponders``, ``NATSError/Code/serverTooOld``; what `publish` throws.
    public mutating func add(
        _ subject: String, _ payload: [UInt8], headers: Headers? = nil, options: PublishOptions = PublishOptions()
    ) async throws {
        try await add(subject, payload, headers: headers, options: options, awaits: count % Self.confirmationInterval == 0)
    }

    /// - Parameter awaits: waits for the stream's word.
    mutating func add(
        _ subject: String, _ payload: [UInt8], headers: Headers?, options: PublishOptions, awaits: Bool
    ) async throws {
        let headers = try nextHeaders(headers, options, commit: nil)
        self.subject = subject
        guard awaits else {
            return try await jetStream.connection.publish(subject, payload, headers: headers)
        }
        let answer = try await jetStream.connection.request(subject, payload, headers: headers, timeout: jetStream.timeout)
        guard !answer.bytes.isEmpty else { return }
        _ = try jetStream.acknowledgement(answer, subject)
        throw NATSError(
            .serverTooOld, "the server doesn't know batches and has stored the message by itself",
            server: jetStream.connection.connectedServer, subject: subject)
    }

    /// Adds a message of text. As ``add(_:_:headers:options:)-(_,[UInt8],_,_)``.
    public mutating func add(
        _ subject: String, _ payload: String, headers: Headers? = nil, options: PublishOptions = PublishOptions()
    ) async throws {
        try await add(subject, Array(payload.utf8), headers: headers, options: options)
    }

    /// Adds the last message and stores all of them.
    ///
    /// - Returns: the last message's place, with the batch's id and how many it had.
    /// - Throws: ``NATSError/Code/jetStreamRefused`` with the reason, after which none is stored: a message's expectation, or
    ///   `.atomicPublishIncompleteBatch`; ``NATSError/Code/timedOut`` and ``NATSError/Code/connectionLost``, after which nobody knows.
    public consuming func commit(
        _ subject: String, _ payload: [UInt8], headers: Headers? = nil, options: PublishOptions = PublishOptions()
    ) async throws -> PublishAck {
        let headers = try nextHeaders(headers, options, commit: "1")
        let answer = try await jetStream.connection.request(subject, payload, headers: headers, timeout: jetStream.timeout)
        return try jetStream.acknowledgement(answer, subject)
    }

    /// Adds the last message, of text, and stores all of them. As ``commit(_:_:headers:options:)-(_,[UInt8],_,_)``.
    public consuming func commit(
        _ subject: String, _ payload: String, headers: Headers? = nil, options: PublishOptions = PublishOptions()
    ) async throws -> PublishAck {
        try await commit(subject, Array(payload.utf8), headers: headers, options: options)
    }

    /// Stores all messages, without another one. As ``commit(_:_:headers:options:)-(_,[UInt8],_,_)``.
    ///
    /// - Throws: ``NATSError/Code/invalidOption`` for an empty batch.
    public consuming func commit() async throws -> PublishAck {
        guard count > 0 else { throw NATSError(.invalidOption, "a batch without a message can't be committed") }
        let subject = self.subject
        return try await commit(subject, [], eob: true)
    }

    private consuming func commit(_ subject: String, _ payload: [UInt8], eob: Bool) async throws -> PublishAck {
        let headers = try nextHeaders(nil, PublishOptions(), commit: "eob")
        let answer = try await jetStream.connection.request(subject, payload, headers: headers, timeout: jetStream.timeout)
        return try jetStream.acknowledgement(answer, subject)
    }

    private mutating func nextHeaders(
        _ headers: Headers?, _ options: PublishOptions, commit: String?
    ) throws(NATSError) -> Headers {
        if count == 0, jetStream.domain == nil, let level = jetStream.connection.serverInfo?.apiLevel, level < Self.apiLevel {
            throw NATSError(.serverTooOld, "batches need API level \(Self.apiLevel), and the server has \(level)")
        }
        var headers = try options.headers(with: headers) ?? Headers()
        count += 1
        do throws(HeaderError) {
            try headers.set(HeaderName.batchID, id)
            try headers.set(HeaderName.batchSequence, String(count))
            if let commit { try headers.set(HeaderName.batchCommit, commit) }
            if count == 1 { try headers.set(HeaderName.requiredAPILevel, String(Self.apiLevel)) }
        } catch {
            throw NATSError(.invalidHeader, "\(error)", underlying: error)
        }
        return headers
    }
}

extension JetStream {
    /// A batch of messages that a stream stores all together, or none of them. See ``AtomicBatch``.
    public func atomicBatch() -> AtomicBatch { AtomicBatch(self) }
}
