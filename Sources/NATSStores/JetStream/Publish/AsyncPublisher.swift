import NATSClient
internal import NATSProtocol

/// Publishes many messages at a time, each acknowledged by the stream: a bounded window, from which every message ends exactly once.
///
///     let publisher = js.asyncPublisher(window: .init(messages: 4096, bytes: 8 << 20))
///     for reading in readings {
///         try await publisher.publish("sensors.t", reading)     // suspends while the window is full
///     }
///     try await publisher.flush()                               // throws the first failure
///
/// There are three ways to learn what became of the messages, which can be mixed:
///
/// - ``flush(timeout:)`` waits for everything, and throws the first failure that nobody else was told of;
/// - ``submit(_:_:messageID:headers:options:)-(_,[UInt8],_,_,_)`` gives a receipt, which waits for this one message;
/// - ``outcomes()`` is the sequence of all results, in batches.
///
/// Messages of one task are published in its order. A message that is sent again (``Options/whenConnectionIsLost``,
/// ``Options/retryAttempts``) may be stored behind later ones; after a loss they are all sent again in order.
///
/// Thread-safe. Costs nothing while idle. A message allocates nothing, besides the receipt of `submit`. When the last reference goes,
/// what is under way still goes on, and its results are lost.
public final class AsyncPublisher: Sendable {
    /// How much may wait for acknowledgements.
    public let window: Window
    let pipeline: PublishPipeline
    private let timeout: Duration

    init(_ jetStream: JetStream, _ window: Window, _ options: Options) {
        self.window = window
        timeout = options.acknowledgementTimeout
        let limits = PublishWindow.Limits(
            messages: window.messages, bytes: window.bytes, timeoutNanoseconds: options.acknowledgementTimeout.nanoseconds,
            retryAttempts: options.retryAttempts, retryPauseNanoseconds: options.retryPause.nanoseconds,
            resendNanoseconds: options.resendInterval?.nanoseconds)
        let connection = jetStream.connection
        pipeline = PublishPipeline(
            connection,
            PipelineOptions(
                limits: limits, resendsAfterLoss: options.whenConnectionIsLost == .resend,
                generatesIDs: options.messageIDs == .generated,
                refusal: { JetStream.refused(JetStreamError($0), server: nil, subject: $1) },
                meansNotNow: { JetStreamError($0).meansNotNow }))
    }

    deinit { pipeline.abandon() }

    /// Waits until everything that was published before has ended.
    ///
    /// - Parameter timeout: default: twice ``Options/acknowledgementTimeout``, within which everything ends.
    /// - Throws: the first failure of a message of which nobody was told otherwise, each one once; ``NATSError/Code/timedOut``;
    ///   `CancellationError`.
    public func flush(timeout: Duration? = nil) async throws {
        try await pipeline.flush(timeout: timeout ?? self.timeout * 2)
    }

    /// Takes no more messages, and waits until everything has ended. ``outcomes()`` ends behind the last one.
    ///
    /// - Throws: as ``flush(timeout:)``.
    public func finish(timeout: Duration? = nil) async throws {
        pipeline.finish()
        try await flush(timeout: timeout)
    }

    /// Counters since the beginning, exact at this moment. One lock.
    public var statistics: Statistics { Statistics(pipeline.counts) }
}

extension AsyncPublisher {
    /// How much may wait for acknowledgements at the same time.
    public struct Window: Sendable, Hashable {
        /// Messages. Default: 4096.
        public var messages: Int
        /// Bytes of subjects, headers and payloads. Default: 8 MiB. A larger message is published alone.
        public var bytes: Int

        /// A window of so many messages and so many bytes, whichever is reached first.
        public init(messages: Int = 4096, bytes: Int = 8 << 20) {
            self.messages = messages
            self.bytes = bytes
        }
    }

