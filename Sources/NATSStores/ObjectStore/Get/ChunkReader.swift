import NATSClient
internal import NATSProtocol

/// Reads a range of an object's bytes out of its chunks, in order, for one reader.
///
/// An object of one chunk is read directly. The chunks of others come through an ordered consumer, which goes on by itself after losses.
/// It says when it has nothing more to give: then chunks are missing, or a server is behind, and the leader is asked which.
final class ChunkReader {
    private let store: ObjectStore
    private let info: ObjectInfo
    private let options: ObjectGetOptions
    private let subject: String
    private let end: Int
    /// The first byte that is wanted and hasn't been given out.
    private var position: Int
    /// The first byte of the next chunk.
    private var chunkStart = 0
    /// How many chunks are before it.
    private var chunkNumber = 0
    private var messages: ConsumerMessages?
    /// Since when the next chunk is waited for.
    private var silentSince: ContinuousClock.Instant

    init(_ store: ObjectStore, _ info: ObjectInfo, _ range: Range<Int>, _ options: ObjectGetOptions) throws {
        self.store = store
        self.info = info
        self.options = options
        subject = range.isEmpty ? "" : try store.chunkSubject(info.id)
        guard range.isEmpty || info.chunkCount > 0 else {
            throw NATSError(.objectDamaged, "the record of the object '\(info.name)' speaks of bytes, but of no chunks")
        }
        position = range.lowerBound
        end = range.upperBound
        silentSince = .now
    }

    /// Whether everything was given out.
    var isAtEnd: Bool { position >= end }

    /// The next bytes; nil at the end.
    func next() async throws -> Payload? {
        guard !isAtEnd else { return nil }
        // Much may be there already.
        try Task.checkCancellation()
        // Readers may take their time.
        silentSince = .now
        if info.chunkCount == 1, info.size <= Self.singleMaximum, messages == nil, let chunk = try await onlyChunk() {
            guard let piece = try cut(chunk) else { throw tooFewBytes }
            return piece
        }
        if messages == nil {
            let start = position > 0 ? try await place(of: position) : nil
            messages = reader(from: start.map { .fromSequence($0) } ?? .all, isHeadersOnly: false)
        }
        while true {
            guard let message = try await nextMessage() else { continue }
            chunkNumber += 1
            let piece = try cut(message.payload)
            if isAtEnd {
                messages?.stop()
            } else if AcknowledgementSubject(message.replyBytes)?.pending == 0 {
                try await checkRemainder()
            }
            if let piece { return piece }
        }
    }

    /// What of a chunk is wanted; nil: nothing. Its bytes are behind those of the chunk before.
    private func cut(_ chunk: Payload) throws -> Payload? {
        let chunkEnd = chunkStart.addingReportingOverflow(chunk.count)
        guard !chunkEnd.overflow, chunkEnd.partialValue <= info.size else {
            throw NATSError(
                .objectDamaged, "the object '\(info.name)' has more bytes than the \(info.size) of which its record speaks")
        }
        let wanted = max(position, chunkStart)..<min(end, chunkEnd.partialValue)
        let start = chunkStart
        chunkStart = chunkEnd.partialValue
        guard wanted.lowerBound < wanted.upperBound else { return nil }
        position = wanted.upperBound
        if wanted.count == chunk.count { return chunk }
        return Payload(copying: chunk.span.extracting(wanted.lowerBound - start..<wanted.upperBound - start))
    }

    private var tooFewBytes: NATSError {
        NATSError(.objectDamaged, "the object '\(info.name)' has fewer bytes than the \(info.size) of which its record speaks")
    }

    /// Any server that has it; nil when that one is behind, or the chunk gone.
    private func onlyChunk() async throws -> Payload? { try await store.stream.lastMessage(on: subject)?.payload }
}

// MARK: - Through a consumer

