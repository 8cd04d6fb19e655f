public import NATSClient

/// What became of one message of an ``AsyncPublisher``.
public struct PublishOutcome: Sendable {
    /// The number that publishing it returned.
    public let number: UInt64
    /// Where it is stored, or why that isn't known or isn't so: ``NATSError/Code/jetStreamRefused``,
    /// ``NATSError/Code/noResponders``, ``NATSError/Code/timedOut``, ``NATSError/Code/connectionLost``,
    /// ``NATSError/Code/connectionClosed``.
    public let result: Result<PublishAck, NATSError>
}

/// The results of an ``AsyncPublisher``, in batches, in the order in which the messages ended.
///
///     Task {
///         for try await batch in publisher.outcomes {
///             for outcome in batch { … }
///         }
///     }
///
/// A result keeps its message's place in the window until it is taken: whoever asks for outcomes must read on, or publishing stops.
/// For one reader. Ends behind the last message when the publisher is finished, or the connection is closed.
public struct PublishOutcomes: AsyncSequence, Sendable {
    /// All results that were there.
    public struct Batch: RandomAccessCollection, Sendable {
        let outcomes: [PipelineOutcome]

        /// Always 0.
        public var startIndex: Int { 0 }
        /// How many results there are.
        public var endIndex: Int { outcomes.count }
        /// A result, made when it is looked at.
        public subscript(index: Int) -> PublishOutcome {
            PublishOutcome(number: outcomes[index].number, result: PublishAck.result(outcomes[index].result))
        }
    }

    /// Takes the batches.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let pipeline: PublishPipeline

        /// All results that are there; waits for one if there is none. Throws `CancellationError` only.
        public mutating func next() async throws -> Batch? {
            try await pipeline.nextOutcomes().map { Batch(outcomes: $0) }
        }
    }

    let publisher: AsyncPublisher

    /// A reader. There must be one at a time.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pipeline: publisher.pipeline) }
}

extension AsyncPublisher {
    /// What becomes of all messages from now on. See ``PublishOutcomes``.
    public var outcomes: PublishOutcomes {
        pipeline.gatherOutcomes()
        return PublishOutcomes(publisher: self)
    }
}