    /// How the publisher works.
    public struct Options: Sendable, Hashable {
        /// How long a message may be without acknowledgement, losses and attempts included. Default: 5 s.
        public var acknowledgementTimeout = Duration.seconds(5)
        /// What becomes of messages that were sent and not acknowledged. Default: ``LossPolicy/fail``.
        public var whenConnectionIsLost = LossPolicy.fail
        /// Where message ids come from. Default: ``MessageIDs/given``.
        public var messageIDs = MessageIDs.given
        /// How often a message is sent again of which the server says that nobody listens on its subject (ADR-22), or that the stream
        /// can't take it now. Default: 2.
        public var retryAttempts = 2
        /// The pause before each of these attempts. Default: 250 ms.
        public var retryPause = Duration.milliseconds(250)

        /// A message that has no acknowledgement for so long is sent again, then after twice the time, and so on up to a quarter of
        /// ``acknowledgementTimeout``: the leader of its stream may have died without a loss of our connection. What finds no room in
        /// the outbound buffer waits. For messages with ids; without, they may be stored twice. Default: nil, never.
        public var resendInterval: Duration?

        /// The defaults.
        public init() {}

        /// Every message is stored exactly once, as long as the stream's duplicate window is longer than an outage: it has an id,
        /// and is sent again under it until it is acknowledged, at most for `timeout`.
        public static func exactlyOnce(within timeout: Duration = .seconds(60)) -> Options {
            var options = Options()
            options.acknowledgementTimeout = timeout
            options.whenConnectionIsLost = .resend
            options.messageIDs = .generated
            options.resendInterval = min(.seconds(2), timeout / 4)
            options.retryPause = .milliseconds(100)
            options.retryAttempts = Int(clamping: timeout.nanoseconds / options.retryPause.nanoseconds)
            return options
        }
    }

    /// What becomes of messages that were sent and not acknowledged when the connection is lost.
    public enum LossPolicy: Sendable, Hashable {
        /// They fail at once, with ``NATSError/Code/connectionLost``: nobody knows whether the stream has them.
        case fail
        /// They are sent again over the next connection, in order, ahead of what is published later, under the same id if they have
        /// one: stored once with ids, at least once without.
        case resend
    }

    /// Where message ids come from.
    public enum MessageIDs: Sendable, Hashable {
        /// From the caller; without one there is none.
        case given
        /// The publisher makes one for each message that has none: unique in the world, and the same whenever it is sent again.
        case generated
    }

    /// What a publisher has done.
    public struct Statistics: Sendable, Hashable {
        /// Messages that the stream has stored.
        public let stored: UInt64
        /// Messages that were stored before, under the same id.
        public let duplicates: UInt64
        /// Messages that were refused, that timed out, or of which nobody knows.
        public let failed: UInt64
        /// How often messages were sent again.
        public let resent: UInt64
        /// Acknowledgements of messages that had ended before.
        public let lateAcknowledgements: UInt64
        /// Messages in the window now.
        public let inFlight: Int
        /// Their bytes.
        public let inFlightBytes: Int
        /// Calls that wait for room now.
        public let waitingCalls: Int

        init(_ counts: PipelineCounts) {
            stored = counts.stored
            duplicates = counts.duplicates
            failed = counts.failed
            resent = counts.resent
            lateAcknowledgements = counts.lateAnswers
            inFlight = counts.inFlight
            inFlightBytes = counts.inFlightBytes
            waitingCalls = counts.waitingPublishes
        }
    }
}

extension JetStream {
    /// A publisher that has many messages under way at a time. See ``AsyncPublisher``.
    ///
    /// Asks nobody, and makes one subscription for the acknowledgements of all its messages. Make one and keep it.
    public func asyncPublisher(
        window: AsyncPublisher.Window = .init(), options: AsyncPublisher.Options = .init()
    ) -> AsyncPublisher {
        AsyncPublisher(self, window, options)
    }
}

extension Duration {
    /// Zero for negative ones.
    var nanoseconds: UInt64 { UInt64(max(0, nanosecondsClamped)) }
}
