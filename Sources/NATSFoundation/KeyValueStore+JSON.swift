public import NATSStores

extension KeyValueStore {
    /// The bucket with values of one type as JSON, and keys that are text. As `typed(_:using:)`.
    public func typed<Value: Codable & Sendable>(_ values: Value.Type) -> TypedKeyValueStore<String, Value> {
        typed(values, using: .json)
    }

    /// The bucket with values of one type as JSON, and keys of another. As `typed(_:keys:using:)`.
    public func typed<Key: LosslessStringConvertible & Sendable, Value: Codable & Sendable>(
        _ values: Value.Type, keys: Key.Type
    ) -> TypedKeyValueStore<Key, Value> {
        typed(values, keys: keys, using: .json)
    }
}
