public import NATSProtocol
import Reactor

/// A received message. A 32-byte value that shares the block of memory into which the kernel wrote it: nothing is
/// parsed or copied before you ask.
///
/// Sendable and cheap to copy. A message that is kept for long should be kept as ``detached()``, since it pins its
/// block (64 KiB as a rule); the client bounds this by copying messages out when many blocks are lent.
public struct Message: Sendable {
    let block: ReceiveBlock
    let layout: MessageLayout

    @inline(__always)
    init(block: ReceiveBlock, layout: MessageLayout) {
        self.block = block
        self.layout = layout
    }

    /// The subject to which it was published. Allocates when longer than 15 bytes; see ``subjectBytes``.
    public var subject: String { String(repairing: subjectBytes) }

    /// The subject's bytes, borrowed. Costs nothing.
    public var subjectBytes: Span<UInt8> {
        @_lifetime(borrow self)
        get { block.bytes(from: Int(layout.subjectStart), count: Int(layout.subjectCount)) }
    }

    /// The subject to which a reply is expected, if any.
    public var reply: String? { layout.replyCount == 0 ? nil : String(repairing: replyBytes) }

    /// The reply subject's bytes, borrowed; empty without one.
    public var replyBytes: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            block.bytes(
                from: Int(layout.subjectStart) &+ Int(layout.replyOffset), count: Int(layout.replyCount))
        }
    }

    /// Whether the message carries a header block.
    public var hasHeaders: Bool { layout.headerCount != 0 }

    /// The headers; empty without any. Copies the header block once; nothing was parsed before.
    public var headers: Headers { Headers(copying: headerBytes) }

    /// The value of one header, without copying the others. The first, when there are several.
    ///
    /// - Parameters:
    ///   - name: compared exactly (ADR-4) unless `caseInsensitive`.
    public func header(_ name: String, caseInsensitive: Bool = false) -> String? {
        guard hasHeaders else { return nil }
        return HeaderBlockView(headerBytes).value(for: name, caseInsensitive: caseInsensitive)
    }

    /// The last value of a header, without copying the others: servers append theirs behind those of the publisher.
    package func lastHeader(_ name: String) -> String? {
        guard hasHeaders else { return nil }
        let view = HeaderBlockView(headerBytes)
        return view.last(for: name.utf8Span.span).map { view.value(of: $0) }
    }

    /// The status of the header block's first line, with which the server marks its own messages (503, 408 …).
    public var status: HeaderStatus? {
        hasHeaders ? HeaderBlockView(headerBytes).status : nil
    }

    /// The payload, sharing the message's block.
    public var payload: Payload {
        Payload(
            block: block, start: Int(layout.bodyStart) &+ Int(layout.headerCount), count: Int(layout.payloadCount))
    }

    /// The payload's bytes, borrowed. Costs nothing.
    public var bytes: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            block.bytes(
                from: Int(layout.bodyStart) &+ Int(layout.headerCount), count: Int(layout.payloadCount))
        }
    }

    /// The payload as text; bytes that aren't UTF-8 become U+FFFD. Copies.
    public var string: String { String(repairing: bytes) }

    /// Subject, reply subject, headers and payload together, in bytes.
    public var size: Int { layout.chargedBytes }

    /// The same message in memory of its own, so that it pins nothing else. One allocation and one copy.
    public func detached() -> Message {
        let start = Int(layout.subjectStart)
        let count = layout.copiedCount
        let copy = ReceiveBlock.detached(capacity: count)
        copy.copyBytes(from: block, at: start, count: count &- 1, to: 0)
        _ = copy.exchangeMark(block.mark(at: layout.end), at: count &- 1)
        copy.context = block.context
        return Message(block: copy, layout: layout.moved(by: -start))
    }

    package var headerBytes: Span<UInt8> {
        @_lifetime(borrow self)
        get { block.bytes(from: Int(layout.bodyStart), count: Int(layout.headerCount)) }
    }

    /// The connection that received the message.
    var core: ConnectionCore? { ConnectionCore.owner(of: block) }
}

extension Message: CustomStringConvertible {
    /// Subject and sizes; never the payload, since that doesn't belong into logs.
    public var description: String {
        "Message(subject: \(subject), reply: \(reply ?? "none"), headers: \(layout.headerCount) bytes, "
            + "payload: \(layout.payloadCount) bytes)"
    }
}

extension HeaderBlockView {
    /// The value of the first header of this name.
    func value(for name: String, caseInsensitive: Bool) -> String? {
        first(for: name.utf8Span.span, caseInsensitive: caseInsensitive).map { value(of: $0) }
    }
}
