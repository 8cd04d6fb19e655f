internal import NATSProtocol
import Synchronization

/// What happens to a consumption beside messages. Nothing of it needs an answer: the client has done what follows.
public enum ConsumerEvent: Sendable, Hashable {
    /// The connection was lost: what was asked for is void.
    case connectionLost
    /// The connection is there again: everything was asked for anew.
    case connectionEstablished
    /// Nothing came for two heartbeats; everything was asked for anew.
    case heartbeatsMissed
    /// Nobody answers for the consumer at the moment; it is asked again, with growing pauses.
    case unanswered(times: Int)
    /// Too many requests wait at the consumer; it is asked again later.
    case maximumWaitingExceeded
    /// The consumer allows less than was asked for in one request (its `maximumRequest…` settings); it is asked for less.
    case limitExceeded
    /// The consumer has a new leader, or its server goes; everything was asked for anew.
    case leadershipChanged
    /// This client is the pinned one of its priority group: it gets everything.
    case pinned(id: String)
    /// It isn't any more.
    case unpinned
    /// The server said something that this version doesn't know; it is asked again later.
    case unknownStatus
    /// The consumer of an ordered reader is there, under this name: the first one, or the next behind one that was lost.
    case recreated(name: String)

    init(_ report: PullReport) {
        self =
            switch report {
            case .heartbeatsMissed: .heartbeatsMissed
            case .unanswered(let times): .unanswered(times: times)
            case .maximumWaitingExceeded: .maximumWaitingExceeded
            case .limitExceeded: .limitExceeded
            case .leadershipChanged: .leadershipChanged
            case .pinned(let id): .pinned(id: id)
            case .unpinned: .unpinned
            case .unknownStatus: .unknownStatus
            }
    }
}

/// The events of one consumption, for one listener: from the moment on at which it was asked for, bounded to the newest 256 for a
/// listener that doesn't read, until the consumption ends.
public struct ConsumerEvents: AsyncSequence, Sendable {
    public typealias Element = ConsumerEvent
    let stream: AsyncStream<ConsumerEvent>

    public func makeAsyncIterator() -> AsyncStream<ConsumerEvent>.Iterator { stream.makeAsyncIterator() }
}

/// Hands every event to every listener.
final class ConsumerEventHub: Sendable {
    private struct State {
        var listeners: [Int: AsyncStream<ConsumerEvent>.Continuation] = [:]
        var nextID = 0
        var isFinished = false
    }

    private let state = Mutex(State())

    func listen() -> ConsumerEvents {
        let (stream, continuation) = AsyncStream.makeStream(of: ConsumerEvent.self, bufferingPolicy: .bufferingNewest(256))
        let isFinished = state.withLock { state in
            guard !state.isFinished else { return true }
            let id = state.nextID
            state.nextID += 1
            state.listeners[id] = continuation
            continuation.onTermination = { [weak self] _ in self?.remove(id) }
            return false
        }
        if isFinished { continuation.finish() }
        return ConsumerEvents(stream: stream)
    }

    func emit(_ event: ConsumerEvent) {
        let listeners = state.withLock { Array($0.listeners.values) }
        for listener in listeners { listener.yield(event) }
    }

    func finish() {
        let listeners = state.withLock { state in
            state.isFinished = true
            defer { state.listeners.removeAll() }
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.finish() }
    }

    private func remove(_ id: Int) { _ = state.withLock { $0.listeners.removeValue(forKey: id) } }
}
