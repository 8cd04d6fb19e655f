import NATSClient

extension KeyValueStore {
    /// Makes the key of a lock, as soon as nobody else has it.
    ///
    /// - Returns: nil when others have it until `deadline`; nil there: however long it takes.
    func acquire(
        _ key: String, owner: String, _ options: KeyValueLeaseOptions, until deadline: ContinuousClock.Instant?
    ) async throws -> KeyValueLease? {
        let record = LeaseRecord(owner: owner, id: access.jetStream.connection.newName())
        let first = ContinuousClock.now
        var watch: KeyValueWatch?
        defer { watch?.stop() }
        while true {
            let end = ContinuousClock.now.advanced(by: options.duration)
            do {
                let revision = try await create(key, bytes: record.json, .after(options.duration))
                return KeyValueLease(self, key: key, record, revision: revision, until: end)
            } catch let error as NATSError where error.code == .keyExists {
                // An attempt may have been stored although nobody said so.
                if let entry = try await get(key, source: .leader), LeaseRecord(entry)?.id == record.id {
                    return KeyValueLease(
                        self, key: key, record, revision: entry.revision, until: first.advanced(by: options.duration))
                }
            } catch let error as NATSError where error.isRetryable || error.code == .wrongRevision {
                if let deadline, ContinuousClock.now >= deadline { throw error }
                try await access.jetStream.connection.pause(.milliseconds(250))
                continue
            }
            if let deadline, ContinuousClock.now >= deadline { return nil }
            let present = try watch ?? self.watch([key])
            watch = present
            // Without a marker nobody says that a key has ended by itself.
            let patience = deadline.map { min(options.duration, ContinuousClock.now.duration(to: $0)) } ?? options.duration
            try await present.untilRemoved(within: max(patience, .milliseconds(1)))
        }
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
