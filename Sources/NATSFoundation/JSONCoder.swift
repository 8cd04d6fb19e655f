// Memory-safety fence: the pointer from which `Data` copies.
//
// Invariant: it is lent for the length of the copy.

public import FoundationEssentials
public import NATSClient

/// JSON, by Foundation's coders.
///
///     try await nats.publish("orders.new", encoding: order)
///     let order = try message.decode(Order.self)
///
///     let coder = JSONCoder(encoder: encoder, decoder: decoder)          // dates, keys: as you have set them
///     let order = try message.decode(Order.self, using: coder)
///
/// Costs several allocations for a value, like everything in Foundation's coders: not for a hot path.
public struct JSONCoder: PayloadCoder {
    private let encoder: JSONEncoder
    private let decoder: JSONDecoder

    /// - Parameters:
    ///   - encoder: don't change it any more; it is used by many threads.
    ///   - decoder: likewise.
    public init(encoder: JSONEncoder = JSONEncoder(), decoder: JSONDecoder = JSONDecoder()) {
        self.encoder = encoder
        self.decoder = decoder
    }

    /// The value as JSON text, as the encoder writes it. Throws its errors.
    public func encode(_ value: some Encodable) throws -> [UInt8] { [UInt8](try encoder.encode(value)) }

    /// The value that JSON text stands for. Copies the payload once, for Foundation. Throws the decoder's errors.
    public func decode<Value: Decodable>(_ type: Value.Type, from payload: Span<UInt8>) throws -> Value {
        try decoder.decode(type, from: unsafe payload.withUnsafeBytes { unsafe Data($0) })
    }

    fileprivate static let standard = JSONCoder()
}

extension PayloadCoder where Self == JSONCoder {
    /// JSON with the settings that Foundation's coders have by default.
    public static var json: JSONCoder { .standard }
}
