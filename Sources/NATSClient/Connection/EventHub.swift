import Synchronization

/// Hands every event to every listener. A listener that doesn't read loses its oldest events beyond a bound.
final class EventHub: Sendable {
    private struct State {
        var listeners: [UInt64: AsyncStream<ConnectionEvent>.Continuation] = [:]
        var nextID: UInt64 = 0
        /// Replayed to whoever comes later.
        var lastStatus: ConnectionEvent = .status(.connecting)
        /// The server of the present connection, if there is one; replayed, too.
        var connectedServer: String?
        var closed: ConnectionEvent?
    }

    private let state = Mutex(State())

    /// A stream that begins with the current status and, while connected, with the server.
    func listen() -> AsyncStream<ConnectionEvent> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: ConnectionEvent.self, bufferingPolicy: .bufferingNewest(ClientDefaults.eventsBufferedMax))
        let closed = state.withLock { state in
            if state.closed == nil {
                let id = state.nextID
                state.nextID += 1
                state.listeners[id] = continuation
                continuation.onTermination = { [weak self] _ in self?.remove(id) }
            }
            // Under the lock, so that no newer event overtakes it.
            continuation.yield(state.lastStatus)
            if let server = state.connectedServer { continuation.yield(.connected(server: server)) }
            return state.closed
        }
        if let closed {
            continuation.yield(closed)
            continuation.finish()
        }
        return stream
    }

    func emit(_ event: ConnectionEvent) {
        let listeners = state.withLock { state in
            switch event {
            case .status: state.lastStatus = event
            case .connected(let server), .reconnected(let server): state.connectedServer = server
            case .disconnected: state.connectedServer = nil
            default: break
            }
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.yield(event) }
    }

    /// The last event of all.
    func finish(_ event: ConnectionEvent) {
        let listeners = state.withLock { state in
            state.closed = event
            state.connectedServer = nil
            defer { state.listeners.removeAll() }
            return Array(state.listeners.values)
        }
        for listener in listeners {
            listener.yield(event)
            listener.finish()
        }
    }

    private func remove(_ id: UInt64) {
        _ = state.withLock { $0.listeners.removeValue(forKey: id) }
    }
}

/// The events of one connection, for one listener. Begins with the current status; bounded to the newest 256 events
/// for a listener that doesn't read.
public struct ConnectionEvents: AsyncSequence, Sendable {
    public typealias Element = ConnectionEvent
    let stream: AsyncStream<ConnectionEvent>

    public func makeAsyncIterator() -> AsyncStream<ConnectionEvent>.Iterator { stream.makeAsyncIterator() }
}
