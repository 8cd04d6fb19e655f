import NATSClient
internal import NATSProtocol

extension JetStream {
    /// Makes a stream out of a snapshot: see ``restoreStream(from:changing:progress:)`` for one in files.
    ///
    /// - Parameters:
    ///   - configuration: that of the snapshot; its name may be another one, and so may be where it is to be.
    ///   - state: that of the snapshot.
    ///   - chunks: the snapshot's bytes, in pieces that are no larger than the server's `max_payload`.
    /// - Throws: ``NATSError/Code/jetStreamRefused``, with `.streamNameExistRestoreFailed` when there is a stream of this name;
    ///   ``NATSError/Code/timedOut`` when the server takes no further piece within 30 s, or isn't ready an hour after the last one;
    ///   what `chunks` throws. After an error nothing is left of the stream, and neither after a cancellation.
    public func restoreStream<Chunks: AsyncSequence>(
        _ configuration: StreamConfiguration, state: StreamState, from chunks: Chunks
    ) async throws -> JetStream.Stream where Chunks.Element: Sequence<UInt8> {
        try APIName.check(configuration.name, "stream")
        let concerns = "stream '\(configuration.name)'"
        let record = BackupRecord(configuration: configuration, state: state)
        let reply: RestoreReply = try await call(
            "STREAM.RESTORE.\(configuration.name)", record.json, level: configuration.requiredLevel, concerns: concerns)
        var upload = try await RestoreUpload(self, to: reply.subject, concerns: concerns)
        for try await chunk in chunks { try await upload.send(Array(chunk)) }
        return JetStream.Stream(jetStream: self, name: configuration.name, cachedInfo: try await upload.finish())
    }
}

/// The answer to `STREAM.RESTORE`.
struct RestoreReply: JSONObject {
    /// Where the bytes go.
    var subject = ""
    static let fields: [JSONField<RestoreReply>] = [.always("deliver_subject", \.subject)]
}

/// Sends pieces to a server that restores a stream, several ahead of its acknowledgements.
private struct RestoreUpload {
    /// So many pieces may be unacknowledged.
    private static let window = 16
    private static let stallLimit = Duration.seconds(30)
    private static let finishLimit = Duration.seconds(3_600)

    private let jetStream: JetStream
    private let subject: String
    private let concerns: String
    private let inbox: String
    private let replies: Subscription
    private var outstanding = 0

    init(_ jetStream: JetStream, to subject: String, concerns: String) async throws {
        self.jetStream = jetStream
        self.subject = subject
        self.concerns = concerns
        inbox = jetStream.connection.newInbox()
        replies = try await jetStream.connection.subscribe(inbox)
    }

    /// An empty piece would be the end.
    mutating func send(_ chunk: [UInt8]) async throws {
        guard !chunk.isEmpty else { return }
        while outstanding >= Self.window { try await takeReply() }
        try await jetStream.connection.publish(subject, chunk, reply: inbox)
        outstanding += 1
    }

    mutating func finish() async throws -> StreamInfo {
        while outstanding > 0 { try await takeReply() }
        try await jetStream.connection.publish(subject, reply: inbox)
        let message = try await next(within: Self.finishLimit)
        return try jetStream.answer(message, subject: subject, concerns: concerns)
    }

    /// An acknowledgement has no payload. Anything else says why it doesn't go on.
    private mutating func takeReply() async throws {
        let message = try await next(within: Self.stallLimit)
        outstanding -= 1
        guard !message.payload.isEmpty else { return }
        let _: EmptyReply = try jetStream.answer(message, subject: subject, concerns: concerns)
    }

    private func next(within limit: Duration) async throws -> Message {
        guard let message = try await replies.next(timeout: limit) else {
            throw NATSError(.connectionClosed, "the connection was closed in the middle of a restore", subject: subject)
        }
        guard message.status?.code != 503 else {
            throw NATSError(.noResponders, "the server has given the restore of \(concerns) up", subject: subject)
        }
        return message
    }
}
