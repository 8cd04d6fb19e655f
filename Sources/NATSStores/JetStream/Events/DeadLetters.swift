public import NATSClient

/// Counters of ``DeadLetters``.
public struct DeadLetterStatistics: Sendable, Hashable {
    /// Letters that have come.
    public let received: UInt64
    /// Those that wait to be taken.
    public let pending: Int
    /// Those that were lost, because too many waited.
    public let dropped: UInt64
}

/// A message that a consumer doesn't deliver any more, although nobody has acknowledged it.
public struct DeadLetter: Sendable {
    /// Why it isn't delivered any more.
    public enum Reason: Sendable, Hashable {
        /// It was delivered as often as it may be.
        case maximumDeliveries
        /// A client has given it up, and perhaps said why.
        case terminated(String?)
    }

    /// The stream.
    public let stream: String
    /// The consumer.
    public let consumer: String
    /// Its number in the stream.
    public let sequence: UInt64
    /// How often it was delivered.
    public let deliveries: UInt64
    /// Why it isn't delivered any more.
    public let reason: Reason
    /// When it happened, by the server's clock.
    public let timestamp: ServerTime?
    /// The message; nil when it isn't in the stream any more: one that was given up leaves a stream with retention `.workQueue` or
    /// `.interest`.
    public let message: StoredMessage?
}

extension JetStream.Stream {
    /// Listens for messages that consumers of this stream don't deliver any more, and reads them.
    ///
    ///     for try await letter in try await stream.deadLetters(queueGroup: "undertakers") {
    ///         print(letter.consumer, letter.reason, letter.message?.string ?? "gone")
    ///     }
    ///
    /// Servers tell only those who listen, and once: what happens while nobody listens, or while a reconnect is under way, isn't told
    /// later. ``ConsumerInfo`` says what is out.
    ///
    /// - Parameters:
    ///   - consumer: only of this consumer.
    ///   - queueGroup: members of the group share the letters, so that each one is handled once.
    /// - Throws: what `subscribe` throws.
    public func deadLetters(of consumer: String = "*", queueGroup: String? = nil) async throws -> DeadLetters {
        try await DeadLetters(
            stream: self,
            exhausted: jetStream.advisories(.maximumDeliveries(of: name, consumer: consumer), queueGroup: queueGroup),
            terminated: jetStream.advisories(.terminated(of: name, consumer: consumer), queueGroup: queueGroup))
    }
}

/// Messages that aren't delivered any more, as it happens. ``JetStream.Stream/deadLetters(of:queueGroup:)`` makes it.
///
/// - Throws: when iterated, as ``JetStreamEvents``, and as ``JetStream.Stream/message(_:source:)``: the next call tries the same letter again.
public struct DeadLetters: AsyncSequence, Sendable {
    let stream: JetStream.Stream
    let exhausted: JetStreamEvents<Advisory>
    let terminated: JetStreamEvents<Advisory>

    /// How many letters have come, wait, and were dropped because nobody took them in time.
    public var statistics: DeadLetterStatistics {
        let parts = [exhausted, terminated].map(\.subscription.statistics)
        return DeadLetterStatistics(
            received: parts.reduce(0) { $0 + $1.received }, pending: parts.reduce(0) { $0 + $1.pendingMessages },
            dropped: parts.reduce(0) { $0 + $1.droppedMessages })
    }

    /// Asks for no more. What has come is still handed out, then the sequence ends.
    public func stop() {
        exhausted.subscription.unsubscribe()
        terminated.subscription.unsubscribe()
    }

    /// Takes letter after letter.
    public struct Iterator: AsyncIteratorProtocol {
        private let letters: DeadLetters
        private var exhausted: JetStreamEvents<Advisory>?
        private var terminated: JetStreamEvents<Advisory>?
        /// Those of which the message wasn't read yet.
        private var waiting: [Advisory] = []

        init(_ letters: DeadLetters) {
            self.letters = letters
            exhausted = letters.exhausted
            terminated = letters.terminated
        }

        public mutating func next() async throws -> DeadLetter? {
            while waiting.isEmpty {
                guard exhausted != nil || terminated != nil else { return nil }
                try await wait()
            }
            let letter = try await letters.letter(waiting[0])
            waiting.removeFirst()
            guard let letter else { return try await next() }
            return letter
        }

        /// Until one of the two has something or has ended. What both have is kept.
        private mutating func wait() async throws {
            let sources = [exhausted, terminated]
            let results = await withTaskGroup(of: (Int, Result<Advisory?, any Error>).self) { group in
                for (index, source) in sources.enumerated() {
                    guard let source else { continue }
                    group.addTask {
                        do {
                            var iterator = source.makeAsyncIterator()
                            return (index, .success(try await iterator.next()))
                        } catch {
                            return (index, .failure(error))
                        }
                    }
                }
                var results: [(Int, Result<Advisory?, any Error>)] = []
                for await result in group {
                    results.append(result)
                    group.cancelAll()
                }
                return results
            }
            var failure: (any Error)?
            for (index, result) in results {
                switch result {
                case .success(let advisory?): waiting.append(advisory)
                case .success(nil): if index == 0 { exhausted = nil } else { terminated = nil }
                // The other one was first, and this one has lost nothing.
                case .failure(is CancellationError): break
                case .failure(let error): failure = error
                }
            }
            if waiting.isEmpty {
                if let failure { throw failure }
                try Task.checkCancellation()
            }
        }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(self) }

    /// Nil: it is none.
    private func letter(_ advisory: Advisory) async throws -> DeadLetter? {
        let (failure, reason): (Advisory.DeliveryFailure, DeadLetter.Reason)
        switch advisory.event {
        case .maximumDeliveries(let event): (failure, reason) = (event, .maximumDeliveries)
        case .terminated(let event): (failure, reason) = (event, .terminated(event.reason))
        default: return nil
        }
        return DeadLetter(
            stream: failure.stream, consumer: failure.consumer, sequence: failure.streamSequence,
            deliveries: failure.deliveries, reason: reason, timestamp: advisory.timestamp,
            message: try await stream.message(failure.streamSequence))
    }
}
