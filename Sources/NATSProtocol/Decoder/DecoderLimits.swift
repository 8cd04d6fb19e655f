/// What a decoder accepts before it says `ProtocolError` with fault `.limit`. Counts are in bytes.
@usableFromInline
package struct DecoderLimits: Sendable, Equatable {
    /// The line of MSG and HMSG, without CR LF.
    package let controlLineBytes: Int
    /// The line of INFO, without CR LF.
    package let infoBytes: Int
    /// The line of -ERR, without CR LF.
    package let errorBytes: Int
    @usableFromInline package let headerBytes: Int
    /// Headers and payload of one message together.
    @usableFromInline package let payloadBytes: Int

    /// Values beyond what received messages can represent are lowered to that.
    package init(
        controlLineBytes: Int = ProtocolLimits.controlLineBytes,
        infoBytes: Int = ProtocolLimits.infoBytes,
        errorBytes: Int = ProtocolLimits.errorBytes,
        headerBytes: Int = ProtocolLimits.headerBytes,
        payloadBytes: Int = ProtocolLimits.payloadBytes
    ) {
        self.controlLineBytes = min(controlLineBytes, ProtocolLimits.controlLineBytes)
        self.infoBytes = min(infoBytes, ProtocolLimits.payloadBytesCeiling)
        self.errorBytes = min(errorBytes, ProtocolLimits.payloadBytesCeiling)
        self.headerBytes = min(headerBytes, ProtocolLimits.payloadBytesCeiling)
        self.payloadBytes = min(payloadBytes, ProtocolLimits.payloadBytesCeiling)
    }
}
