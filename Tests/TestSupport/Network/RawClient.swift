import Glibc
import Synchronization

/// A connection to a server without a client in between: bytes out, and what comes back up to a mark.
///
/// Blocks a thread of its own while it waits, never one of Swift's pool.
package final class RawClient: Sendable {
    /// How the reading ended.
    package enum End: Sendable { case found, closed, timedOut }

    private struct State {
        var socket: Socket
        var received: [UInt8] = []
    }

    private let state: Mutex<State>

    package init(port: UInt16) throws {
        state = try Mutex(State(socket: Socket.connect(port: port)))
    }

    /// Sends bytes; then reads until `mark` has come, behind all that was returned before, or the server has ended the connection.
    package func exchange(_ bytes: [UInt8], until mark: [UInt8], within limit: Duration = .seconds(30)) async -> (
        text: [UInt8], end: End
    ) {
        await withCheckedContinuation { continuation in
            let thread = TestThread(name: "raw-client") { [self] in
                continuation.resume(returning: state.withLock { Self.run(&$0, bytes, mark, limit) })
            }
            _ = thread
        }
    }

    private static func run(
        _ state: inout sending State, _ bytes: [UInt8], _ mark: [UInt8], _ limit: Duration
    ) -> (text: [UInt8], end: End) {
        let deadline = ContinuousClock.now + limit
        var unsent = bytes[...]
        var isOver = false
        while true {
            if let end = state.received.end(of: mark) {
                defer { state.received.removeFirst(end) }
                return (Array(state.received[..<end]), .found)
            }
            if isOver || ContinuousClock.now > deadline {
                defer { state.received = [] }
                return (state.received, isOver ? .closed : .timedOut)
            }
            if !unsent.isEmpty {
                // A server that has gone still has something to say.
                unsent = state.socket.write(unsent).map { unsent.dropFirst($0) } ?? []
            }
            var entry = pollfd(fd: state.socket.descriptor, events: Int16(unsent.isEmpty ? POLLIN : POLLIN | POLLOUT), revents: 0)
            _ = unsafe poll(&entry, 1, pollTimeout(until: deadline))
            switch state.socket.read(atMost: 65_536) {
            case .bytes(let more): state.received += more
            case .wouldBlock: break
            case .end, .failed: isOver = true
            }
        }
    }
}

extension [UInt8] {
    /// The place behind the first `part`.
    fileprivate func end(of part: [UInt8]) -> Int? {
        guard !part.isEmpty, count >= part.count else { return nil }
        for start in 0...(count - part.count) where self[start..<start + part.count].elementsEqual(part) {
            return start + part.count
        }
        return nil
    }
}
