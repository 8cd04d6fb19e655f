public import NATSClient

/// A bucket whose keys and values have types.
///
///     let users = kv.typed(User.self, keys: Int.self, using: .json)      // import NATSFoundation
///     try await users.put(7, User(name: "Ada"))
///     print(try await users.get(7)?.value.name ?? "nobody")
///
/// Keys are what their `description` says; a bucket may have keys that aren't of the type, which listings and watches leave out. Values are
/// what the coder makes of them; with `NATSFoundation` that is JSON, unless another one is named. Costs are those of ``KeyValueStore`` and of the coder.
public struct TypedKeyValueStore<Key: LosslessStringConvertible & Sendable, Value: Codable & Sendable>: Sendable {
    /// The bucket.
    public let store: KeyValueStore
    let coder: any PayloadCoder
}

extension KeyValueStore {
    /// The bucket with values of one type, and keys that are text.
    public func typed<Value: Codable & Sendable>(
        _ values: Value.Type, using coder: some PayloadCoder
    ) -> TypedKeyValueStore<String, Value> {
        TypedKeyValueStore(store: self, coder: coder)
    }

    /// The bucket with values of one type, and keys of another.
    public func typed<Key: LosslessStringConvertible & Sendable, Value: Codable & Sendable>(
        _ values: Value.Type, keys: Key.Type, using coder: some PayloadCoder
    ) -> TypedKeyValueStore<Key, Value> {
        TypedKeyValueStore(store: self, coder: coder)
    }
}

/// A value with its key and revision.
public struct TypedKeyValueEntry<Key: Sendable, Value: Sendable>: Sendable {
    /// The key.
    public let key: Key
    /// The value.
    public let value: Value
    /// Its number in the bucket.
    public let revision: UInt64
    /// When it was stored, by the server's clock.
    public let created: ServerTime
}

/// What a watch of a bucket with types tells.
public enum TypedKeyValueUpdate<Key: Sendable, Value: Sendable>: Sendable {
    /// A key has a value.
    case put(TypedKeyValueEntry<Key, Value>)
    /// A key was removed.
    case removed(Key, revision: UInt64)
    /// As ``KeyValueUpdate/initialStateComplete``.
    case initialStateComplete
    /// As ``KeyValueUpdate/gap(_:)``.
    case gap(KeyValueGap)
}

extension TypedKeyValueStore {
    /// The key's value; nil when it has none.
    ///
    /// - Throws: `NATSError.Code.invalidPayload` when it isn't such a value; as ``KeyValueReading/get(_:source:)``.
    public func get(_ key: Key, source: ReadSource = .anyReplica) async throws -> TypedKeyValueEntry<Key, Value>? {
        try await store.get(key.description, source: source).map { try typed($0, key) }
    }

    /// Gives a key a value, whatever it had. As ``KeyValueStore/put(_:_:)-(_,String)``.
    ///
    /// - Throws: also `NATSError.Code.invalidPayload`, here and in all that writes: the value can't be encoded, and nothing was sent.
    @discardableResult
    public func put(_ key: Key, _ value: Value) async throws -> UInt64 {
        try await store.put(key.description, encoded(value, key))
    }

    /// Makes a key that isn't there, or was removed. As ``KeyValueStore/create(_:_:timeToLive:)-(_,String,_)``.
    @discardableResult
    public func create(_ key: Key, _ value: Value, timeToLive: TimeToLive? = nil) async throws -> UInt64 {
        try await store.create(key.description, encoded(value, key), timeToLive: timeToLive)
    }

    /// Gives a key a value if its last revision is this one. As ``KeyValueStore/update(_:_:revision:timeToLive:)-(_,String,_,_)``.
    @discardableResult
    public func update(_ key: Key, _ value: Value, revision: UInt64, timeToLive: TimeToLive? = nil) async throws -> UInt64 {
        try await store.update(key.description, encoded(value, key), revision: revision, timeToLive: timeToLive)
    }

    /// Removes a key. As ``KeyValueStore/delete(_:revision:)``.
    @discardableResult
    public func delete(_ key: Key, revision: UInt64? = nil) async throws -> UInt64 {
        try await store.delete(key.description, revision: revision)
    }

    /// The keys that have a value. As ``KeyValueReading/keys(_:)``.
    public func keys(_ filters: [String] = [">"]) throws -> some AsyncSequence<Key, any Error> & Sendable {
        try store.keys(filters).compactMap { Key($0) }
    }

    /// Watches keys. As ``KeyValueReading/watch(_:options:)``; a value that isn't of the type is thrown as
    /// `NATSError.Code.invalidPayload`, and the watch can be iterated on.
    public func watch(
        _ filters: [String] = [">"], options: KeyValueWatchOptions = KeyValueWatchOptions()
    ) throws -> some AsyncSequence<TypedKeyValueUpdate<Key, Value>, any Error> & Sendable {
        try store.watch(filters, options: options).compactMap { try self.typed($0) }
    }

    private func typed(_ update: KeyValueUpdate) throws -> TypedKeyValueUpdate<Key, Value>? {
        switch update {
        case .initialStateComplete: return .initialStateComplete
        case .gap(let gap): return .gap(gap)
        case .entry(let entry):
            guard let key = Key(entry.key) else { return nil }
            return entry.isPresent ? .put(try typed(entry, key)) : .removed(key, revision: entry.revision)
        }
    }

    private func typed(_ entry: KeyValueEntry, _ key: Key) throws -> TypedKeyValueEntry<Key, Value> {
        let value = try coder.value(Value.self, in: entry.value.span, subject: store.access.subject(reading: entry.key))
        return TypedKeyValueEntry(key: key, value: value, revision: entry.revision, created: entry.created)
    }

    private func encoded(_ value: Value, _ key: Key) throws -> [UInt8] {
        try coder.payload(for: value, subject: store.access.subject(writing: key.description))
    }
}
