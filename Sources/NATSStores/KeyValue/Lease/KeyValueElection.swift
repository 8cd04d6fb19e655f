import NATSClient

/// An election among processes on many machines: one of the candidates leads, and when it is gone, another one does.
///
///     let election = kv.election("leader", candidate: "node-1")
///     try await election.lead { lease in
///         while !Task.isCancelled { try await work(lease.token) }
///     }
///
/// As ``KeyValueLock``, whose rules are the same, but for those who want to lead again and again.
public struct KeyValueElection: Sendable {
    let store: KeyValueStore
    let key: String
    let candidate: String
    let options: KeyValueLeaseOptions

    /// Stands for election until it is won, and runs `body` as the leader. When the leadership is lost, the body's task is cancelled, and
    /// when it has ended, the candidate stands again. Returns when the body does.
    ///
    /// - Throws: what the body throws while it leads; otherwise as ``KeyValueLock/withLock(timeout:_:)``; `CancellationError`.
    @discardableResult
    public func lead<Value: Sendable>(
        _ body: @escaping @Sendable (KeyValueLease) async throws -> Value
    ) async throws -> Value {
        while true {
            try Task.checkCancellation()
            guard let lease = try await store.acquire(key, owner: candidate, options, until: nil) else { continue }
            do {
                return try await KeyValueLease.hold(lease, options, body)
            } catch let error as NATSError where error.code == .leaseLost {}
        }
    }

    /// Who leads; nil: nobody.
    ///
    /// - Throws: as ``KeyValueReading/get(_:source:)``.
    public func leader() async throws -> KeyValueHolder? {
        try await store.get(key, source: .leader).flatMap { KeyValueHolder($0) }
    }

    /// Who leads now, and every change of it; nil: nobody. Begins when it is iterated.
    ///
    /// - Throws: ``NATSError/Code/invalidKey``; when iterated, as ``KeyValueWatch``.
    public func leaders() throws -> KeyValueLeaders { KeyValueLeaders(watch: try store.watch([key])) }
}

extension KeyValueStore {
    /// An election on a key. Nothing is sent.
    ///
    /// - Parameter candidate: a name for people, that ``KeyValueElection/leader()`` tells. Nil: something that nobody else uses.
    public func election(
        _ key: String, candidate: String? = nil, options: KeyValueLeaseOptions = KeyValueLeaseOptions()
    ) -> KeyValueElection {
        KeyValueElection(
            store: self, key: key, candidate: candidate ?? access.jetStream.connection.newName(), options: options)
    }
}

/// Who leads, one after the other. For one reader.
public struct KeyValueLeaders: AsyncSequence, Sendable {
    let watch: KeyValueWatch

    public func makeAsyncIterator() -> Iterator { Iterator(watch: watch) }

    /// Goes over the leaders.
    public struct Iterator: AsyncIteratorProtocol {
        let watch: KeyValueWatch
        /// Nil: nothing was said yet.
        private var last: KeyValueHolder??

        init(watch: KeyValueWatch) { self.watch = watch }

        public mutating func next() async throws -> KeyValueHolder?? {
            while let update = try await watch.next() {
                switch update {
                case .entry(let entry):
                    let holder = KeyValueHolder(entry)
                    if let last, last?.id == holder?.id { continue }
                    last = .some(holder)
                    return .some(holder)
                case .initialStateComplete where last == nil:
                    last = .some(nil)
                    return .some(nil)
                case .initialStateComplete, .gap: continue
                }
            }
            return nil
        }
    }
}
