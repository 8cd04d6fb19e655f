/// The secret half of an NKey: the 32 bytes that an Ed25519 (or X25519) key pair is made from, and what it is for.
///
/// Copies share the bytes, which are overwritten when the last copy goes. It isn't `Codable` or `Hashable`, and no
/// description shows more than the kind.
package struct NKeySeed: Sendable {
    package let kind: NKeyKind
    private let secret: SecretBytes

    /// Takes the 32 bytes of a seed: what a key generator gives.
    package init(kind: NKeyKind, bytes: Span<UInt8>) throws(NKeyError) {
        guard bytes.count == NKeyCodec.keyByteCount else { throw .malformed }
        self.kind = kind
        secret = SecretBytes(copying: bytes)
    }

    /// Reads the text of a seed (`SU…`, `SA…`); blanks and line ends around it are ignored.
    package init(parsing text: Span<UInt8>, kind needed: NKeyKind? = nil) throws(NKeyError) {
        guard case .seed(let kind, let bytes) = try NKeyCodec.decode(text) else { throw .notASeed }
        if let needed, kind != needed { throw .wrongKind(kind, needed: needed) }
        self.kind = kind
        secret = bytes
    }

    /// The 32 bytes, for the one who signs.
    package var bytes: Span<UInt8> {
        @_lifetime(borrow self)
        get { secret.span }
    }

    /// The text form, 58 characters: `SU…`.
    package func text() -> SecretBytes {
        // The bytes are 32 from the initialiser on, so that there is nothing to throw.
        (try? NKeyCodec.encode(seed: secret.span, kind)) ?? SecretBytes(capacity: 0) { _ in }
    }
}

extension NKeySeed: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "seed of kind \(kind)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["kind": kind], displayStyle: .struct) }
}
