/// What stands in the headers of a server's answer on the subject of a pull request or a push consumer.
package struct PullAnswer: Sendable, Hashable {
    package let status: PullStatus
    /// Messages of the request that weren't given out.
    package let pendingMessages: Int?
    /// Bytes of the request that weren't used.
    package let pendingBytes: Int?
    /// The last message that the consumer has given out, as its heartbeats say.
    package let lastConsumerSequence: UInt64?

    /// Nil when the headers begin with no status. Allocates nothing.
    package init?(headers: Span<UInt8>) {
        let block = HeaderBlockView(headers)
        guard let code = block.statusCode else { return nil }
        status = PullStatus(code: code, text: headers.extracting(block.statusText))
        pendingMessages = block.number("Nats-Pending-Messages").flatMap { Int(exactly: $0) }
        pendingBytes = block.number("Nats-Pending-Bytes").flatMap { Int(exactly: $0) }
        lastConsumerSequence = status == .idleHeartbeat ? block.number("Nats-Last-Consumer") : nil
    }
}

extension HeaderBlockView {
    /// Where the words behind the status code lie; empty without.
    package var statusText: Range<Int> {
        let line = fields.versionLine
        let description = bytes.trimmingBlanks(line.lowerBound &+ Self.version.utf8CodeUnitCount..<line.upperBound)
        guard description.count >= 3 else { return description.lowerBound..<description.lowerBound }
        return bytes.trimmingBlanks(description.lowerBound &+ 3..<description.upperBound)
    }

    /// The number that a header is; nil when there is none of this name, or it is something else.
    package func number(_ name: StaticString) -> UInt64? {
        guard let range = range(name) else { return nil }
        return Decimal.parse(bytes, range.lowerBound, range.upperBound)
    }

    /// Where the value of a header lies in the block.
    package func range(_ name: StaticString) -> Range<Int>? {
        var iterator = fields
        while let field = iterator.next() {
            if JSONText(bytes.extracting(field.name), hasEscapes: false) == name { return field.value }
        }
        return nil
    }
}
