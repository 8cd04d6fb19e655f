public import NATSClient

extension AtomicBatch {
    /// One of the messages of ``JetStream/publishAtomically(_:)``.
    public struct Message: Sendable {
        /// Where it is published.
        public var subject: String
        /// What it says.
        public var payload: [UInt8]
        /// Its headers, if any.
        public var headers: Headers?
        /// Expectations, a time to live and the like. A message id must be of this batch alone.
        public var options: PublishOptions

        /// A message of bytes.
        public init(
            _ subject: String, _ payload: [UInt8], headers: Headers? = nil, options: PublishOptions = PublishOptions()
        ) {
            self.subject = subject
            self.payload = payload
            self.headers = headers
            self.options = options
        }

        /// A message of text.
        public init(
            _ subject: String, _ payload: String, headers: Headers? = nil, options: PublishOptions = PublishOptions()
        ) {
            self.init(subject, Array(payload.utf8), headers: headers, options: options)
        }
    }
}

extension JetStream {
    /// Stores all these messages in their order, or none of them (ADR-50, server 2.12).
    ///
    ///     try await js.publishAtomically([
    ///         .init("accounts.7", "-20", options: .init(expecting: .lastSubjectSequence(41))),
    ///         .init("accounts.9", "+20"),
    ///     ])
    ///
    /// The stream needs ``StreamConfiguration/allowsAtomicPublish``, and all subjects belong to it. At most 1000 messages, unless its
    /// server is configured otherwise. To add messages as they come, and to hear of what is wrong earlier, see ``atomicBatch()``.
    ///
    /// - Returns: the last message's place, with the batch's id and how many it had.
    /// - Throws: ``NATSError/Code/invalidOption`` without a message; what ``AtomicBatch/add(_:_:headers:options:)-(_,[UInt8],_,_)`` and
    ///   ``AtomicBatch/commit(_:_:headers:options:)-(_,[UInt8],_,_)`` throw. After cancellation and errors before the last message
    ///   nothing is stored; after ``NATSError/Code/timedOut`` and ``NATSError/Code/connectionLost`` nobody knows.
    ///
    /// Cost: two round trips, for the first message and for the last one; all between them go without waiting.
    @discardableResult
    public func publishAtomically(_ messages: some Collection<AtomicBatch.Message>) async throws -> PublishAck {
        var batch = atomicBatch()
        var left = messages.count
        for message in messages {
            left -= 1
            guard left > 0 else {
                return try await batch.commit(
                    message.subject, message.payload, headers: message.headers, options: message.options)
            }
            try await batch.add(
                message.subject, message.payload, headers: message.headers, options: message.options, awaits: batch.count == 0)
        }
        throw NATSError(.invalidOption, "a batch needs a message")
    }
}
