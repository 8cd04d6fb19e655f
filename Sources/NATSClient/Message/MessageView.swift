// Memory-safety fence: a view holds its block unretained.
//
// Invariant: a view is ~Escapable and bound to the borrow of the block from which it was made, and the driver
// keeps that block alive for the whole call of the handler.

public import NATSProtocol
import Reactor

/// A message inside an inline handler: borrowed from the receive block. Nothing is copied, counted or parsed.
///
/// It can't leave the handler; ``retained()`` makes a ``Message`` that can.
@safe
public struct MessageView: ~Copyable, ~Escapable {
    private let block: Unmanaged<ReceiveBlock>
    private let layout: MessageLayout

    @inline(__always)
    @_lifetime(borrow block)
    init(_ block: borrowing ReceiveBlock, layout: MessageLayout) {
        unsafe self.block = Unmanaged.passUnretained(copy block)
        self.layout = layout
    }

    /// The subject to which it was published. Allocates when longer than 15 bytes; see ``subjectBytes``.
    public var subject: String { String(repairing: subjectBytes) }

    /// The subject's bytes, borrowed. Costs nothing.
    public var subjectBytes: Span<UInt8> {
        @_lifetime(borrow self)
        get { slice(Int(layout.subjectStart), Int(layout.subjectCount)) }
    }

    /// The subject to which a reply is expected, if any.
    public var reply: String? { layout.replyCount == 0 ? nil : String(repairing: replyBytes) }

    /// The reply subject's bytes, borrowed; empty without one.
    public var replyBytes: Span<UInt8> {
        @_lifetime(borrow self)
        get { slice(Int(layout.subjectStart) &+ Int(layout.replyOffset), Int(layout.replyCount)) }
    }

    /// The payload's bytes, borrowed. Costs nothing.
    public var bytes: Span<UInt8> {
        @_lifetime(borrow self)
        get { slice(Int(layout.bodyStart) &+ Int(layout.headerCount), Int(layout.payloadCount)) }
    }

    /// The payload as text; bytes that aren't UTF-8 become U+FFFD. Copies.
    public var string: String { String(repairing: bytes) }

    /// Whether the message carries a header block.
    public var hasHeaders: Bool { layout.headerCount != 0 }

    /// The headers; empty without any. Copies the header block once.
    public var headers: Headers { Headers(copying: headerBytes) }

    /// The value of one header, without copying the others. The first, when there are several.
    public func header(_ name: String, caseInsensitive: Bool = false) -> String? {
        guard hasHeaders else { return nil }
        return HeaderBlockView(headerBytes).value(for: name, caseInsensitive: caseInsensitive)
    }

    /// The status of the header block's first line, with which the server marks its own messages.
    public var status: HeaderStatus? { hasHeaders ? HeaderBlockView(headerBytes).status : nil }

    /// Subject, reply subject, headers and payload together, in bytes.
    public var size: Int { layout.chargedBytes }

    /// The connection that received the message.
    var core: ConnectionCore? { ConnectionCore.owner(of: unsafe block.takeUnretainedValue()) }

    /// As ``Message/claim()``.
    package func claim() -> Bool {
        unsafe block._withUnsafeGuaranteedRef {
            $0.exchangeMark(MessageClaim.mark, at: layout.end) != MessageClaim.mark
        }
    }

    /// As ``Message/unclaim()``.
    package func unclaim() { unsafe block._withUnsafeGuaranteedRef { _ = $0.exchangeMark(0, at: layout.end) } }

    /// As ``Message/isClaimed``.
    package var isClaimed: Bool { unsafe block._withUnsafeGuaranteedRef { $0.mark(at: layout.end) == MessageClaim.mark } }

    /// The message as a value that can leave the handler. One retain; shares the block.
    public func retained() -> Message {
        Message(block: unsafe block.takeUnretainedValue(), layout: layout)
    }

    package var headerBytes: Span<UInt8> {
        @_lifetime(borrow self)
        get { slice(Int(layout.bodyStart), Int(layout.headerCount)) }
    }

    @inline(__always)
    @_lifetime(borrow self)
    private func slice(_ start: Int, _ count: Int) -> Span<UInt8> {
        let elements = unsafe block._withUnsafeGuaranteedRef {
            unsafe UnsafeBufferPointer(
                start: ($0.base + start).assumingMemoryBound(to: UInt8.self), count: count)
        }
        let span = unsafe Span(_unsafeElements: elements)
        return unsafe _overrideLifetime(span, borrowing: self)
    }
}
