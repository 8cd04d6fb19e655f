/// Turns values into payloads, and payloads into values: JSON (the module `NATSFoundation` has it), MessagePack, Protobuf …
///
/// It is called on the thread of the caller, for many calls at once: keep state out of it.
///
///     struct PlainText: PayloadCoder {
///         func encode(_ value: some Encodable) throws -> [UInt8] { Array("\(value)".utf8) }
///         …
///     }
public protocol PayloadCoder: Sendable {
    /// The payload that stands for a value.
    func encode(_ value: some Encodable) throws -> [UInt8]

    /// The value that a payload stands for. The bytes are borrowed for the length of the call.
    func decode<Value: Decodable>(_ type: Value.Type, from payload: Span<UInt8>) throws -> Value
}

extension PayloadCoder {
    /// As `encode`, with an error that names the subject.
    package func payload(for value: some Encodable, subject: String) throws(NATSError) -> [UInt8] {
        do { return try encode(value) } catch {
            throw NATSError(
                .invalidPayload, "a value of type \(type(of: value)) can't be encoded", subject: subject, underlying: error)
        }
    }

    /// As `decode`, with an error that names the subject.
    package func value<Value: Decodable>(
        _ type: Value.Type, in payload: Span<UInt8>, subject: String
    ) throws(NATSError) -> Value {
        do { return try decode(type, from: payload) } catch {
            throw NATSError(.invalidPayload, "the payload isn't a \(type)", subject: subject, underlying: error)
        }
    }
}
