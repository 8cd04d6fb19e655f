import Glibc

/// One proxied connection: two directions, each with at most one buffer in flight.
final class ProxyLink {
    private enum Mode {
        case forwarding
        /// Reads and discards: until both sides ended (after FIN), or for ever (blackhole).
        case discarding(until: ContinuousClock.Instant?)
        /// The client's socket has its RST; the server may still read and is read from until it ends, too.
        case clientReset(until: ContinuousClock.Instant)
    }

    /// How long an ended link waits for the ends of its peers.
    private static let lingerLimit = Duration.seconds(2)

    private let proxy: CuttingProxy
    private let index: Int
    private var report = CuttingProxy.LinkReport()
    private var sockets: (client: Socket, server: Socket)?
    private var mode = Mode.forwarding
    private let upstream: ProxyFlow
    private let downstream: ProxyFlow

    init(proxy: CuttingProxy, index: Int, client: Socket, server: Socket, cuts: [CuttingProxy.Cut]) {
        self.proxy = proxy
        self.index = index
        sockets = (client, server)
        func makeFlow(_ direction: CuttingProxy.Direction) -> ProxyFlow {
            ProxyFlow(
                cuts: cuts.filter { $0.direction == direction }, isCapturing: proxy.isCapturing,
                tap: proxy.tap.map { tap in { bytes in tap.read(bytes, direction, link: index) } })
        }
        upstream = makeFlow(.clientToServer)
        downstream = makeFlow(.serverToClient)
    }

    var isClosed: Bool { report.isClosed }

    /// What to poll for. A socket without interest is left out: its hang-up would wake us for ever.
    var interests: [pollfd] {
        guard let (client, server) = sockets else { return [] }
        var clientEvents: Int32 = 0
        var serverEvents: Int32 = 0
        switch mode {
        case .forwarding:
            if upstream.wantsToRead { clientEvents |= POLLIN }
            if upstream.wantsToWrite { serverEvents |= POLLOUT }
            if downstream.wantsToRead { serverEvents |= POLLIN }
            if downstream.wantsToWrite { clientEvents |= POLLOUT }
        case .discarding:
            if !upstream.hasEnded { clientEvents |= POLLIN }
            if !downstream.hasEnded { serverEvents |= POLLIN }
        case .clientReset:
            serverEvents |= POLLIN
        }
        return [
            pollfd(fd: clientEvents == 0 ? -1 : client.descriptor, events: Int16(clientEvents), revents: 0),
            pollfd(fd: serverEvents == 0 ? -1 : server.descriptor, events: Int16(serverEvents), revents: 0),
        ]
    }

    var nextDeadline: ContinuousClock.Instant? {
        switch mode {
        case .forwarding: [upstream.pausedUntil, downstream.pausedUntil].compactMap { $0 }.min()
        case .discarding(let end): end
        case .clientReset(let end): end
        }
    }

    /// Moves what can be moved without waiting.
    func advance() {
        guard let (client, server) = sockets else { return }
        switch mode {
        case .forwarding:
            let isUpstreamAlive = advance(upstream, .clientToServer, from: client, to: server)
            guard case .forwarding = mode, sockets != nil else { break }
            let isDownstreamAlive = advance(downstream, .serverToClient, from: server, to: client)
            guard case .forwarding = mode, sockets != nil else { break }
            if !isUpstreamAlive || !isDownstreamAlive { return close(isReset: true) }
            if upstream.isFinished && downstream.isFinished { close(isReset: false) }
        case .discarding(let end):
            upstream.discard(from: client)
            downstream.discard(from: server)
            let hasPassed = end.map { $0 <= .now } ?? false
            if hasPassed || (upstream.hasEnded && downstream.hasEnded) { close(isReset: false) }
        case .clientReset(let end):
            downstream.discard(from: server)
            if downstream.hasEnded || end <= .now { close(isReset: false) }
        }
        publishCounts()
    }

    func apply(_ effect: CuttingProxy.Effect, in direction: CuttingProxy.Direction) {
        guard let (client, server) = sockets else { return }
        if case .clientReset = mode { return }
        publishCounts()
        switch effect {
        case .finish:
            client.shutdownWrites()
            server.shutdownWrites()
            mode = .discarding(until: .now.advanced(by: Self.lingerLimit))
        case .reset:
            client.abort()
            server.shutdownWrites()
            mode = .clientReset(until: .now.advanced(by: Self.lingerLimit))
        case .stall:
            if direction == .clientToServer { upstream.isStalled = true } else { downstream.isStalled = true }
        case .blackhole:
            mode = .discarding(until: nil)
        case .drip(let chunkSize, let interval):
            let drip = ProxyFlow.Drip(chunkSize: max(1, chunkSize), interval: interval)
            if direction == .clientToServer { upstream.drip = drip } else { downstream.drip = drip }
        }
    }

    /// False when one of the two sockets broke.
    private func advance(
        _ flow: ProxyFlow, _ direction: CuttingProxy.Direction, from source: Socket, to sink: Socket
    ) -> Bool {
        // Bounded, so that one busy link doesn't starve the others; `poll` brings us back at once.
        for _ in 0..<64 {
            if let effect = flow.takeDueCut() {
                report.appliedCuts += 1
                apply(effect, in: direction)
                guard case .forwarding = mode, sockets != nil else { return true }
                continue
            }
            switch flow.step(from: source, to: sink) {
            case .moved: continue
            case .idle: return true
            case .broken: return false
            }
        }
        return true
    }

    /// Closes both sockets; with RST to the client if asked.
    func close(isReset: Bool) {
        if isReset { sockets?.client.resetOnClose() }
        report.isClosed = true
        publishCounts()
        sockets = nil
        proxy.tap?.closed(link: index)
    }

    /// Before every effect too: whoever has seen the end of a connection finds its final counts.
    private func publishCounts() {
        report.forwarded = [.clientToServer: upstream.forwarded, .serverToClient: downstream.forwarded]
        report.captured = [.clientToServer: upstream.captured, .serverToClient: downstream.captured]
        proxy.withState { [report, index] state in state.reports[index] = report }
    }
}
