/// The text form of keys: `base32(prefix, key bytes, CRC-16 of both in little-endian order)`.
///
/// The prefix of public and private keys is one byte; that of seeds is two, which hold five bits that say "seed",
/// eight bits that say of what, and three zeros. Source: `strkey.go` and `xkeys.go` of nats-io/nkeys.
///
/// Stricter than the Go library in what it reads: unused bits must be zero, so that every key has exactly one text.
package enum NKeyCodec {
    /// Of a public key and of a seed.
    package static let keyByteCount = 32
    /// Of a private Ed25519 key: the seed and the public key behind it. That of X25519 is 32 bytes.
    package static let privateKeyByteCount = 64

    package enum Decoded {
        case publicKey(NKeyKind, SecretBytes)
        case seed(NKeyKind, SecretBytes)
        case privateKey(SecretBytes)
    }

    /// Reads a key of any kind. Blanks and line ends around it are ignored.
    package static func decode(_ text: Span<UInt8>) throws(NKeyError) -> Decoded {
        let text = text.extracting(text.trimmingBlanks(0..<text.count))
        guard text.count <= characterCountMax else { throw .malformed }
        var isSound = false
        let secret = SecretBytes(capacity: Base32.byteCount(ofCharacters: text.count)) { output in
            isSound = Base32.decode(text, into: &output)
        }
        let raw = secret.span
        guard isSound, raw.count > 3 else { throw .malformed }
        let end = raw.count - 2
        let checksum = UInt16(raw[end]) | UInt16(raw[end + 1]) << 8
        guard CRC16.checksum(raw.extracting(0..<end)) == checksum else { throw .wrongChecksum }
        return try decode(raw: raw.extracting(0..<end))
    }

    private static func decode(raw: Span<UInt8>) throws(NKeyError) -> Decoded {
        if raw[0] & 0xF8 == NKeyKind.seedPrefix {
            guard raw.count == keyByteCount + 2, raw[1] & 7 == 0 else { throw .malformed }
            guard let kind = NKeyKind(prefix: raw[0] << 5 | raw[1] >> 3) else { throw .unknownKind }
            return .seed(kind, SecretBytes(copying: raw.extracting(droppingFirst: 2)))
        }
        let key = raw.extracting(droppingFirst: 1)
        if raw[0] == NKeyKind.privatePrefix {
            guard key.count == privateKeyByteCount || key.count == keyByteCount else { throw .malformed }
            return .privateKey(SecretBytes(copying: key))
        }
        guard let kind = NKeyKind(prefix: raw[0]) else { throw .unknownKind }
        guard key.count == keyByteCount else { throw .malformed }
        return .publicKey(kind, SecretBytes(copying: key))
    }

    package static func encode(publicKey bytes: Span<UInt8>, _ kind: NKeyKind) throws(NKeyError) -> String {
        guard bytes.count == keyByteCount else { throw .malformed }
        return String(repairing: encode(kind.prefix, nil, bytes).span)
    }

    package static func encode(seed bytes: Span<UInt8>, _ kind: NKeyKind) throws(NKeyError) -> SecretBytes {
        guard bytes.count == keyByteCount else { throw .malformed }
        return encode(NKeyKind.seedPrefix | kind.prefix >> 5, kind.prefix << 3, bytes)
    }

    package static func encode(privateKey bytes: Span<UInt8>) throws(NKeyError) -> SecretBytes {
        guard bytes.count == privateKeyByteCount || bytes.count == keyByteCount else { throw .malformed }
        return encode(NKeyKind.privatePrefix, nil, bytes)
    }

    private static func encode(_ first: UInt8, _ second: UInt8?, _ bytes: Span<UInt8>) -> SecretBytes {
        let raw = SecretBytes(capacity: bytes.count + 4) { output in
            var checksum = CRC16()
            func append(_ byte: UInt8, to output: inout OutputSpan<UInt8>) {
                checksum.add(byte)
                output.append(byte)
            }
            append(first, to: &output)
            if let second { append(second, to: &output) }
            for index in bytes.indices { append(bytes[index], to: &output) }
            output.append(UInt8(truncatingIfNeeded: checksum.value))
            output.append(UInt8(truncatingIfNeeded: checksum.value >> 8))
        }
        return SecretBytes(capacity: Base32.characterCount(ofBytes: raw.count)) { output in
            Base32.encode(raw.span, into: &output)
        }
    }

    /// The longest text of a key: a private one.
    private static var characterCountMax: Int { Base32.characterCount(ofBytes: 1 + privateKeyByteCount + 2) }
}
