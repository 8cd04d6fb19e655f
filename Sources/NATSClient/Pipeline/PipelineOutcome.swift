/// The result of the message with this number.
package struct PipelineOutcome: Sendable {
    package let number: UInt64
    package let result: PublishResult
}

extension [PipelineOutcome] {
    /// The error of the first message that has failed.
    var firstFailure: (any Error)? {
        for outcome in self {
            if case .failed(let error) = outcome.result { return error }
        }
        return nil
    }
}
