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
///         for try await batch in publisher.outcomes() {
///             for outcome in batch { … }
///         }
///     }
///
/// A result keeps its message's place in the window until it is taken: whoever asks for outcomes must read on, or publishing stops.
/// Results are gathered from the call of ``AsyncPublisher/outcomes()`` on, until the last iterator is gone; without an iterator, until
/// the sequence is. So leaving the loop stops nobody: what nobody has taken then is lost, but for the first failure, which
/// ``AsyncPublisher/flush(timeout:)`` throws. A sequence begins anew with another iterator.
///
/// Several readers share the results: each is told to one of them. Ends behind the last message when the publisher is finished, or the
/// connection is closed.
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
        let interest: OutcomeInterest

        /// All results that are there; waits for one if there is none. Throws `CancellationError` only.
        public mutating func next() async throws -> Batch? {
            try await interest.pipeline.nextOutcomes().map { Batch(outcomes: $0) }
        }
    }

    let publisher: AsyncPublisher
    /// Until there is an iterator.
    let interest: OutcomeInterest

    /// A reader. Results are gathered as long as there is one.
    public func makeAsyncIterator() -> AsyncIterator {
        let iterator = AsyncIterator(interest: OutcomeInterest(in: publisher.pipeline))
        interest.end()
        return iterator
    }
}

extension AsyncPublisher {
    /// What becomes of all messages from now on. See ``PublishOutcomes``: from now on results must be taken, or publishing stops.
    public func outcomes() -> PublishOutcomes {
        PublishOutcomes(publisher: self, interest: OutcomeInterest(in: pipeline))
    }
}