extension ChunkReader {
    private func reader(from policy: ConsumerConfiguration.DeliverPolicy, isHeadersOnly: Bool) -> ConsumerMessages {
        var ordered = OrderedOptions(filterSubjects: [subject], deliverPolicy: policy)
        ordered.isHeadersOnly = isHeadersOnly
        ordered.inactiveThreshold = Self.inactiveThreshold
        ordered.handsOnSigns = true
        let largest = store.jetStream.connection.serverInfo?.maximumPayloadBytes ?? 1 << 20
        let chunkBytes = min(max(info.chunkBytes ?? largest, 1), largest) + Self.frameRoom
        ordered.consume.maximumBytes = max(options.windowBytes, 2 * chunkBytes)
        return OrderedConsumer(store.stream, ordered).messages()
    }

    /// A message of the object; nil when there is none at the moment, and nothing is amiss.
    private func nextMessage() async throws -> Message? {
        guard let messages else { return nil }
        let message: Message?
        do {
            message = try await KeyValueFailure.ofBucket(store.bucket) {
                try await messages.subscription.next(timeout: options.stallLimit)
            }
        } catch let error as NATSError where error.code == .timedOut {
            throw stalled(error)
        }
        guard let message else {
            throw NATSError(.connectionClosed, "the connection was closed while the object '\(info.name)' was read")
        }
        if message.subjectBytes.starts(with: store.chunkPrefix.utf8Span.span) {
            silentSince = .now
            return message
        }
        // A heartbeat says that nothing more is there at the moment, and a new consumer how much there is.
        if message.hasHeaders || ConsumerCreation(message.bytes).pending == 0 { try await checkPresence() }
        return nil
    }

    /// The last message came that this server has, and it wasn't the object's last one.
    private func checkRemainder() async throws {
        guard chunkNumber < info.chunkCount else { throw tooFewBytes }
        try await checkPresence()
    }

    private func stalled(_ error: NATSError?) -> NATSError {
        NATSError(
            .timedOut, "the next chunk of the object '\(info.name)' didn't come in time", server: error?.server, subject: subject,
            underlying: error)
    }

    /// - Throws: ``NATSError/Code/objectChanged``; ``NATSError/Code/objectDamaged``; ``NATSError/Code/timedOut`` when the chunks are there,
    ///   and don't come.
    private func checkPresence() async throws {
        let counts: [String: UInt64]
        do {
            let present = try await store.lastInfo(info.name, .leader)
            guard let present, present.id == info.id, !present.isDeleted else {
                throw NATSError(.objectChanged, "the object '\(info.name)' was replaced or deleted while it was read")
            }
            counts = try await store.stream.subjectCounts(matching: subject)
        } catch let error as NATSError where error.isRetryable {
            // Nobody knows now; it is asked again with the next heartbeat.
            return try checkPatience()
        }
        let chunkCount = counts[subject] ?? 0
        guard chunkCount >= UInt64(max(0, info.chunkCount)) else {
            throw NATSError(
                .objectDamaged, "the object '\(info.name)' has only \(chunkCount) of its \(info.chunkCount) chunks left")
        }
        try checkPatience()
    }

    private func checkPatience() throws {
        guard silentSince.duration(to: .now) < options.stallLimit else { throw stalled(nil) }
    }

    /// The number of the chunk that has this byte: headers say how long chunks are. ``chunkStart`` is that chunk's afterwards.
    private func place(of byte: Int) async throws -> UInt64 {
        messages = reader(from: .all, isHeadersOnly: true)
        defer {
            messages?.stop()
            messages = nil
        }
        while true {
            guard let message = try await nextMessage() else { continue }
            guard let place = AcknowledgementSubject(message.replyBytes),
                let size = message.header(HeaderName.messageSize).flatMap({ Int($0) }), size >= 0
            else { throw NATSError(.protocolViolation, "a message without its payload doesn't say how long it was") }
            let next = chunkStart.addingReportingOverflow(size)
            guard !next.overflow else { throw tooFewBytes }
            if byte < next.partialValue { return place.streamSequence }
            chunkStart = next.partialValue
            chunkNumber += 1
            if place.pending == 0 { try await checkRemainder() }
        }
    }

    /// The server keeps the consumer so long when the client is gone.
    private static let inactiveThreshold = Duration.seconds(30)
    /// A bucket that doesn't allow direct gets gives a message in base 64, for which it must be small enough.
    private static let singleMaximum: UInt64 = 256 << 10
    /// For a chunk's subjects and headers.
    private static let frameRoom = 4096
}
