import NATSClient

/// Messages that were read with one request.
public struct StoredBatch<Element: Sendable>: Sendable {
    /// In the order of the stream.
    public internal(set) var elements: [Element] = []
    /// How many more would match behind the last of them.
    public internal(set) var pendingCount: UInt64 = 0
    /// The number of the last of them; 0 when there are none.
    public internal(set) var lastSequence: UInt64 = 0
    /// Of the last messages of many subjects: the answer is as the stream was at this number. Give it to the next request to see the
    /// rest of the same state.
    public internal(set) var upToSequence: UInt64?
}

/// Reading many messages with one request, of streams that allow direct gets (``StreamConfiguration/allowsDirectGet``). Server 2.11,
/// ADR-31.
extension JetStream.Stream {
    /// So many messages from a place on, or fewer when the bytes are reached or there are no more.
    ///
    /// - Parameters:
    ///   - start: default: the stream's first message.
    ///   - filter: only messages on this subject, or on those that match the pattern.
    ///   - maximumBytes: no further message is sent once there are so many bytes. Default: 8 MiB.
    /// - Throws: ``NATSError/Code/noResponders`` when the stream doesn't allow direct gets or doesn't exist;
    ///   ``NATSError/Code/jetStreamRefused``; ``NATSError/Code/serverTooOld``; ``NATSError/Code/timedOut`` when the next message
    ///   isn't there in time, as after a reconnect; `CancellationError`.
    public func messages(
        _ count: Int, from start: StreamPosition = .sequence(1), matching filter: String? = nil,
        maximumBytes: Int = StoredBatchLimits.bytes
    ) async throws -> StoredBatch<StoredMessage> {
        var request = MessageGetRequest(from: start, on: filter)
        request.count = max(count, 1)
        request.maximumBytes = maximumBytes
        return try await batch(request) { message throws(NATSError) in try StoredMessage(direct: message, isOfBatch: true) }
    }

    /// The payloads of so many messages from a place on, without their headers. Server 2.14; errors and parameters are those of
    /// ``messages(_:from:matching:maximumBytes:)``.
    public func payloads(
        _ count: Int, from start: StreamPosition = .sequence(1), matching filter: String? = nil,
        maximumBytes: Int = StoredBatchLimits.bytes
    ) async throws -> StoredBatch<Payload> {
        var request = MessageGetRequest(from: start, on: filter)
        request.count = max(count, 1)
        request.maximumBytes = maximumBytes
        request.leavesOutHeaders = true
        return try await batch(request) { $0.payload }
    }

    /// The last message of each subject that is named or matches, all of one moment.
    ///
    /// - Parameters:
    ///   - filters: subjects and patterns.
    ///   - end: as the stream was at this message, or at this time. Default: now.
    ///   - sequence: only messages from this number on; to go on behind an earlier answer, together with its
    ///     ``StoredBatch/upToSequence`` as `end`.
    ///   - count: at most so many. Nil: as many as there are, up to 1,024, beyond which the server refuses.
    ///   - maximumBytes: no further message is sent once there are so many bytes. Default: 8 MiB.
    /// - Throws: as ``messages(_:from:matching:maximumBytes:)``; ``NATSError/Code/jetStreamRefused`` with status 413 for more than
    ///   1,024 subjects.
    public func lastMessages(
        on filters: [String], upTo end: StreamPosition? = nil, from sequence: UInt64? = nil, count: Int? = nil,
        maximumBytes: Int = StoredBatchLimits.bytes
    ) async throws -> StoredBatch<StoredMessage> {
        var request = MessageGetRequest(sequence: sequence, count: count, maximumBytes: maximumBytes, lastOnEach: filters)
        switch end {
        case .sequence(let sequence): request.upToSequence = sequence
        case .time(let time): request.upToTime = time
        case nil: break
        }
        return try await batch(request) { message throws(NATSError) in try StoredMessage(direct: message, isOfBatch: true) }
    }

    private func batch<Element: Sendable>(
        _ request: MessageGetRequest, _ element: (Message) throws(NATSError) -> Element
    ) async throws -> StoredBatch<Element> {
        let connection = jetStream.connection
        let subject = "\(jetStream.prefix).DIRECT.GET.\(name)"
        // An older server would answer with one message, and never say that it was the last.
        let headers = try jetStream.requiredLevel(StoredBatchLimits.apiLevel, subject)
        let inbox = connection.newInbox()
        // More than this doesn't come: the server counts bytes, and each message has headers in which it tells of it.
        let limits = SubscriptionLimits(messages: .max, bytes: .max, overflow: .fail)
        let subscription = try await connection.subscribe(inbox, limits: limits, confirmed: false)
        defer { subscription.unsubscribe() }
        try await connection.publish(subject, request.json, headers: headers, reply: inbox)
        var batch = StoredBatch<Element>()
        while true {
            guard let message = try await subscription.next(timeout: jetStream.timeout) else {
                throw NATSError(.connectionClosed, "the connection was closed while messages were read", subject: subject)
            }
            guard let status = message.status, status.code != 0 else {
                batch.elements.append(try element(message))
                continue
            }
            switch status.code {
            case 204:
                batch.pendingCount = message.header(HeaderName.numberPending).flatMap(UInt64.init) ?? 0
                batch.lastSequence = message.header(HeaderName.lastSequence).flatMap(UInt64.init) ?? 0
                batch.upToSequence = message.header(HeaderName.upToSequence).flatMap(UInt64.init)
                return batch
            // Behind messages it says that the next one couldn't be read.
            case 404 where batch.elements.isEmpty: return batch
            case 503:
                throw NATSError(
                    .noResponders, "\(concerns) doesn't allow direct gets, or doesn't exist", server: connection.connectedServer,
                    subject: subject)
            default: throw refused(status, subject)
            }
        }
    }
}

/// How much is read with one request unless it is said otherwise.
public enum StoredBatchLimits {
    /// 8 MiB.
    public static let bytes = 8 << 20
    /// 256 messages.
    public static let messages = 256
    /// Of a server that knows batches.
    static let apiLevel = 1
}
