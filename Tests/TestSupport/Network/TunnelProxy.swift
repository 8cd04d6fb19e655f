import Glibc
import Synchronization

/// A proxy for tunnels: HTTP CONNECT or SOCKS5, with or without credentials. Whatever name a client asks for, it is connected to
/// that port on 127.0.0.1; the proxy remembers the name. Ends with `stop()`.
package final class TunnelProxy: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case http
        case socks5
    }

    /// How it answers who asks for a tunnel.
    package enum Manner: Sendable {
        case helpful
        /// HTTP 403, SOCKS5 "not allowed by its rules".
        case refusing
        /// Takes the connection and says nothing.
        case silent
        /// Ends the connection instead of an answer.
        case closing
    }

    package struct Credentials: Sendable, Equatable {
        package var user: String
        package var password: String

        package init(user: String, password: String) {
            self.user = user
            self.password = password
        }
    }

    package let kind: Kind
    package let port: UInt16
    let manner: Manner
    let credentials: Credentials?
    let wake: WakePipe
    private let state = Mutex<(targets: [String], threads: [TestThread])>(([], []))
    private let acceptThread = Mutex<TestThread?>(nil)

    package init(_ kind: Kind, manner: Manner = .helpful, credentials: Credentials? = nil) throws {
        self.kind = kind
        self.manner = manner
        self.credentials = credentials
        wake = try WakePipe()
        let listener = try Socket.listen()
        port = listener.port
        let thread = TestThread(name: "test-tunnels") { [self] in acceptLoop(Socket(owning: listener.descriptor)) }
        acceptThread.withLock { $0 = thread }
    }

    /// What clients asked for, each as `host:port`, in order.
    package var targets: [String] { state.withLock { $0.targets } }

    /// Without credentials.
    package var url: String { "\(kind.rawValue)://127.0.0.1:\(port)" }

    /// Ends all tunnels and threads.
    package func stop() {
        wake.wake()
        acceptThread.withLock { $0 }?.join()
        for thread in state.withLock({ $0.threads }) { thread.join() }
    }

    func note(target: String) { state.withLock { $0.targets.append(target) } }

    private func acceptLoop(_ listener: Socket) {
        while wait(for: POLLIN, on: listener, wake: wake, until: .now.advanced(by: .seconds(3600))) == .ready {
            guard let accepted = listener.acceptDescriptor() else { continue }
            let thread = TestThread(name: "test-tunnel") { [self] in
                Tunnel(proxy: self, client: Socket(owning: accepted)).run()
            }
            state.withLock { $0.threads.append(thread) }
        }
    }
}

/// Runs `body` beside a proxy, which is always stopped.
@discardableResult
package func withTunnelProxy<Value>(
    _ kind: TunnelProxy.Kind, manner: TunnelProxy.Manner = .helpful, credentials: TunnelProxy.Credentials? = nil,
    _ body: (TunnelProxy) async throws -> Value
) async throws -> Value {
    let proxy = try TunnelProxy(kind, manner: manner, credentials: credentials)
    defer { proxy.stop() }
    return try await body(proxy)
}
