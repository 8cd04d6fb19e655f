/// INFO: the first word of every server, and later its news.
extension Session {
    package mutating func infoReceived(_ json: Span<UInt8>, generation: UInt32, now: Timestamp) {
        guard let role = role(of: generation) else { return }
        switch phase.kind {
        case .idle, .waiting, .closed: return
        case .attempting, .restoring, .settling, .connected: break
        }
        let info: ServerInfo
        do {
            info = try ServerInfo.decode(json: json)
        } catch {
            return fail(.protocolViolation(error), on: role, now: now)
        }
        let isHandshake = role == .present ? !isReady : !move.isSuccessorEstablished
        if role == .successor, isHandshake, leadsBack(info) { return fail(.sameServer, on: role, now: now) }
        change(role) { $0.serverInfo = info }
        learnServers(from: info, of: role, isEstablished: !isHandshake)
        if isHandshake {
            let offer = HandshakeStateMachine.Offer(
                tlsRequired: info.requiresTLS, tlsAvailable: info.offersTLS, nonce: info.nonce)
            advanceHandshake(generation: generation, now: now) { $0.infoReceived(offer) }
        } else if role == .present {
            noteLameDuck(info, now: now)
        }
    }

    /// Updates the pool; an event only for servers that were never seen, and not during a handshake.
    mutating func learnServers(from info: ServerInfo, of role: LinkRole, isEstablished: Bool) {
        // The INFO that describes this very connection after its first PONG is no news about the cluster.
        if configuration.ignoreDiscovered || info.isConnectInfo { return }
        guard let server = link(role).server else { return }
        // A server tells each client the addresses for its kind of transport as `connect_urls`; what it might tell
        // besides is only for WebSocket.
        let isWebSocket = server.scheme.isWebSocket && !info.webSocketConnectURLs.isEmpty
        let announced = isWebSocket ? info.webSocketConnectURLs : info.connectURLs
        let fresh = pool.merge(announced: announced, connected: server, random: &random)
        if isEstablished, !fresh.isEmpty { actions.append(.report(.discoveredServers(fresh))) }
    }

    /// The server is about to shut down, or isn't any more. Once per change.
    mutating func noteLameDuck(_ info: ServerInfo, now: Timestamp) {
        // In `restoring` and `settling` it is looked at again when they are over.
        guard let server = currentServer, case .connected = phase else { return }
        let wasLameDuck = link.isLameDuck
        link.isLameDuck = info.isLameDuck
        if link.isLameDuck {
            if !wasLameDuck {
                pool.noteLameDuck(true)
                actions.append(.report(.lameDuck(server)))
            }
            // Also when it was no news: other servers may be.
            requestMove(.lameDuck, now: now)
        } else if wasLameDuck {
            pool.noteLameDuck(false)
            cancelPausedMove(for: .lameDuck)
        }
    }

    /// Another address of the server that is to be left, which some networks have.
    private func leadsBack(_ info: ServerInfo) -> Bool {
        moveCause == .lameDuck && !info.serverID.isEmpty && info.serverID == link.serverInfo?.serverID
    }
}
