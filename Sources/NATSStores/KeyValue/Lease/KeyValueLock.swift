import NATSClient

/// A lock that processes on many machines share: a key that its holder makes, renews, and removes.
///
///     let lock = kv.lock("jobs.nightly")
///     try await lock.withLock { lease in
///         try await lease.put("jobs.nightly.state", "running")
///     }
///
/// The bucket needs ``KeyValueConfiguration/limitMarkerTTL``, so that the key of a holder that is gone ends by itself and those who wait
/// learn of it at once.
///
/// Whoever holds it may lose it: when nobody can be reached for as long as ``KeyValueLeaseOptions/duration``. The task of the body is
/// cancelled then. What it does where nobody looks at its cancellation can be fenced with ``KeyValueLease/token``. Those who wait
/// aren't served in any order.
public struct KeyValueLock: Sendable {
    let store: KeyValueStore
    let key: String
    let owner: String
    let options: KeyValueLeaseOptions

    /// Waits for the lock, and runs `body` with it.
    ///
    /// - Parameter timeout: how long it may take until the lock is there. Nil: however long it takes.
    /// - Throws: ``NATSError/Code/timedOut`` when others had it all the time; ``NATSError/Code/leaseLost`` when it was lost, after the body has
    ///   ended; what the body throws; as ``KeyValueStore/create(_:_:timeToLive:)-(_,String,_)``.
    @discardableResult
    public func withLock<Value: Sendable>(
        timeout: Duration? = nil, _ body: @escaping @Sendable (KeyValueLease) async throws -> Value
    ) async throws -> Value {
        let deadline = timeout.map { ContinuousClock.now.advanced(by: $0) }
        guard let lease = try await store.acquire(key, owner: owner, options, until: deadline) else {
            throw NATSError(.timedOut, "others have held '\(key)' of bucket '\(store.bucket)' all the time")
        }
        return try await KeyValueLease.hold(lease, options, body)
    }

    /// Who holds it; nil: nobody.
    ///
    /// - Throws: as ``KeyValueReading/get(_:source:)``.
    public func holder() async throws -> KeyValueHolder? {
        try await store.get(key, source: .leader).flatMap { KeyValueHolder($0) }
    }
}

/// Who holds a lock, or leads.
public struct KeyValueHolder: Sendable, Hashable {
    /// The name that was given.
    public let owner: String
    /// The revision with which it began; greater than that of all before.
    public let token: UInt64
    let id: String

    init?(_ entry: KeyValueEntry) {
        guard let record = LeaseRecord(entry) else { return nil }
        owner = record.owner
        id = record.id
        token = record.token ?? entry.revision
    }
}

extension KeyValueStore {
    /// A lock on a key. Nothing is sent.
    ///
    /// - Parameter owner: a name for people, that ``KeyValueLock/holder()`` tells. Nil: something that nobody else uses.
    public func lock(
        _ key: String, owner: String? = nil, options: KeyValueLeaseOptions = KeyValueLeaseOptions()
    ) -> KeyValueLock {
        KeyValueLock(store: self, key: key, owner: owner ?? access.jetStream.connection.newName(), options: options)
    }
}
