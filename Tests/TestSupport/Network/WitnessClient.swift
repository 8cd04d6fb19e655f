import Glibc
import Synchronization

/// Listens to a server by protocol code of its own, to say what the server has routed. It comes back when the server does.
///
/// What a server has processed before it answers a PING of the witness has reached the witness with the answer: the server
/// writes both to the same connection.
package final class WitnessClient: Sendable {
    /// A message's subject and payload.
    package typealias Handler = @Sendable (_ subject: ArraySlice<UInt8>, _ payload: ArraySlice<UInt8>) -> Void

    private struct State {
        var isListening = false
        var isStopped = false
        var asked = 0
        var answered = 0
        var losses = 0
    }

    private let port: @Sendable () -> UInt16
    private let greeting: String
    private let handler: Handler
    private let wake: WakePipe
    private let state = Mutex(State())
    private let thread = Mutex<TestThread?>(nil)

    /// - Parameter connect: the JSON of CONNECT.
    package init(
        port: @escaping @Sendable () -> UInt16, connect: String, subject: String, handler: @escaping Handler
    ) throws {
        self.port = port
        self.handler = handler
        greeting = "CONNECT \(connect)\r\nSUB \(subject) 1\r\nPING\r\n"
        wake = try WakePipe()
        let thread = TestThread(name: "test-witness") { [self] in run() }
        self.thread.withLock { $0 = thread }
    }

    /// The server knows the subscription.
    package var isListening: Bool { state.withLock { $0.isListening } }

    /// How often an established connection was lost.
    package var losses: Int { state.withLock { $0.losses } }

    /// Asks the server for a sign that it has sent everything so far.
    ///
    /// - Returns: what `answered` reaches with the answer.
    package func askForFence() -> Int {
        defer { wake.wake() }
        return state.withLock { state in
            state.asked += 1
            return state.asked
        }
    }

    /// The fences that are passed.
    package var answered: Int { state.withLock { $0.answered } }

    package func stop() {
        state.withLock { $0.isStopped = true }
        wake.wake()
        thread.withLock { $0 }?.join()
    }

    private func run() {
        while !state.withLock({ $0.isStopped }) {
            if let socket = try? Socket.connect(port: port()) { listen(socket) }
            let wasListening = state.withLock { state in
                defer { state.isListening = false }
                if state.isListening, !state.isStopped { state.losses += 1 }
                return state.isListening
            }
            if !wasListening { _ = pause(until: .now.advanced(by: .milliseconds(50)), wake: wake) }
            wake.drain()
        }
    }

    private func listen(_ socket: Socket) {
        var scanner = FrameScanner()
        // The first answer is that to the greeting: it stands for every fence that was asked for until then.
        var (sent, expected) = (state.withLock { $0.asked }, [state.withLock { $0.asked }])
        guard socket.write(Array(greeting.utf8)[...]) == greeting.utf8.count else { return }
        while true {
            let result = wait(for: POLLIN, on: socket, wake: wake, until: .now.advanced(by: .seconds(10)))
            if result == .stopped {
                wake.drain()
                let (isStopped, asked) = state.withLock { ($0.isStopped, $0.asked) }
                if isStopped { return }
                while sent < asked {
                    sent += 1
                    expected.append(sent)
                    guard socket.write(Array("PING\r\n".utf8)[...]) == 6 else { return }
                }
                continue
            }
            guard result == .ready else { continue }
            switch socket.read(atMost: 1 << 17) {
            case .bytes(let bytes):
                var isPinged = false
                scanner.feed(bytes[...]) { frame in
                    switch frame.verb {
                    case "MSG": handler(frame.words[1], frame.payload)
                    case "PING": isPinged = true
                    case "PONG" where !expected.isEmpty: passed(expected.removeFirst())
                    default: break
                    }
                }
                if isPinged, socket.write(Array("PONG\r\n".utf8)[...]) == nil { return }
            case .wouldBlock: continue
            case .end, .failed: return
            }
        }
    }

    private func passed(_ fence: Int) {
        state.withLock { state in
            state.isListening = true
            state.answered = max(state.answered, fence)
        }
    }
}
