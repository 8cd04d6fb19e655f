import NATSClient

/// Giving keys their values. Each is one round trip; the revision is returned when the bucket has it.
extension KeyValueStore {
    /// Gives a key a value, whatever it had.
    ///
    /// - Returns: the new revision.
    /// - Throws: ``NATSError/Code/invalidKey``; ``NATSError/Code/codecFailed``; ``NATSError/Code/noResponders`` when there is no such bucket;
    ///   ``NATSError/Code/jetStreamRefused``, as when the value is too large or the bucket full; ``NATSError/Code/timedOut`` and
    ///   ``NATSError/Code/connectionLost``, after which nobody knows whether the bucket has it; `CancellationError`.
    @discardableResult
    public func put(_ key: String, _ value: some Collection<UInt8> & Sendable) async throws -> UInt64 {
        try await write(key, Array(value), PublishOptions())
    }

    /// Gives a key a text, whatever it had. As ``put(_:_:)-(_,Collection<UInt8>)``.
    @discardableResult
    public func put(_ key: String, _ text: String) async throws -> UInt64 {
        try await write(key, Array(text.utf8), PublishOptions())
    }

    /// Makes a key that isn't there, or was removed.
    ///
    /// - Parameter timeToLive: when the key ends by itself; at least a second. The bucket needs
    ///   ``KeyValueConfiguration/limitMarkerTTL``. Default: it doesn't.
    /// - Returns: the new revision.
    /// - Throws: ``NATSError/Code/keyExists``; otherwise as ``put(_:_:)-(_,Collection<UInt8>)``.
    @discardableResult
    public func create(
        _ key: String, _ value: some Collection<UInt8> & Sendable, timeToLive: TimeToLive? = nil
    ) async throws -> UInt64 {
        try await create(key, bytes: Array(value), timeToLive)
    }

    /// Makes a key that isn't there, or was removed, with a text. As ``create(_:_:timeToLive:)-(_,Collection<UInt8>,_)``.
    @discardableResult
    public func create(_ key: String, _ text: String, timeToLive: TimeToLive? = nil) async throws -> UInt64 {
        try await create(key, bytes: Array(text.utf8), timeToLive)
    }

    /// Gives a key a value if its last revision is this one: compare and set.
    ///
    /// - Parameters:
    ///   - revision: that of the value that is to be replaced; 0: there is none.
    ///   - timeToLive: when the key ends by itself. Default: it doesn't. Of a bucket with history, the revision before is the last one
    ///     then, unless it has ended, too.
    /// - Returns: the new revision.
    /// - Throws: ``NATSError/Code/wrongRevision``; otherwise as ``put(_:_:)-(_,Collection<UInt8>)``.
    @discardableResult
    public func update(
        _ key: String, _ value: some Collection<UInt8> & Sendable, revision: UInt64, timeToLive: TimeToLive? = nil
    ) async throws -> UInt64 {
        try await update(key, bytes: Array(value), revision, timeToLive)
    }

    /// Gives a key a text if its last revision is this one. As ``update(_:_:revision:timeToLive:)-(_,Collection<UInt8>,_,_)``.
    @discardableResult
    public func update(
        _ key: String, _ text: String, revision: UInt64, timeToLive: TimeToLive? = nil
    ) async throws -> UInt64 {
        try await update(key, bytes: Array(text.utf8), revision, timeToLive)
    }
}

extension KeyValueStore {
    func write(_ key: String, _ value: [UInt8], _ options: PublishOptions) async throws -> UInt64 {
        let subject = try access.subject(writing: key)
        return try await access.jetStream.publish(subject, access.encoded(value: value), options: options).sequence
    }

    func update(_ key: String, bytes: [UInt8], _ revision: UInt64, _ timeToLive: TimeToLive?) async throws -> UInt64 {
        try await KeyValueFailure.ofKey(key, revision) {
            let options = PublishOptions(expecting: .lastSubjectSequence(revision), timeToLive: timeToLive)
            return try await write(key, bytes, options)
        }
    }

    func create(_ key: String, bytes: [UInt8], _ timeToLive: TimeToLive?) async throws -> UInt64 {
        var expected: UInt64 = 0
        // A key that others make and remove at the same time isn't chased for ever.
        for _ in 1...3 {
            do {
                let options = PublishOptions(expecting: .lastSubjectSequence(expected), timeToLive: timeToLive)
                return try await write(key, bytes, options)
            } catch let error as NATSError where error.meansWrongRevision {
                let last = try await entry(key, source: .leader)
                if last?.isPresent == true { throw error.with(.keyExists, "the key '\(key)' exists") }
                // Removed, with or without a trace of it.
                expected = last?.revision ?? 0
            }
        }
        throw NATSError(.wrongRevision, "the key '\(key)' is being changed by others all the time")
    }
}
