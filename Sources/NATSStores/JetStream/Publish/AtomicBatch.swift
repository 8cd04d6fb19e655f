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
    /// Why it can't be committed any more.
    private var end: (any Error)?

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
    /// - Throws: what `publish` throws, and ``NATSError/Code/noResponders``: the message wasn't sent and isn't part of the batch, which
    ///   goes on. After the others the batch is over, and nothing of it is stored: ``NATSError/Code/jetStreamRefused`` with the
    ///   stream's reason, such as `.atomicPublishDisabled`; ``NATSError/Code/serverTooOld``, ``NATSError/Code/timedOut``,
    ///   ``NATSError/Code/connectionLost``; `CancellationError` while the stream's word is awaited;
    ///   ``NATSError/Code/publisherFinished`` when it was over before.
    public mutating func add(
        _ subject: String, _ payload: [UInt8], headers: Headers? = nil, options: PublishOptions = PublishOptions()
    ) async throws {
        try await add(subject, payload, headers: headers, options: options, awaits: isConfirmationDue)
    }

    /// - Parameter awaits: waits for the stream's word.
    mutating func add(
        _ subject: String, _ payload: [UInt8], headers: Headers?, options: PublishOptions, awaits: Bool
    ) async throws {
        let (connection, timeout) = (jetStream.connection, jetStream.timeout)
        try await add(subject, headers, options, awaits: awaits) { headers in
            guard awaits else {
                try await connection.publish(subject, payload, headers: headers)
                return nil
            }
            return try await connection.request(subject, payload, headers: headers, timeout: timeout)
        }
    }

    /// Adds a message of text. As ``add(_:_:headers:options:)-(_,[UInt8],_,_)``.
    public mutating func add(
        _ subject: String, _ payload: String, headers: Headers? = nil, options: PublishOptions = PublishOptions()
    ) async throws {
        let (connection, timeout, awaits) = (jetStream.connection, jetStream.timeout, isConfirmationDue)
        try await add(subject, headers, options, awaits: awaits) { headers in
            guard awaits else {
                try await connection.publish(subject, payload, headers: headers)
                return nil
            }
            return try await connection.request(subject, payload, headers: headers, timeout: timeout)
        }
    }

    /// Adds the last message and stores all of them.
    ///
    /// - Returns: the last message's place, with the batch's id and how many it had.
    /// - Throws: ``NATSError/Code/jetStreamRefused`` with the reason, after which none is stored: a message's expectation, or
    ///   `.atomicPublishIncompleteBatch`; ``NATSError/Code/publisherFinished`` when it was over before;
    ///   ``NATSError/Code/timedOut`` and ``NATSError/Code/connectionLost``, after which nobody knows.
    public consuming func commit(
        _ subject: String, _ payload: [UInt8], headers: Headers? = nil, options: PublishOptions = PublishOptions()
    ) async throws -> PublishAck {
        let headers = try nextHeaders(subject, headers, options, commit: "1")
        let answer = try await jetStream.connection.request(subject, payload, headers: headers, timeout: jetStream.timeout)
        return try jetStream.acknowledgement(answer, subject)
    }

    /// Adds the last message, of text, and stores all of them. As ``commit(_:_:headers:options:)-(_,[UInt8],_,_)``.
    public consuming func commit(
        _ subject: String, _ payload: String, headers: Headers? = nil, options: PublishOptions = PublishOptions()
    ) async throws -> PublishAck {
        let headers = try nextHeaders(subject, headers, options, commit: "1")
        let answer = try await jetStream.connection.request(subject, payload, headers: headers, timeout: jetStream.timeout)
        return try jetStream.acknowledgement(answer, subject)
    }

    /// Stores all messages, without another one. As ``commit(_:_:headers:options:)-(_,[UInt8],_,_)``.
    ///
    /// - Throws: ``NATSError/Code/invalidOption`` for an empty batch.
    public consuming func commit() async throws -> PublishAck {
        guard count > 0 else { throw NATSError(.invalidOption, "a batch without a message can't be committed") }
        let headers = try nextHeaders(subject, nil, PublishOptions(), commit: "eob")
        let answer = try await jetStream.connection.request(subject, headers: headers, timeout: jetStream.timeout)
        return try jetStream.acknowledgement(answer, subject)
    }

    private var isConfirmationDue: Bool { count % Self.confirmationInterval == 0 }

    /// - Parameter send: publishes, and returns the answer if one is awaited.
    private mutating func add(
        _ subject: String, _ headers: Headers?, _ options: PublishOptions, awaits: Bool,
        _ send: (Headers) async throws -> Answer?
    ) async throws {
        let headers = try nextHeaders(subject, headers, options, commit: nil)
        do {
            if let answer = try await send(headers) { try checkConfirmation(answer, subject) }
            self.subject = subject
        } catch {
            // Without an answer to wait for, whatever is thrown is thrown before anything was sent.
            let isReceived = awaits && (error as? NATSError)?.meansNotReceived != true
            if isReceived { end = error } else { count -= 1 }
            throw error
        }
    }

    private func checkConfirmation(_ answer: Answer, _ subject: String) throws(NATSError) {
        guard !answer.bytes.isEmpty else { return }
        _ = try jetStream.acknowledgement(answer, subject)
        throw NATSError(
            .serverTooOld, "the server doesn't know batches and has stored the message by itself",
            server: jetStream.connection.connectedServer, subject: subject)
    }

    /// Takes the next number.
    private mutating func nextHeaders(
        _ subject: String, _ headers: Headers?, _ options: PublishOptions, commit: String?
    ) throws(NATSError) -> Headers {
        if let end {
            throw NATSError(
                .publisherFinished, "the batch is over, and nothing of it is stored", subject: subject, underlying: end)
        }
        if count == 0 { try jetStream.checkLevel(Self.apiLevel, subject) }
        var headers = try options.headers(with: headers) ?? Headers()
        do throws(HeaderError) {
            try headers.set(HeaderName.batchID, id)
            try headers.set(HeaderName.batchSequence, String(count + 1))
            if let commit { try headers.set(HeaderName.batchCommit, commit) }
            if count == 0 { try headers.set(HeaderName.requiredAPILevel, String(Self.apiLevel)) }
        } catch {
            throw NATSError(.invalidHeader, "\(error)", underlying: error)
        }
        count += 1
        return headers
    }
}

/// Not a message of the batch.
private typealias Answer = Message

extension NATSError {
    /// No stream has received the message: it was refused on this side or by the server, or nobody listens.
    fileprivate var meansNotReceived: Bool {
        switch code {
        case .invalidSubject, .invalidHeader, .headersNotSupported, .payloadTooLarge, .outboundFull, .disconnected, .limitReached,
            .permissionViolation, .noResponders:
            true
        default: false
        }
    }
}

extension JetStream {
    /// A batch of messages that a stream stores all together, or none of them. See ``AtomicBatch``.
    public func atomicBatch() -> AtomicBatch { AtomicBatch(self) }
}
