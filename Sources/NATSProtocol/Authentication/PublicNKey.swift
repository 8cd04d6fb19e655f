/// A public key with its kind: an identity. Nothing about it is secret.
package struct PublicNKey: Hashable, Sendable {
    package let kind: NKeyKind
    /// `U…`, `A…` and so on: 56 characters.
    package let text: String

    /// Takes the 32 bytes of an Ed25519 or X25519 public key.
    package init(kind: NKeyKind, bytes: Span<UInt8>) throws(NKeyError) {
        self.kind = kind
        text = try NKeyCodec.encode(publicKey: bytes, kind)
    }

    /// Reads the text of a public key; anything else, a seed in particular, is refused.
    package init(parsing text: String, kind needed: NKeyKind? = nil) throws(NKeyError) {
        guard case .publicKey(let kind, let bytes) = try NKeyCodec.decode(text.utf8Span.span) else {
            throw .notAPublicKey
        }
        if let needed, kind != needed { throw .wrongKind(kind, needed: needed) }
        try self.init(kind: kind, bytes: bytes.span)
    }

    /// The 32 bytes of the key.
    package var bytes: [UInt8] {
        guard case .publicKey(_, let bytes)? = try? NKeyCodec.decode(text.utf8Span.span) else { return [] }
        return [UInt8](copying: bytes.span)
    }
}

extension PublicNKey: CustomStringConvertible {
    package var description: String { text }
}
