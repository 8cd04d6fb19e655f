/// A reason that one side of TLS gives the other for ending a connection (RFC 8446, section 6).
public struct TLSAlert: Sendable, Hashable {
    /// The alert's number on the wire.
    public let code: UInt8

    /// The alert with this number.
    public init(code: UInt8) { self.code = code }

    /// The alert's name in words, for example `certificate required`.
    public var name: String { Self.names[code] ?? "alert \(code)" }

    /// The server wants a client certificate and got none.
    public static let certificateRequired = TLSAlert(code: 116)
    /// The certificate is malformed, or its signature is wrong. Servers before TLS 1.3 also say so when they got none.
    public static let badCertificate = TLSAlert(code: 42)
    /// The other side doesn't trust the authority that has signed the certificate.
    public static let unknownCA = TLSAlert(code: 48)
    /// The certificate is expired or not valid yet.
    public static let certificateExpired = TLSAlert(code: 45)
    /// The two sides have no parameters in common.
    public static let handshakeFailure = TLSAlert(code: 40)
    /// The two sides have no protocol version in common.
    public static let protocolVersion = TLSAlert(code: 70)

    private static let names: [UInt8: String] = [
        0: "close notify", 10: "unexpected message", 20: "bad record mac", 21: "decryption failed",
        22: "record overflow", 30: "decompression failure", 40: "handshake failure", 41: "no certificate",
        42: "bad certificate", 43: "unsupported certificate", 44: "certificate revoked", 45: "certificate expired",
        46: "certificate unknown", 47: "illegal parameter", 48: "unknown ca", 49: "access denied", 50: "decode error",
        51: "decrypt error", 60: "export restriction", 70: "protocol version", 71: "insufficient security",
        80: "internal error", 86: "inappropriate fallback", 90: "user canceled", 100: "no renegotiation",
        109: "missing extension", 110: "unsupported extension", 111: "certificate unobtainable",
        112: "unrecognized name", 113: "bad certificate status response", 114: "bad certificate hash value",
        115: "unknown psk identity", 116: "certificate required", 120: "no application protocol",
    ]
}

extension TLSAlert: CustomStringConvertible {
    public var description: String { name }
}
