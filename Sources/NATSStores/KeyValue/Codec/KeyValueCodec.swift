/// Changes keys on their way into and out of a bucket (ADR-54). The bucket has the encoded keys, so everybody who uses it needs the
/// same codec.
public protocol KeyValueKeyCodec: Sendable {
    /// The key as it stands in the bucket. What isn't a key then is refused as ``NATSError/Code/invalidKey``.
    func encode(key: String) throws -> String
    /// The key of which this is the encoded form.
    func decode(key: String) throws -> String
    /// The pattern that matches the encoded forms of what `filter` matches. A codec that can't keep wildcards throws.
    func encode(filter: String) throws -> String
}

/// Changes values on their way into and out of a bucket (ADR-54): encrypts them, say.
public protocol KeyValueValueCodec: Sendable {
    /// The value as it stands in the bucket.
    func encode(value: [UInt8]) throws -> [UInt8]
    /// The value of which this is the encoded form. Markers of removed keys have no value, and aren't decoded.
    func decode(value: [UInt8]) throws -> [UInt8]
}

extension KeyValueStore {
    /// The same bucket, with codecs for keys and values; nil leaves them as they are.
    public func coded(keys: (any KeyValueKeyCodec)? = nil, values: (any KeyValueValueCodec)? = nil) -> KeyValueStore {
        var access = access
        access.keyCodec = keys
        access.valueCodec = values
        return KeyValueStore(access: access)
    }
}

/// Why a codec can't do what it was asked.
public struct KeyValueCodecError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    public let description: String
}
