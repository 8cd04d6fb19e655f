import Glibc
import Synchronization
package import Testing

/// A TCP server that follows a script byte for byte: what a real nats-server doesn't do.
///
/// The n-th accepted connection follows the n-th script, on a thread of its own. A script that has come to its end
/// leaves the connection open and records what comes, until the client closes or the server stops. Every expectation
/// has a deadline; one that fails ends its connection with RST and is recorded.
package final class ScriptedServer: Sendable {
    /// What happens to connections for which there is no script.
    package enum AfterLastScript: Sendable {
        /// The port is closed: connection refused.
        case refuse
        /// They follow the last script.
        case repeatLast
        /// They follow the last script, and the client may hang up anywhere in it: one that reconnects until its test ends.
        case repeatLastUntilHangUp
    }

    /// The port on 127.0.0.1.
    package let port: UInt16

    let scripts: [[ScriptStep]]
    let afterLastScript: AfterLastScript
    let stepDeadline: Duration
    let wake: WakePipe
    private let state = Mutex(State())
    private let acceptThread: Mutex<TestThread?> = Mutex(nil)

    private struct State {
        var connections: [ConnectionRecord] = []
        var threads: [TestThread] = []
    }

    /// What one connection has seen.
    package struct ConnectionRecord: Sendable {
        /// Every byte that the client sent.
        package internal(set) var received: [UInt8] = []
        /// All steps were done.
        package internal(set) var isScriptDone = false
        /// The client has closed its side, or the connection broke.
        package internal(set) var isClosedByClient = false
        /// The first expectation that failed.
        package internal(set) var failure: String?

        /// What the client sent, as text.
        package var text: String { String(decoding: received, as: UTF8.self) }
    }

    package init(
        _ scripts: [[ScriptStep]], afterLastScript: AfterLastScript = .refuse,
        stepDeadline: Duration = .seconds(30)
    ) throws {
        self.scripts = scripts
        self.afterLastScript = afterLastScript
        self.stepDeadline = stepDeadline
        wake = try WakePipe()
        let listener = try Socket.listen()
        port = listener.port
        let thread = TestThread(name: "test-accept") { [self] in acceptLoop(listener: listener.descriptor) }
        acceptThread.withLock { $0 = thread }
    }

    /// What the connections have seen so far, in the order in which they were accepted.
    package var connections: [ConnectionRecord] { state.withLock { $0.connections } }

    /// `nats://127.0.0.1:port`
    package var url: String { "nats://127.0.0.1:\(port)" }

    /// Waits until every script is done or has failed; fails the test when that takes longer than `limit`.
    package func finish(
        within limit: Duration = .seconds(30), sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await eventually("all scripts done", within: limit, sourceLocation: sourceLocation) {
            let connections = connections
            return connections.count >= scripts.count
                && connections.allSatisfy { $0.isScriptDone || $0.failure != nil }
        }
    }

    /// Ends all connections and threads. A step that was waiting is not a failure.
    package func stop() {
        wake.wake()
        acceptThread.withLock { $0 }?.join()
        for thread in state.withLock({ $0.threads }) { thread.join() }
    }

    func updateConnection(_ index: Int, _ change: (inout ConnectionRecord) -> Void) {
        state.withLock { change(&$0.connections[index]) }
    }

    private func acceptLoop(listener descriptor: Int32) {
        let listener = Socket(owning: descriptor)
        while true {
            let count = state.withLock { $0.connections.count }
            guard let script = script(forConnection: count) else { return }
            let end = ContinuousClock.now.advanced(by: .seconds(3600))
            guard wait(for: POLLIN, on: listener, wake: wake, until: end) == .ready else { return }
            guard let connection = listener.acceptDescriptor() else { continue }
            state.withLock { state in
                state.connections.append(ConnectionRecord())
                state.threads.append(
                    TestThread(name: "test-script") { [self] in
                        let run = ScriptRun(server: self, index: count, socket: Socket(owning: connection))
                        run.perform(script)
                    })
            }
        }
    }

    private func script(forConnection index: Int) -> [ScriptStep]? {
        if index < scripts.count { return scripts[index] }
        return afterLastScript == .refuse ? nil : scripts.last
    }
}

extension ScriptedServer {
    /// An INFO line as a plain server sends it. `extraFields` is JSON text like `"lame_duck_mode":true`.
    package static func info(
        maximumPayload: Int = 1_048_576, supportsHeaders: Bool = true, extraFields: String = ""
    ) -> String {
        let extra = extraFields.isEmpty ? "" : "," + extraFields
        return """
            INFO {"server_id":"SCRIPT","server_name":"script","version":"2.15.0","proto":1,"go":"go1.24",\
            "host":"127.0.0.1","port":4222,"headers":\(supportsHeaders),"max_payload":\(maximumPayload),\
            "client_id":7,"client_ip":"127.0.0.1"\(extra)}\r\n
            """
    }

    package static let defaultINFO = info()
}

/// Runs `body` beside a scripted server, which is always stopped; records every failed expectation as an issue.
@discardableResult
package func withScriptedServer<Value>(
    _ scripts: [ScriptStep]...,
    afterLastScript: ScriptedServer.AfterLastScript = .refuse,
    stepDeadline: Duration = .seconds(30),
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: (ScriptedServer) async throws -> Value
) async throws -> Value {
    let server = try ScriptedServer(scripts, afterLastScript: afterLastScript, stepDeadline: stepDeadline)
    defer {
        server.stop()
        for (index, connection) in server.connections.enumerated() {
            guard let failure = connection.failure else { continue }
            let mayHangUp = afterLastScript == .repeatLastUntilHangUp && index >= scripts.count
            if mayHangUp, failure == ScriptRun.hangUp { continue }
            Issue.record("scripted server, connection \(index): \(failure)", sourceLocation: sourceLocation)
        }
    }
    return try await body(server)
}
