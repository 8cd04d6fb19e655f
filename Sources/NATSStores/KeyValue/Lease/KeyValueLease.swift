import NATSClient
internal import NATSProtocol
import Synchronization

/// How a lock or leadership is held.
public struct KeyValueLeaseOptions: Sendable {
    /// How long the key lives without a sign of its holder; at least a second. A holder that is gone is followed by another after so
    /// long. Default: 15 s.
    public var duration: Duration = .seconds(15)
    /// How often the holder gives a sign. Nil: a third of ``duration``.
    public var renewInterval: Duration?

    /// The defaults, and what is said otherwise.
    public init(duration: Duration = .seconds(15)) { self.duration = duration }

    var interval: Duration { renewInterval ?? duration / 3 }

    /// Of the key. Servers drop fractions of seconds, and a lease mustn't outlive its key.
    var timeToLive: TimeToLive {
        let (seconds, fraction) = duration.components
        return .after(.seconds(max(1, seconds + (fraction > 0 ? 1 : 0))))
    }
}

/// A lock, or leadership, while it is held.
///
/// **Fencing.** ``token`` is the revision with which the lease began. It is greater than that of every holder before, so whoever is told of it
/// can refuse those who have lost theirs without knowing. ``put(_:_:)`` has the server do it: what it writes is stored only as long as the lease
/// is held.
public final class KeyValueLease: Sendable {
    private enum Phase {
        case held(revision: UInt64, until: ContinuousClock.Instant)
        case lost
    }

    private struct State {
        var phase: Phase
    }

    /// The bucket.
    public let store: KeyValueStore
    /// The key that stands for the lock.
    public let key: String
    /// Who holds it, as it was said.
    public var owner: String { record.owner }
    /// The revision with which the lease began. See above.
    public let token: UInt64
    private let record: LeaseRecord
    private let state: Mutex<State>

    init(_ store: KeyValueStore, key: String, _ record: LeaseRecord, revision: UInt64, until end: ContinuousClock.Instant) {
        self.store = store
        self.key = key
        token = record.token ?? revision
        self.record = LeaseRecord(owner: record.owner, id: record.id, token: token)
        state = Mutex(State(phase: .held(revision: revision, until: end)))
    }

    /// Whether it is held at this moment, as far as can be known here: nobody else holds it before this is false, unless this process
    /// was stopped between asking and acting. For that there is ``token``.
    public var isHeld: Bool { revision != nil }

    /// Gives a key of the same bucket a value, if the lease is held when the server stores it: compare and set on the lock's own key.
    ///
    /// - Throws: ``NATSError/Code/leaseLost``: nothing was stored; otherwise as ``KeyValueStore/put(_:_:)-(_,String)``.
    @discardableResult
    public func put(_ key: String, _ value: some Collection<UInt8> & Sendable) async throws -> UInt64 {
        let lock = try store.access.subject(reading: self.key)
        let bytes = Array(value)
        while let revision {
            do {
                let options = PublishOptions(expecting: .lastSubjectSequence(revision, of: lock))
                return try await store.write(key, bytes, options)
            } catch let error as NATSError where error.meansWrongRevision {
                // It may have been renewed at the same time.
                if self.revision == revision {
                    guard await findOurs(store) != nil else { break }
                }
            }
        }
        throw lost
    }

    /// Gives a key of the same bucket a text, if the lease is held when the server stores it. As ``put(_:_:)-(_,Collection<UInt8>)``.
    @discardableResult
    public func put(_ key: String, _ text: String) async throws -> UInt64 { try await put(key, Array(text.utf8)) }

    var lost: NATSError { NATSError(.leaseLost, "'\(key)' of bucket '\(store.bucket)' isn't held any more") }

    /// Nil when it isn't held.
    private var revision: UInt64? { holding?.revision }

    /// The key's revision, and how long it is held at least; nil when it isn't.
    private var holding: (revision: UInt64, remaining: Duration)? {
        state.withLock { state in
            guard case .held(let revision, let end) = state.phase else { return nil }
            let remaining = ContinuousClock.now.duration(to: end)
            return remaining > .zero ? (revision, remaining) : nil
        }
    }
}

extension NATSError.Code {
    /// A lock or leadership isn't held any more: it wasn't renewed in time, or the key was removed.
    public static let leaseLost = Self("leaseLost")
}

// MARK: - Holding

extension KeyValueLease {
    /// Gives signs of its holder until it is lost, or the task is cancelled.
    func keep(_ options: KeyValueLeaseOptions) async throws {
        while true {
            try await store.access.jetStream.connection.pause(Swift.min(options.interval, holding?.remaining ?? .zero))
            guard let (revision, remaining) = holding else { break }
            let end = ContinuousClock.now.advanced(by: options.duration)
            // Who doesn't answer in time isn't waited for any longer: others may have it then.
            let hurried = store.answering(within: remaining)
            do {
                let renewed = try await hurried.update(key, bytes: record.json, revision, options.timeToLive)
                held(renewed, until: end)
            } catch let error as NATSError where error.code == .wrongRevision {
                // A renewal may have been stored although nobody said so.
                guard await findOurs(hurried) != nil else { break }
            } catch let error as NATSError where error.isRetryable {
                // There is time until the lease ends.
            }
        }
        state.withLock { $0.phase = .lost }
    }

    /// Lets others have it. Says nothing when nobody answers: then it ends by itself.
    func release() async {
        guard
            let revision = state.withLock({ state -> UInt64? in
                guard case .held(let revision, _) = state.phase else { return nil }
                state.phase = .lost
                return revision
            })
        else { return }
        // Also in a cancelled task.
        await Task { try? await remove(revision) }.value
    }

    private func remove(_ revision: UInt64) async throws {
        do {
            try await store.delete(key, revision: revision)
        } catch let error as NATSError where error.code == .wrongRevision {
            // A renewal may have been under way when the body ended.
            guard let entry = try await store.get(key, source: .leader), LeaseRecord(entry)?.id == record.id else { return }
            try await store.delete(key, revision: entry.revision)
        }
    }

    private func held(_ revision: UInt64, until end: ContinuousClock.Instant) {
        state.withLock { state in
            guard case .held(_, let earlier) = state.phase else { return }
            state.phase = .held(revision: revision, until: max(earlier, end))
        }
    }

    /// The revision under which the key is ours; nil when it isn't.
    private func findOurs(_ store: KeyValueStore) async -> UInt64? {
        guard let entry = try? await store.get(key, source: .leader), LeaseRecord(entry)?.id == record.id else { return nil }
        state.withLock { state in
            guard case .held(_, let end) = state.phase else { return }
            state.phase = .held(revision: entry.revision, until: end)
        }
        return revision
    }
}
