import NATSClient

extension KeyValueReading {
    /// The keys that the bucket has, each once, without removed ones. Asked for as it is iterated; each iteration begins anew.
    ///
    ///     for try await key in try kv.keys(["users.*"]) { … }
    ///
    /// A key that is made or removed meanwhile may or may not be among them; every other one is, unless others overwrite it faster than
    /// the keys are read.
    ///
    /// - Parameter filters: keys and patterns. Default: all keys.
    /// - Throws: ``NATSError/Code/invalidKey``; when iterated, as ``KeyValueWatch``, and ``NATSError/Code/timedOut`` when the server says
    ///   nothing for as long as ``JetStream/timeout``.
    ///
    /// Cost: the names of all keys stay in memory while it is iterated, to tell repetitions; values aren't sent.
    public func keys(_ filters: [String] = [">"]) throws -> KeyValueKeys {
        _ = try access.subjects(matching: filters)
        return KeyValueKeys(access: access, filters: filters)
    }

    /// The revisions of a key that are kept, the oldest first, those that removed it among them. At most 64.
    ///
    /// - Throws: ``NATSError/Code/invalidKey``; ``NATSError/Code/bucketNotFound``; ``NATSError/Code/timedOut``; as ``KeyValueWatch``.
    public func history(_ key: String) async throws -> [KeyValueEntry] {
        _ = try access.subject(reading: key)
        var options = KeyValueWatchOptions()
        options.includesHistory = true
        var entries: [KeyValueEntry] = []
        try await forEachInitial(in: [key], options) { entry in
            if let entry { entries.append(entry) } else { entries = [] }
        }
        return entries
    }

    /// Calls `body` with all that a watch finds when it begins; with nil when what came before is void, since it is another bucket.
    ///
    /// - Throws: ``NATSError/Code/timedOut`` when nothing is said for as long as a call may take; otherwise as the watch.
    func forEachInitial(
        in filters: [String], _ options: KeyValueWatchOptions, _ body: (KeyValueEntry?) throws -> Void
    ) async throws {
        let watch = try watch(filters, options: options)
        defer { watch.stop() }
        while let sign = try await watch.nextSign(timeout: access.jetStream.timeout) {
            switch sign {
            case .update(.entry(let entry)): try body(entry)
            case .update(.initialStateComplete): return
            case .update(.gap(let gap)): if gap.isNewBucket { try body(nil) }
            case .idle: break
            }
        }
        throw NATSError(.connectionClosed, "the connection was closed while \(access.concerns) was read")
    }
}

/// The keys of a bucket.
public struct KeyValueKeys: AsyncSequence, Sendable {
    let access: KeyValueAccess
    let filters: [String]

    /// Goes over the keys.
    public struct Iterator: AsyncIteratorProtocol {
        private let keys: KeyValueKeys
        private var watch: KeyValueWatch?
        private var isOver = false
        private var seen: Set<String> = []

        init(_ keys: KeyValueKeys) { self.keys = keys }

        public mutating func next() async throws -> String? {
            if isOver { return nil }
            let watch = try self.watch ?? start()
            while true {
                switch try await watch.nextSign(timeout: keys.access.jetStream.timeout) {
                case .update(.entry(let entry)):
                    if entry.isPresent, seen.insert(entry.key).inserted { return entry.key }
                case .update(.gap), .idle: continue
                case .update(.initialStateComplete):
                    isOver = true
                    watch.stop()
                    return nil
                case nil:
                    throw NATSError(
                        .connectionClosed, "the connection was closed while the keys of \(keys.access.concerns) were read")
                }
            }
        }

        private mutating func start() throws -> KeyValueWatch {
            var options = KeyValueWatchOptions()
            options.isMetaOnly = true
            let watch = try KeyValueWatch(keys.access, keys.filters, options)
            self.watch = watch
            return watch
        }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(self) }

    /// All keys at once.
    public func all() async throws -> [String] {
        var all: [String] = []
        for try await key in self { all.append(key) }
        return all
    }
}
