/// The result of the message with this number.
package struct PipelineOutcome: Sendable {
    package let number: UInt64
    package let result: PublishResult
}
