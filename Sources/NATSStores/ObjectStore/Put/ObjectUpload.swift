import NATSClient

/// The chunks of one object on their way into the bucket, many at a time, and in order.
///
/// Each chunk has a message id and is sent again until it is acknowledged, over lost connections and changes of leaders, so each is
/// stored once. But one that had to be sent again is stored behind later ones, which readers would take for its place. The numbers in
/// the acknowledgements tell: they must grow. Where they don't, everything behind the last chunk that is in its place is removed from
/// the stream and sent anew; the bytes are still here, since a chunk is kept until it and all before it have their places.
struct ObjectUpload {
    private struct Chunk {
        let bytes: [UInt8]
        let receipt: PublishReceipt
    }

    /// The id of the object's bytes.
    let id: String
    private let store: ObjectStore
    private let subject: String
    private var options: ObjectPutOptions
    private let publisher: AsyncPublisher
    /// What isn't known to be in its place.
    private var waiting: [Chunk] = []
    private var waitingBytes = 0
    /// Where the last chunk is that is in its place.
    private var lastSequence: UInt64 = 0
    private var repairCount = 0
    /// What is in its place.
    private(set) var progress = TransferProgress()

    private static let waitingMaximum = 1024
    private static let windowMaximum = 1 << 40
    private static let repairMaximum = 16

    init(_ store: ObjectStore, _ options: ObjectPutOptions, totalBytes: Int?) throws {
        self.store = store
        self.options = options
        self.options.windowBytes = min(options.windowBytes, Self.windowMaximum)
        id = store.jetStream.connection.newName()
        subject = try store.chunkSubject(id)
        // This bounds what is on its way; the publisher's own window only has to be larger.
        let window = AsyncPublisher.Window(
            messages: Self.waitingMaximum, bytes: 2 * max(self.options.windowBytes, options.chunkBytes) + (1 << 20))
        publisher = store.jetStream.asyncPublisher(window: window, options: .exactlyOnce(within: options.timeout))
        progress.totalBytes = totalBytes
    }

    /// Puts a chunk behind the others. Suspends while the window is full.
    ///
    /// - Throws: what became of an earlier chunk; `CancellationError`.
    mutating func send(_ bytes: [UInt8]) async throws {
        try Task.checkCancellation()
        while !waiting.isEmpty, waitingBytes + bytes.count > options.windowBytes || waiting.count >= Self.waitingMaximum {
            try await settleFirst()
        }
        try await submit(bytes)
    }

    /// Waits until every chunk is in its place.
    mutating func finish() async throws {
        while !waiting.isEmpty { try await settleFirst() }
        try? await publisher.finish()
        if publisher.statistics.resent > 0 { try await count() }
    }

    /// What was sent again is stored once as long as the stream knows its id: for two minutes, unless it was told otherwise.
    private func count() async throws {
        let counts = try await store.persistently(within: options.timeout) {
            try await store.stream.subjectCounts(matching: subject)
        }
        guard counts[subject] ?? 0 == UInt64(progress.chunks) else {
            throw NATSError(
                .objectChanged,
                "the stream has \(counts[subject] ?? 0) chunks of the \(progress.chunks) that it has acknowledged: some were sent again "
                    + "behind its duplicate window, or removed")
        }
    }

    /// Removes everything that was stored. First what is under way must have ended, so that nothing is stored behind the purge.
    func discard() async {
        let cleanUp = CleanUp(store.jetStream.connection) { [store, subject, options, publisher] in
            try? await publisher.finish()
            _ = try? await store.persistently(within: options.timeout) { try await store.stream.purge(filter: subject) }
        }
        await cleanUp.wait(atMost: store.jetStream.timeout)
    }

    // MARK: - Places

    private mutating func submit(_ bytes: [UInt8]) async throws {
        let receipt = try await publisher.submit(subject, bytes)
        waiting.append(Chunk(bytes: bytes, receipt: receipt))
        waitingBytes += bytes.count
    }

    /// Waits for the first chunk's acknowledgement.
    private mutating func settleFirst() async throws {
        guard let first = waiting.first else { return }
        let acknowledgement = try await first.receipt.acknowledgement()
        try store.checkOrigin(of: acknowledgement)
        guard acknowledgement.sequence > lastSequence else { return try await sendAnew() }
        lastSequence = acknowledgement.sequence
        waiting.removeFirst()
        waitingBytes -= first.bytes.count
        progress.bytes += first.bytes.count
        progress.chunks += 1
    }

    /// The first chunk was stored before the one that it follows: so it and all behind it are stored anew.
    private mutating func sendAnew() async throws {
        repairCount += 1
        guard repairCount <= Self.repairMaximum else {
            throw NATSError(
                .objectChanged, "the chunks of an object don't keep their places: the stream was made anew, or restored")
        }
        let misplaced = waiting
        // All of them must have ended before anything is removed.
        var sequences: [UInt64] = []
        for chunk in misplaced { sequences.append(try await chunk.receipt.acknowledgement().sequence) }
        for sequence in sequences { try await remove(sequence) }
        waiting = []
        waitingBytes = 0
        for chunk in misplaced { try await submit(chunk.bytes) }
    }

    private func remove(_ sequence: UInt64) async throws {
        do {
            try await store.persistently(within: options.timeout) { try await store.stream.deleteMessage(sequence) }
        } catch let error as NATSError where error.meansNoMessage {
            // An earlier attempt has removed it, and its answer was lost.
        }
    }
}

extension NATSError {
    fileprivate var meansNoMessage: Bool {
        switch jetStream?.code {
        case .noMessageFound, .sequenceNotFound, .streamMsgDeleteFailed: true
        default: false
        }
    }
}

extension ObjectStore {
    /// Servers take `$O.` for a subject like any other, in whichever domain the connection is: what a bucket of another domain stores
    /// would be lost (nats-server's domain mapping knows `$KV` only).
    ///
    /// - Throws: ``NATSError/Code/bucketNotFound``.
    func checkOrigin(of acknowledgement: PublishAck) throws(NATSError) {
        let isOurs = acknowledgement.stream == stream.name
        guard isOurs, jetStream.domain == nil || acknowledgement.domain == jetStream.domain else {
            throw NATSError(
                .bucketNotFound,
                "what was put went to the stream '\(acknowledgement.stream)' of the domain '\(acknowledgement.domain ?? "")', not to "
                    + "\(concerns): objects can be put from within the bucket's domain only")
        }
    }
}
