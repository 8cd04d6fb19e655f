import NATSClient
import Synchronization

/// The last values of a bucket's keys in the process's own memory, kept up to date by a watch: reading costs no round trip.
///
///     let cache = try kv.cache(["settings.>"])
///     try await cache.ready()
///     print(cache["settings.theme"]?.string ?? "nothing")
///
/// How old it may be is always visible: ``staleness`` is the time since the server last said something on the watch. It says something with each
/// change, and otherwise at every heartbeat, so that a cache that is up to date is no older than that. While the connection is away
/// the values stay, and ``staleness`` grows. When the watch has missed something, the cache compares its keys with the bucket's by itself.
///
/// The watch ends with ``stop()`` or the last reference. Keys that end by their age go from the cache only if the bucket has
/// ``KeyValueConfiguration/limitMarkerTTL``.
///
/// Source: ADR-58.
public final class KeyValueCache: Sendable {
    private let contents: KeyValueCacheContents
    private let watch: KeyValueWatch
    private let task: Task<Void, Never>

    init(_ access: KeyValueAccess, _ filters: [String], _ options: KeyValueWatchOptions) throws {
        let contents = KeyValueCacheContents()
        let watch = try KeyValueWatch(access, filters, options)
        self.contents = contents
        self.watch = watch
        task = Task { await contents.follow(watch, KeyValueReader(access: access), filters) }
    }

    deinit {
        watch.stop()
        task.cancel()
    }

    /// The key's value as far as the cache knows; nil when it has none. Doesn't wait.
    public subscript(key: String) -> KeyValueEntry? { contents.state.withLock { $0.entries[key] } }

    /// All keys with their values.
    public var entries: [String: KeyValueEntry] { contents.state.withLock { $0.entries } }

    /// The revision up to which the cache follows the bucket; 0 before the first.
    public var revision: UInt64 { contents.state.withLock { $0.revision } }

    /// Whether everything that was in the bucket at the beginning is there.
    public var isReady: Bool { contents.state.withLock { $0.isReady } }

    /// How long ago the server last said something: the values are those of then. Nil before the cache is ready.
    public var staleness: Duration? {
        contents.state.withLock { $0.isReady ? $0.heard.duration(to: .now) : nil }
    }

    /// Waits until everything that was in the bucket at the beginning is there.
    ///
    /// - Throws: what ended the watch, as ``KeyValueWatch``; ``NATSError/Code/connectionClosed`` after ``stop()`` and the connection's end;
    ///   `CancellationError`.
    public func ready() async throws { try await contents.ready() }

    /// Stops following the bucket. The values stay as they are.
    public func stop() { watch.stop() }
}

extension KeyValueReading {
    /// The values of keys in memory, kept up to date. See ``KeyValueCache``.
    ///
    /// - Parameters:
    ///   - filters: keys and patterns. Default: all keys.
    ///   - heartbeat: how often the server says that it is there. Default: 1 s.
    /// - Throws: ``NATSError/Code/invalidKey``; everything else is thrown by ``KeyValueCache/ready()``.
    public func cache(_ filters: [String] = [">"], heartbeat: Duration = .seconds(1)) throws -> KeyValueCache {
        var options = KeyValueWatchOptions()
        options.consume.idleHeartbeat = heartbeat
        return try KeyValueCache(access, filters, options)
    }
}

/// What a cache has, and the task that keeps it so.
final class KeyValueCacheContents: Sendable {
    struct State {
        var entries: [String: KeyValueEntry] = [:]
        var revision: UInt64 = 0
        var heard = ContinuousClock.now
        var isReady = false
        /// The watch has ended.
        var end: (any Error)?
        var waiters: [Int: CheckedContinuation<Void, any Error>] = [:]
        var nextWaiter = 0
    }

    let state = Mutex(State())

    func follow(_ watch: KeyValueWatch, _ bucket: KeyValueReader, _ filters: [String]) async {
        do {
            while let sign = try await watch.nextSign() {
                if case .update(.gap(let gap)) = sign {
                    try await recover(gap, bucket, filters)
                } else {
                    apply(sign)
                }
            }
            finish(NATSError(.connectionClosed, "the cache was stopped, or its connection was closed"))
        } catch {
            watch.stop()
            finish(error)
        }
    }

    private func apply(_ sign: KeyValueWatch.Sign) {
        var waiters: [CheckedContinuation<Void, any Error>] = []
        state.withLock { state in
            state.heard = .now
            switch sign {
            case .update(.entry(let entry)):
                // A value that is kept for long doesn't pin the memory into which it was received.
                state.entries[entry.key] = entry.isPresent ? entry.detached() : nil
                state.revision = entry.revision
            case .update(.initialStateComplete):
                state.isReady = true
                waiters = Array(state.waiters.values)
                state.waiters = [:]
            case .update(.gap), .idle: break
            }
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Forgets what the bucket doesn't have any more. New values come by the watch.
    private func recover(_ gap: KeyValueGap, _ bucket: KeyValueReader, _ filters: [String]) async throws {
        if gap.isNewBucket {
            return state.withLock { state in
                state.entries = [:]
                state.revision = 0
                state.isReady = false
            }
        }
        while true {
            do {
                let present = Set(try await bucket.keys(filters).all())
                return state.withLock { state in
                    state.entries = state.entries.filter { present.contains($0.key) }
                    state.heard = .now
                }
            } catch let error as NATSError where error.isRetryable {
                try await bucket.access.jetStream.connection.pause(.milliseconds(250))
            }
        }
    }

    private func finish(_ error: any Error) {
        let waiters = state.withLock { state in
            state.end = error
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume(throwing: error) }
    }

    func ready() async throws {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<Void, any Error>? = state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.isReady { return .success(()) }
                    if let end = state.end { return .failure(end) }
                    state.waiters[id] = continuation
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(throwing: CancellationError())
        }
    }
}

extension KeyValueEntry {
    /// The same in memory of its own.
    func detached() -> KeyValueEntry { KeyValueEntry(self, value: Payload(copying: value.span)) }
}
