import NATSClient
internal import NATSProtocol

/// Names of buckets and keys, and patterns of keys. Servers don't check them: `$KV.B.>` would be stored as it stands.
///
/// Source: ADR-8.
enum KeyValueName {
    static func check(bucket: String) throws(NATSError) {
        let isValid =
            !bucket.isEmpty && bucket.utf8.count <= 252
            && bucket.utf8.allSatisfy { isAlphanumeric($0) || $0 == dash || $0 == underscore }
        guard isValid else {
            throw NATSError(
                .invalidBucketName, "'\(bucket)' can't be the name of a bucket: letters, digits, '-' and '_' are possible")
        }
    }

    /// - Parameter isWritten: reserved keys can be read only.
    static func check(key: String, isWritten: Bool) throws(NATSError) {
        guard tokens(of: key, satisfy: { $0.allSatisfy(isKeyCharacter) }) else {
            throw NATSError(
                .invalidKey,
                "'\(key)' can't be a key: letters, digits, '-', '/', '_', '=' and '.' are possible, but no '.' at an end or beside "
                    + "another one")
        }
        if isWritten, key.hasPrefix("_kv") {
            throw NATSError(.invalidKey, "'\(key)' can't be written: keys that begin with '_kv' are reserved")
        }
    }

    /// A key, or a pattern with `*` for a token and `>` for the rest.
    static func check(filter: String) throws(NATSError) {
        let isValid = tokens(of: filter) { token in
            token.elementsEqual([UInt8(ascii: "*")]) || token.allSatisfy(isKeyCharacter)
                || token.elementsEqual([UInt8(ascii: ">")]) && token.endIndex == filter.utf8.endIndex
        }
        guard isValid else {
            throw NATSError(
                .invalidKey, "'\(filter)' can't be a pattern of keys: its tokens are those of keys, '*', and '>' at the end")
        }
    }

    static func bucket(ofStream name: String) -> String? {
        guard name.hasPrefix(KeyValueAccess.streamPrefix) else { return nil }
        return String(name.dropFirst(KeyValueAccess.streamPrefix.count))
    }

    private static func tokens(of text: String, satisfy isValid: (Substring.UTF8View) -> Bool) -> Bool {
        text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { token in
            !token.isEmpty && isValid(Substring(token).utf8)
        }
    }

    private static let dash = UInt8(ascii: "-")
    private static let underscore = UInt8(ascii: "_")

    private static func isKeyCharacter(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == dash || byte == underscore || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "=")
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}

extension KeyValueAccess {
    /// The subject under which a key is stored.
    func subject(reading key: String) throws -> String { try readPrefix + encoded(key, isWritten: false) }

    /// The subject to which a key is published.
    func subject(writing key: String) throws -> String { try writePrefix + encoded(key, isWritten: true) }

    /// The subjects of all keys that a pattern matches.
    func subject(matching filter: String) throws -> String {
        var filter = filter
        if let keyCodec {
            let plain = filter
            filter = try KeyValueFailure.ofCodec("the pattern '\(plain)' can't be encoded") { try keyCodec.encode(filter: plain) }
        }
        try KeyValueName.check(filter: filter)
        return readPrefix + filter
    }

    /// The subjects of all keys that one of the patterns matches. There is at least one pattern: none would mean all of a stream to
    /// servers.
    func subjects(matching filters: [String]) throws -> [String] {
        guard !filters.isEmpty else { throw NATSError(.invalidKey, "no key and no pattern is given; all keys are '>'") }
        return try filters.map(subject(matching:))
    }

    /// The key of a message that is stored under this subject; nil for one that is no key of the bucket.
    func key(ofSubject subject: Span<UInt8>) throws -> String? {
        guard subject.starts(with: readPrefix.utf8Span.span) else { return nil }
        let key = String(repairing: subject.extracting(readPrefix.utf8.count...))
        guard let keyCodec else { return key }
        return try KeyValueFailure.ofCodec("the key '\(key)' can't be decoded") { try keyCodec.decode(key: key) }
    }

    private func encoded(_ key: String, isWritten: Bool) throws -> String {
        var encoded = key
        if let keyCodec {
            encoded = try KeyValueFailure.ofCodec("the key '\(key)' can't be encoded") { try keyCodec.encode(key: key) }
        }
        try KeyValueName.check(key: encoded, isWritten: isWritten)
        return encoded
    }

    func encoded(value: [UInt8]) throws -> [UInt8] {
        guard let valueCodec else { return value }
        return try KeyValueFailure.ofCodec("a value can't be encoded") { try valueCodec.encode(value: value) }
    }

    func decoded(value: Payload, of key: String) throws -> Payload {
        guard let valueCodec else { return value }
        let bytes = try KeyValueFailure.ofCodec("the value of '\(key)' can't be decoded") {
            try valueCodec.decode(value: Array(value))
        }
        return Payload(copying: bytes.span)
    }
}
