internal import NATSProtocol

/// Base 64 of RFC 4648 section 5, without padding: each token of a key by itself, and whole values. So keys may have any characters,
/// dots excepted, which divide tokens.
///
/// Source: ADR-54.
public struct Base64KeyValueCodec: KeyValueKeyCodec, KeyValueValueCodec {
    /// The key as it stands in the bucket.
    public func encode(key: String) -> String { tokens(of: key) { Self.encoded(Array($0)) } }

    /// The key of which this is the encoded form.
    public func decode(key: String) throws -> String {
        try tokens(of: key) { token in
            guard let bytes = Base64.decode(token.span, .url), let text = String(validating: bytes, as: UTF8.self) else {
                throw KeyValueCodecError(description: "the key '\(key)' isn't base 64 of text")
            }
            return text
        }
    }

    /// The pattern that matches the encoded keys.
    public func encode(filter: String) -> String {
        tokens(of: filter) { token in
            let isWildcard = token == [UInt8(ascii: "*")] || token == [UInt8(ascii: ">")]
            return isWildcard ? String(decoding: token, as: UTF8.self) : Self.encoded(token)
        }
    }

    /// The value as it stands in the bucket.
    public func encode(value: [UInt8]) -> [UInt8] { Array(Self.encoded(value).utf8) }

    /// The value of which this is the encoded form.
    public func decode(value: [UInt8]) throws -> [UInt8] {
        guard let bytes = Base64.decode(value.span, .url) else {
            throw KeyValueCodecError(description: "a value isn't base 64")
        }
        return bytes
    }

    private static func encoded(_ bytes: [UInt8]) -> String { Base64.encode(bytes.span, .url) }

    private func tokens(of key: String, _ change: ([UInt8]) throws -> String) rethrows -> String {
        try key.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map { try change(Array($0)) }
            .joined(separator: ".")
    }
}

/// Keys that look like paths: `/users/7/name` stands in the bucket as `_root_.users.7.name`, so that patterns work on its parts. A
/// slash at the end is dropped.
///
/// Source: ADR-54.
public struct PathKeyValueCodec: KeyValueKeyCodec {
    private static let root = "_root_"

    /// The key as it stands in the bucket.
    public func encode(key: String) -> String {
        if key == "/" { return Self.root }
        var key = key.hasPrefix("/") ? "\(Self.root)/\(key.dropFirst())" : key
        if key.hasSuffix("/") { key.removeLast() }
        return Self.replacing("/", by: ".", in: key)
    }

    /// The key of which this is the encoded form.
    public func decode(key: String) -> String {
        if key == Self.root { return "/" }
        let isAbsolute = key.hasPrefix("\(Self.root).")
        return Self.replacing(".", by: "/", in: isAbsolute ? String(key.dropFirst(Self.root.count)) : key)
    }

    /// The pattern that matches the encoded keys.
    public func encode(filter: String) -> String { encode(key: filter) }

    private static func replacing(_ old: Character, by new: Character, in text: String) -> String {
        String(text.map { $0 == old ? new : $0 })
    }
}

/// Several codecs for keys: the first one encodes first, and decodes last.
public struct KeyValueKeyCodecChain: KeyValueKeyCodec {
    private let codecs: [any KeyValueKeyCodec]

    /// Those codecs, in the order in which they encode.
    public init(_ codecs: [any KeyValueKeyCodec]) { self.codecs = codecs }

    /// The key as it stands in the bucket.
    public func encode(key: String) throws -> String { try codecs.reduce(key) { try $1.encode(key: $0) } }
    /// The key of which this is the encoded form.
    public func decode(key: String) throws -> String { try codecs.reversed().reduce(key) { try $1.decode(key: $0) } }
    /// The pattern that matches the encoded keys.
    public func encode(filter: String) throws -> String { try codecs.reduce(filter) { try $1.encode(filter: $0) } }
}

/// Several codecs for values: the first one encodes first, and decodes last.
public struct KeyValueValueCodecChain: KeyValueValueCodec {
    private let codecs: [any KeyValueValueCodec]

    /// Those codecs, in the order in which they encode.
    public init(_ codecs: [any KeyValueValueCodec]) { self.codecs = codecs }

    /// The value as it stands in the bucket.
    public func encode(value: [UInt8]) throws -> [UInt8] { try codecs.reduce(value) { try $1.encode(value: $0) } }
    /// The value of which this is the encoded form.
    public func decode(value: [UInt8]) throws -> [UInt8] {
        try codecs.reversed().reduce(value) { try $1.decode(value: $0) }
    }
}

extension KeyValueKeyCodec where Self == Base64KeyValueCodec {
    /// Base 64 of each token.
    public static var base64: Base64KeyValueCodec { Base64KeyValueCodec() }
}

extension KeyValueValueCodec where Self == Base64KeyValueCodec {
    /// Base 64 of the whole value.
    public static var base64: Base64KeyValueCodec { Base64KeyValueCodec() }
}

extension KeyValueKeyCodec where Self == PathKeyValueCodec {
    /// Keys that look like paths.
    public static var path: PathKeyValueCodec { PathKeyValueCodec() }
}

extension KeyValueKeyCodec where Self == KeyValueKeyCodecChain {
    /// Several codecs; the first one encodes first.
    public static func chain(_ codecs: [any KeyValueKeyCodec]) -> KeyValueKeyCodecChain { KeyValueKeyCodecChain(codecs) }
}

extension KeyValueValueCodec where Self == KeyValueValueCodecChain {
    /// Several codecs; the first one encodes first.
    public static func chain(_ codecs: [any KeyValueValueCodec]) -> KeyValueValueCodecChain { KeyValueValueCodecChain(codecs) }
}
