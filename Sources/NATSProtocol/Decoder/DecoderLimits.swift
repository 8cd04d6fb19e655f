/// What a decoder accepts before it says `ProtocolError` with fault `.limit`. Counts are in bytes.
@usableFromInline
package struct DecoderLimits: Sendable, Equatable {
    /// The line of MSG and HMSG, without CR LF.
    @usableFromInline package let controlLineBytes: Int
    /// The line of INFO, without CR LF.
    package let infoBytes: Int
    /// The line of -ERR, without CR LF.
    package let errorBytes: Int
    @usableFromInline package let headerBytes: Int
    /// Headers and payload of one message together.
    @usableFromInline package let payloadBytes: Int

    /// Values beyond what received messages can represent are lowered to that, negative ones raised to 0.
    package init(
        controlLineBytes: Int = ProtocolLimits.controlLineBytes,
        infoBytes: Int = ProtocolLimits.infoBytes,
        errorBytes: Int = ProtocolLimits.errorBytes,
        headerBytes: Int = ProtocolLimits.headerBytes,
        payloadBytes: Int = ProtocolLimits.payloadBytes
    ) {
        self.controlLineBytes = max(0, min(controlLineBytes, ProtocolLimits.controlLineBytes))
        self.infoBytes = max(0, min(infoBytes, ProtocolLimits.payloadBytesCeiling))
        self.errorBytes = max(0, min(errorBytes, ProtocolLimits.payloadBytesCeiling))
        self.headerBytes = max(0, min(headerBytes, ProtocolLimits.payloadBytesCeiling))
        self.payloadBytes = max(0, min(payloadBytes, ProtocolLimits.payloadBytesCeiling))
    }
}
