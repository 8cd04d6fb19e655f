import NATSClient

extension JetStream.Stream {
    /// The stored messages from a place on, to the end: read with direct gets, without a consumer. Nothing is kept on the server, and
    /// any replica answers.
    ///
    ///     for try await message in stream.storedMessages(matching: "orders.*") { … }
    ///
    /// - Parameters:
    ///   - start: default: the stream's first message.
    ///   - filter: only messages on this subject, or on those that match the pattern.
    ///   - count: how many are asked for at a time. Default: 256.
    /// - Throws: when iterated, as ``messages(_:from:matching:maximumBytes:)``.
    public func storedMessages(
        from start: StreamPosition = .sequence(1), matching filter: String? = nil, batch count: Int = StoredBatchLimits.messages
    ) -> StoredMessages {
        StoredMessages(stream: self, start: start, filter: filter, count: count)
    }
}

/// Stored messages, batch after batch. Ends behind the last message that was there when the last batch was read; each iteration
/// begins anew.
public struct StoredMessages: AsyncSequence, Sendable {
    let stream: JetStream.Stream
    let start: StreamPosition
    let filter: String?
    let count: Int

    /// Goes over the messages.
    public struct Iterator: AsyncIteratorProtocol {
        private let messages: StoredMessages
        private var start: StreamPosition?
        private var waiting: [StoredMessage] = []
        private var position = 0

        init(_ messages: StoredMessages) {
            self.messages = messages
            start = messages.start
        }

        public mutating func next() async throws -> StoredMessage? {
            while position == waiting.count {
                guard let start else { return nil }
                let batch = try await messages.stream.messages(messages.count, from: start, matching: messages.filter)
                waiting = batch.elements
                position = 0
                let last = waiting.last?.sequence ?? .max
                self.start = batch.pendingCount > 0 && last < .max ? .sequence(last + 1) : nil
            }
            defer { position += 1 }
            return waiting[position]
        }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(self) }
}
