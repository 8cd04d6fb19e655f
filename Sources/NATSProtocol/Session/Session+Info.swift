/// INFO: the first word of every server, and later its news.
extension Session {
    package mutating func infoReceived(_ json: Span<UInt8>, generation: UInt32, now: Timestamp) {
        guard generation == self.generation else { return }
        switch phase.kind {
        case .idle, .waiting, .closed: return
        case .attempting, .restoring, .connected: break
        }
        let info: ServerInfo
        do {
            info = try ServerInfo.decode(json: json)
        } catch {
            return fail(.protocolViolation(error), now: now)
        }
        let isEstablished = isReady
        serverInfo = info
        learnServers(from: info, isEstablished: isEstablished)
        if !isEstablished {
            let offer = HandshakeStateMachine.Offer(
                tlsRequired: info.requiresTLS, tlsAvailable: info.offersTLS, nonce: info.nonce)
            advanceHandshake(now: now) { $0.infoReceived(offer) }
        }
        if isReady { reportLameDuck(info) }
    }

    /// Updates the pool; an event only for servers that were never seen, and not during a handshake.
    private mutating func learnServers(from info: ServerInfo, isEstablished: Bool) {
        // The INFO that describes this very connection after its first PONG is no news about the cluster.
        if configuration.ignoreDiscovered || info.isConnectInfo { return }
        guard let currentServer else { return }
        let fresh = pool.merge(announced: info.connectURLs, connected: currentServer, random: &random)
        if isEstablished, !fresh.isEmpty { actions.append(.report(.discoveredServers(fresh))) }
    }

    /// Once per change to lame duck mode.
    private mutating func reportLameDuck(_ info: ServerInfo) {
        let wasLameDuck = isLameDuck
        isLameDuck = info.isLameDuck
        if isLameDuck, !wasLameDuck, let currentServer { actions.append(.report(.lameDuck(currentServer))) }
    }
}
