import NATSClient

extension KeyValueStore {
    /// Makes the key of a lock, as soon as nobody else has it.
    ///
    /// - Returns: nil when others have it until `deadline`; nil there: however long it takes.
    func acquire(
        _ key: String, owner: String, _ options: KeyValueLeaseOptions, until deadline: ContinuousClock.Instant?
    ) async throws -> KeyValueLease? {
        let record = LeaseRecord(owner: owner, id: access.jetStream.connection.newName())
        var watch: KeyValueWatch?
        defer { watch?.stop() }
        while true {
            let start = ContinuousClock.now
            let store = deadline.map { answering(within: max(start.duration(to: $0), .milliseconds(1))) } ?? self
            do {
                if let revision = try await store.take(key, record, options) {
                    return KeyValueLease(self, key: key, record, revision: revision, until: start.advanced(by: options.duration))
                }
            } catch let error as NATSError where error.isRetryable || error.code == .wrongRevision {
                if let deadline, ContinuousClock.now >= deadline { throw error }
                try await access.jetStream.connection.pause(.milliseconds(250))
                continue
            } catch let error as CancellationError {
                // It may have been stored all the same. Others shouldn't wait for its end.
                Task { try? await withdraw(key, record, options) }
                throw error
            }
            if let deadline, ContinuousClock.now >= deadline { return nil }
            let present = try watch ?? self.watch([key])
            watch = present
            // Without a marker nobody says that a key has ended by itself.
            let patience = deadline.map { min(options.duration, ContinuousClock.now.duration(to: $0)) } ?? options.duration
            try await present.untilRemoved(within: max(patience, .milliseconds(1)))
        }
    }

    /// Makes the key, or renews it when an earlier attempt was stored although nobody said so. Nil: others have it.
    private func take(_ key: String, _ record: LeaseRecord, _ options: KeyValueLeaseOptions) async throws -> UInt64? {
        do {
            return try await create(key, bytes: record.json, options.timeToLive)
        } catch let error as NATSError where error.code == .keyExists {
            guard let entry = try await get(key, source: .leader), LeaseRecord(entry)?.id == record.id else { return nil }
            return try await update(key, bytes: record.json, entry.revision, options.timeToLive)
        }
    }

    /// Asking once more is the only way to know: what was sent before is stored before.
    private func withdraw(_ key: String, _ record: LeaseRecord, _ options: KeyValueLeaseOptions) async throws {
        guard let revision = try await take(key, record, options) else { return }
        try await delete(key, revision: revision)
    }
}

extension KeyValueWatch {
    /// Returns when the one key that is watched is removed or isn't there, or the time is over.
    fileprivate func untilRemoved(within limit: Duration) async throws {
        let end = ContinuousClock.now.advanced(by: limit)
        var isPresent = false
        while true {
            do {
                guard let sign = try await nextSign(timeout: Swift.max(.zero, ContinuousClock.now.duration(to: end))) else {
                    return
                }
                switch sign {
                case .update(.entry(let entry)):
                    guard entry.isPresent else { return }
                    isPresent = true
                case .update(.initialStateComplete) where isPresent: break
                case .idle: break
                case .update: return
                }
            } catch let error as NATSError where error.code == .timedOut {
                return
            }
        }
    }
}

extension KeyValueLease {
    private enum Outcome<Value: Sendable>: Sendable {
        case value(Value)
        case lost
    }

    /// Runs `body` while the lease is renewed. It ends before others can have the lease, if it listens to its task's cancellation.
    static func hold<Value: Sendable>(
        _ lease: KeyValueLease, _ options: KeyValueLeaseOptions,
        _ body: @escaping @Sendable (KeyValueLease) async throws -> Value
    ) async throws -> Value {
        do {
            let outcome = try await withThrowingTaskGroup(of: Outcome<Value>.self) { group in
                group.addTask {
                    try await lease.keep(options)
                    return .lost
                }
                group.addTask { .value(try await body(lease)) }
                defer { group.cancelAll() }
                return try await group.next() ?? .lost
            }
            await lease.release()
            guard case .value(let value) = outcome else { throw lease.lost }
            return value
        } catch {
            await lease.release()
            throw error
        }
    }
}
