import Synchronization

/// Somebody who wants the outcomes of a ``PublishPipeline``. They are gathered while one of these lives that wasn't ended.
package final class OutcomeInterest: Sendable {
    package let pipeline: PublishPipeline
    private let isEnded = Atomic(false)

    package init(in pipeline: PublishPipeline) {
        self.pipeline = pipeline
        pipeline.beginOutcomeInterest()
    }

    deinit { end() }

    /// Nothing happens the second time.
    package func end() {
        if !isEnded.exchange(true, ordering: .relaxed) { pipeline.endOutcomeInterest() }
    }
}
