import Glibc

/// The proxy's thread: one `poll` over the listener and both sockets of every link.
final class ProxyLoop {
    private let proxy: CuttingProxy
    private let listener: Socket
    private let wake: WakePipe
    private var links: [ProxyLink] = []
    private var acceptedCount = 0
    private var isPartitioned = false

    init(proxy: CuttingProxy, listener: Socket, wake: WakePipe) {
        self.proxy = proxy
        self.listener = listener
        self.wake = wake
    }

    func run() {
        while true {
            pollOnce()
            wake.drain()
            let (isStopped, orders) = proxy.withState { state in
                defer { state.orders.removeAll() }
                isPartitioned = state.isPartitioned
                return (state.isStopped, state.orders)
            }
            if isStopped { break }
            for effect in orders {
                for link in links {
                    for direction in CuttingProxy.Direction.allCases { link.apply(effect, in: direction) }
                }
            }
            if isPartitioned { continue }
            acceptWaiting()
            for link in links { link.advance() }
            links.removeAll { $0.isClosed }
        }
        for link in links { link.close(isReset: true) }
    }

    private func pollOnce() {
        var entries = [
            pollfd(fd: wake.readEnd, events: Int16(POLLIN), revents: 0),
            pollfd(fd: isPartitioned ? -1 : listener.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        var end = ContinuousClock.now.advanced(by: .seconds(1))
        for link in links where !isPartitioned {
            entries += link.interests
            if let deadline = link.nextDeadline { end = min(end, deadline) }
        }
        unsafe _ = poll(&entries, nfds_t(entries.count), pollTimeout(until: end))
    }

    private func acceptWaiting() {
        while let client = listener.accept() {
            let (isRefusing, port) = proxy.withState { ($0.isRefusing, $0.upstreamPort) }
            guard !isRefusing, let server = try? Socket.connect(port: port) else {
                client.resetOnClose()
                continue
            }
            let index = acceptedCount
            acceptedCount += 1
            let cuts = proxy.withState { state in
                state.reports.append(.init())
                return index < state.cuts.count ? state.cuts[index] : []
            }
            links.append(ProxyLink(proxy: proxy, index: index, client: client, server: server, cuts: cuts))
        }
    }
}
