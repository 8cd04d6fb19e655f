import NATSClient
internal import NATSProtocol

/// Digests as they stand in records: `SHA-256=` and base 64.
enum ObjectDigest {
    private static let prefix = "SHA-256="

    static func text(_ digest: [UInt8]) -> String { prefix + Base64.encode(digest.span, .paddedURL) }

    /// The digest's bytes; nil when the text isn't one. Padding may be missing, and the name's letters may be small.
    static func bytes(_ text: String) -> [UInt8]? {
        guard text.utf8.count > prefix.utf8.count, text.prefix(prefix.count).uppercased() == prefix else { return nil }
        let digest = Base64.decode(text.dropFirst(prefix.count).utf8Span.span, .paddedURL)
        return digest?.count == SHA256Digest.size ? digest : nil
    }
}

/// Compares bytes that come one piece after another with what a record says of them.
final class ObjectVerifier {
    private let info: ObjectInfo
    private let expected: [UInt8]
    private var digest: SHA256Digest?
    private(set) var byteCount: UInt64 = 0

    /// - Throws: ``NATSError/Code/objectDamaged`` when there is no digest to compare with.
    init(_ info: ObjectInfo) throws {
        guard let expected = ObjectDigest.bytes(info.record.digest) else {
            throw NATSError(
                .objectDamaged,
                "the object '\(info.name)' has no SHA-256 digest that its bytes could be compared with; a range can be read")
        }
        self.info = info
        self.expected = expected
        digest = try SHA256Digest()
    }

    /// Adds the next bytes.
    ///
    /// - Throws: ``NATSError/Code/objectDamaged`` with the last of them, when they aren't those that were put.
    func add(_ bytes: Span<UInt8>) throws {
        try digest?.update(bytes)
        byteCount &+= UInt64(bytes.count)
        if byteCount >= info.size { try finish() }
    }

    /// All bytes were added.
    func finish() throws {
        guard let digest = digest.take() else { return }
        let isSound = try digest.finish() == expected && byteCount == info.size
        guard isSound else {
            throw NATSError(
                .objectDamaged, "the bytes of the object '\(info.name)' aren't those that were put: their digest differs")
        }
    }
}
