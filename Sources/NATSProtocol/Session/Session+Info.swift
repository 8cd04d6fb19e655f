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
            note(.infoUnreadable, generation: generation)
            return fail(.protocolViolation(error), on: role, now: now)
        }
        note(info, generation: generation)
        guard isEstablished(role) else { return infoReceivedInHandshake(info, on: role, now: now) }
        change(role) { $0.serverInfo = info }
        learnServers(from: info, of: role, isNews: true)
        if role == .present { noteLameDuck(info, now: now) }
    }

    private mutating func infoReceivedInHandshake(_ info: ServerInfo, on role: LinkRole, now: Timestamp) {
        if role == .successor, leadsBack(info) { return fail(.sameServer, on: role, now: now) }
        let offer = HandshakeStateMachine.Offer(
            tlsRequired: info.requiresTLS, tlsAvailable: info.offersTLS, nonce: info.nonce)
        switch handshake(of: role)?.trust(in: offer) {
        case .full:
            change(role) { $0.serverInfo = info }
            learnServers(from: info, of: role, isNews: false)
        case .descriptionOnly:
            let announced = link(role).server.map { Self.announcedServers(info, to: $0) }
            change(role) {
                $0.serverInfo = info.withoutDirections()
                $0.clearAnnouncement = announced
            }
        case .nothing, nil: break
        }
        advanceHandshake(generation: link(role).generation, now: now) { $0.infoReceived(offer) }
    }

    private func handshake(of role: LinkRole) -> HandshakeStateMachine? {
        switch (role, phase, move) {
        case (.present, .attempting(let handshake), _), (.successor, _, .attempting(let handshake)): handshake
        default: nil
        }
    }

    /// Updates the pool; an event only for servers that were never seen, and if it is news: not in a handshake.
    private mutating func learnServers(from info: ServerInfo, of role: LinkRole, isNews: Bool) {
        guard !configuration.ignoreDiscovered, let server = link(role).server else { return }
        // The INFO that describes this very connection after its first PONG is no news about the cluster, except where
        // the one before came in the clear.
        if info.isConnectInfo, link(role).clearAnnouncement == nil { return }
        let announced = Self.announcedServers(info, to: server)
        let fresh = pool.merge(announced: announced, connected: server, random: &random)
        if !announced.isEmpty { change(role) { $0.clearAnnouncement = nil } }
        if isNews, !info.isConnectInfo, !fresh.isEmpty { actions.append(.report(.discoveredServers(fresh))) }
    }

    /// The server took us, under TLS, and its first INFO came in the clear. Servers before 2.12 don't repeat the list
    /// of servers before it changes. Of that one, bare numbers are learnt, where the seed's certificate has a name:
    /// what is there must show a certificate for that name, which nobody else has. An announced name would be checked
    /// by itself, and anybody can own one. Nothing leaves the pool for that list.
    mutating func learnVerifiableServers(on role: LinkRole) {
        guard !configuration.ignoreDiscovered, let server = link(role).server, let announced = link(role).clearAnnouncement
        else { return }
        pool.add(announced.filter { ServerPool.isCheckedByName($0, of: server) }, connected: server, random: &random)
    }

    /// A server tells each client the addresses for its kind of transport as `connect_urls`; what it might tell besides
    /// is only for WebSocket.
    private static func announcedServers(_ info: ServerInfo, to server: ServerAddress) -> [String] {
        server.scheme.isWebSocket && !info.webSocketConnectURLs.isEmpty ? info.webSocketConnectURLs : info.connectURLs
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
