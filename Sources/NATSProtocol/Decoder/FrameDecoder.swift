@usableFromInline
package struct FrameDecoder: Sendable {
    @usableFromInline internal let limits: DecoderLimits
    package init(limits: DecoderLimits = DecoderLimits()) { self.limits = limits }
    @inlinable
    package mutating func next(
        _ bytes: Span<UInt8>, at start: Int, _ frame: inout DecodedFrame
    ) throws(ProtocolError) -> FrameKind { .needsMore }
}
