package import NATSProtocol

/// What a ``PublishPipeline`` is made with.
package struct PipelineOptions: Sendable {
    package var limits: PublishWindow.Limits
    /// After a loss everything unanswered is sent again, in order; else it fails.
    package var resendsAfterLoss: Bool
    /// Every message without an id gets one.
    package var generatesIDs: Bool
    /// Makes the error of a message that the stream refused.
    package var refusal: @Sendable (PublishAcknowledgement.APIError, _ subject: String) -> any Error
    /// Whether a refused message may be stored a moment later.
    package var meansNotNow: @Sendable (PublishAcknowledgement.APIError) -> Bool

    package init(
        limits: PublishWindow.Limits, resendsAfterLoss: Bool, generatesIDs: Bool,
        refusal: @escaping @Sendable (PublishAcknowledgement.APIError, _ subject: String) -> any Error,
        meansNotNow: @escaping @Sendable (PublishAcknowledgement.APIError) -> Bool
    ) {
        self.limits = limits
        self.resendsAfterLoss = resendsAfterLoss
        self.generatesIDs = generatesIDs
        self.refusal = refusal
        self.meansNotNow = meansNotNow
    }
}

/// What a ``PublishPipeline`` has done so far.
package struct PipelineCounts: Sendable, Equatable {
    /// Stored by the stream, duplicates not counted.
    package var stored: UInt64 = 0
    /// Stored before under the same id.
    package var duplicates: UInt64 = 0
    /// Refused, timed out, or lost without knowing.
    package var failed: UInt64 = 0
    /// Sent again after a loss or for want of responders.
    package var resent: UInt64 = 0
    /// Answers to messages that had ended before.
    package var lateAnswers: UInt64 = 0
    package var inFlight = 0
    package var inFlightBytes = 0
    package var waitingPublishes = 0
}
