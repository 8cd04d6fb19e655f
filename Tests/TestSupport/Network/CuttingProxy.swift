import Glibc
import Synchronization

/// A TCP proxy that harms connections at an exact byte.
///
/// The n-th accepted connection suffers the n-th list of cuts; later ones pass through. One thread forwards all links;
/// it ends with `stop()`. A cut takes effect as soon as exactly `afterBytes` bytes were forwarded in its direction: not
/// one byte more reaches the other side.
package final class CuttingProxy: Sendable {
    package enum Direction: Sendable, CaseIterable {
        case clientToServer
        case serverToClient
    }

    package enum Effect: Sendable, Equatable {
        /// FIN to both sides. Both can read what was forwarded; what they send from now on is discarded.
        case finish
        /// RST to the client. The server gets a FIN, so that it still reads every forwarded byte.
        case reset
        /// Nothing is read in this direction any more: its sender runs into backpressure. The other direction lives.
        case stall
        /// Both directions are read and discarded: both sides believe in a live connection.
        case blackhole
        /// From here on, chunks of this size with a pause after each.
        case drip(chunkSize: Int, interval: Duration)
    }

    package struct Cut: Sendable {
        package var direction: Direction
        package var afterBytes: Int
        package var effect: Effect

        package init(_ direction: Direction, afterBytes: Int, _ effect: Effect) {
            self.direction = direction
            self.afterBytes = afterBytes
            self.effect = effect
        }
    }

    /// What happened on one connection so far.
    package struct LinkReport: Sendable {
        /// Bytes that the other side was given.
        package internal(set) var forwarded: [Direction: Int] = [.clientToServer: 0, .serverToClient: 0]
        /// The bytes themselves, when the proxy was made with `isCapturing`.
        package internal(set) var captured: [Direction: [UInt8]] = [.clientToServer: [], .serverToClient: []]
        /// The cuts that took effect.
        package internal(set) var appliedCuts = 0
        /// Both sockets are closed.
        package internal(set) var isClosed = false
    }

    /// The port on 127.0.0.1 for clients.
    package let port: UInt16

    let isCapturing: Bool
    let tap: (any ProxyTap)?
    private let wake: WakePipe
    private let state: Mutex<State>
    private let thread = Mutex<TestThread?>(nil)

    struct State {
        var upstreamPort: UInt16
        var cuts: [[Cut]]
        var reports: [LinkReport] = []
        var orders: [Effect] = []
        var isRefusing = false
        var isPartitioned = false
        var isStopped = false
    }

    /// - Parameters:
    ///   - upstreamPort: the server's port on 127.0.0.1.
    ///   - cuts: by connection, in the order of acceptance.
    ///   - isCapturing: keep the forwarded bytes, to learn offsets from an unharmed run.
    ///   - tap: is told of every byte before it is forwarded.
    package init(
        upstreamPort: UInt16, cuts: [[Cut]] = [], isCapturing: Bool = false, tap: (any ProxyTap)? = nil
    ) throws {
        self.isCapturing = isCapturing
        self.tap = tap
        state = Mutex(State(upstreamPort: upstreamPort, cuts: cuts))
        wake = try WakePipe()
        let listener = try Socket.listen()
        port = listener.port
        let wake = wake
        let thread = TestThread(name: "test-proxy") { [self] in
            ProxyLoop(proxy: self, listener: Socket(owning: listener.descriptor), wake: wake).run()
        }
        self.thread.withLock { $0 = thread }
    }

    /// `nats://127.0.0.1:port`
    package var url: String { "nats://127.0.0.1:\(port)" }

    /// What happened so far, by connection.
    package var links: [LinkReport] { withState { $0.reports } }

    /// Later connections go to this port: for a server that came back elsewhere.
    package func setUpstream(port: UInt16) { withState { $0.upstreamPort = port } }

    /// While true, connections are accepted and reset at once.
    package func setRefusing(_ isRefusing: Bool) { withState { $0.isRefusing = isRefusing } }

    /// While true, nothing is forwarded in either direction and nothing is closed, as in a network that drops packets:
    /// senders run into backpressure, and new connections get no answer. Healed, every link goes on with the next byte.
    ///
    /// A chunk that the proxy is just moving may still pass.
    package func setPartitioned(_ isPartitioned: Bool) {
        withState { $0.isPartitioned = isPartitioned }
        wake.wake()
    }

    /// The next connection suffers these cuts, instead of those that it was to suffer.
    package func harmNext(_ cuts: [Cut]) {
        withState { state in
            let next = state.reports.count
            while state.cuts.count <= next { state.cuts.append([]) }
            state.cuts[next] = cuts
        }
    }

    /// Harms every live link now.
    package func harmAll(_ effect: Effect) {
        withState { $0.orders.append(effect) }
        wake.wake()
    }

    /// Ends the thread and resets what is still open.
    package func stop() {
        withState { $0.isStopped = true }
        wake.wake()
        thread.withLock { $0 }?.join()
    }

    func withState<Value: Sendable>(_ change: (inout State) -> Value) -> Value { state.withLock { change(&$0) } }
}

/// Listens to what passes a proxy: before it is forwarded, and also when it never gets that far. Called on the proxy's thread;
/// links are numbered as in ``CuttingProxy/links``.
package protocol ProxyTap: Sendable {
    func read(_ bytes: ArraySlice<UInt8>, _ direction: CuttingProxy.Direction, link: Int)
    /// Both sockets are closed.
    func closed(link: Int)
}

/// Runs `body` beside a proxy, which is always stopped.
@discardableResult
package func withCuttingProxy<Value>(
    to upstreamPort: UInt16, cuts: [[CuttingProxy.Cut]] = [], isCapturing: Bool = false,
    _ body: (CuttingProxy) async throws -> Value
) async throws -> Value {
    let proxy = try CuttingProxy(upstreamPort: upstreamPort, cuts: cuts, isCapturing: isCapturing)
    defer { proxy.stop() }
    return try await body(proxy)
}
