import NATSProtocol

/// What goes wrong in a life, planned from its chance.
final class Faults {
    private let world: World
    private let cluster: ModelCluster
    private var isOver = false
    private var strikes = 0
    /// Each life knows some kinds only: what one kind would hide, another life shows.
    private let kinds: [Kind]

    /// - Parameter excluded: what never goes wrong.
    init(world: World, cluster: ModelCluster, without excluded: Set<Kind> = []) {
        self.world = world
        self.cluster = cluster
        let dice = world.dice("faults")
        let density = dice.pick(2...5)
        kinds = Kind.allCases.filter { _ in dice.isOne(in: density) }.filter { !excluded.contains($0) }
    }

    var limitsSubscriptions: Bool { kinds.contains(.subscriptionLimit) }

    func begin() {
        if kinds.contains(.weather), world.takes("weather", 0, "bad from the beginning") {
            world.weather = Weather.rolled(world.dice("weather"))
        }
        plan()
    }

    /// The weather clears, every server comes back, and what has gone dark is found broken. Connections that live go on, so
    /// that what they have forgotten shows.
    func end() {
        isOver = true
        world.weather = Weather()
        for connection in world.connections where connection.isDark { connection.cut() }
        for server in cluster.servers {
            if server.isLameDuck { server.kill() }
            server.settings.maximumSubscriptions = nil
            server.start()
            for client in server.clients where !client.greeting.isHonest { client.close(nil) }
        }
    }

    private func plan() {
        strikes += 1
        let dice = world.dice("fault", strikes)
        world.after(dice.pick(1_000_000...3_000_000_000)) { [self] in
            guard !isOver else { return }
            if let kind = dice.pick(of: kinds), world.takes("fault", strikes, "\(kind)") { strike(kind, dice) }
            plan()
        }
    }

    private func strike(_ kind: Kind, _ dice: Dice) {
        let server = cluster.servers[dice.below(cluster.servers.count)]
        let open = world.openConnections
        switch kind {
        case .kill: server.kill()
        case .lameDuck: server.enterLameDuckMode(overNanoseconds: dice.pick(100_000_000...20_000_000_000))
        case .cut: for connection in open { connection.cut() }
        case .darkness: for connection in open { connection.goDark() }
        case .weather: world.weather = Weather.rolled(dice)
        case .payloadLimit: server.limitPayloads(to: Int(dice.pick(200...100_000)))
        case .pendingLimit: server.settings.maximumPendingBytes = Int(dice.pick(10_000...1_000_000))
        case .subscriptionLimit: server.settings.maximumSubscriptions = dice.isOne(in: 2) ? nil : Int(dice.pick(1...12))
        case .frozenServer: server.freeze(nanoseconds: dice.skewed(upTo: 60_000_000_000))
        case .newServer: if cluster.servers.count < 5 { cluster.join(server.settings) }
        case .garbage: dice.pick(of: server.clients)?.babble(Garbage.make(dice))
        case .serverError: dice.pick(of: server.clients.filter(\.isIntroduced))?.close(dice.pick(of: Self.closingErrors))
        case .saying: dice.pick(of: server.clients.filter(\.isIntroduced))?.send(dice.pick(of: Self.sayings) ?? "")
        case .pongs: dice.pick(of: server.clients.filter(\.isIntroduced))?.send("+OK\r\nPING\r\n+ok\r\n")
        case .revocation: cluster.revokeAll(dice)
        case .processPause: world.pauseProcess(nanoseconds: dice.skewed(upTo: 100_000_000_000))
        case .clockJump: world.jump(nanoseconds: dice.skewed(upTo: 100_000_000_000))
        case .wallClock: world.setWallClock(offsetNanoseconds: Int64(dice.pick(0...7_200)) * 1_000_000_000 - 3_600_000_000_000)
        }
        if dice.isOne(in: 2) {
            for server in cluster.servers { server.start() }
        }
    }

    private static let closingErrors = [
        "Stale Connection", "User Authentication Revoked", "Account Authentication Expired", "Authorization Violation",
        "Authentication Timeout", "maximum connections exceeded", "Unknown Protocol Operation", "Failed Account Registration",
    ]

    /// Without the end that follows some of them as a rule.
    private static let sayings = [
        "-ERR 'Slow Consumer Warning'\r\n", "-ERR 'Permissions Violation for Publish to \"x\"'\r\n",
        "-ERR 'Permissions Violation for Publish with Reply of \"y\"'\r\n", "-ERR 'Invalid Publish Subject'\r\n",
        "-ERR 'Stale Connection'\r\n", "-ERR 'Secure Connection - TLS Required'\r\n", "-ERR 'Authorization Violation'\r\n",
    ]

    enum Kind: CaseIterable {
        case kill, lameDuck, cut, darkness, weather, payloadLimit, pendingLimit, subscriptionLimit, frozenServer, newServer
        case garbage, serverError, saying, pongs, revocation, processPause, clockJump, wallClock
    }
}

extension ModelCluster {
    /// Some of the credentials that were given out don't hold any more; servers tell whom they concern.
    func revokeAll(_ dice: Dice) {
        for jwt in issuer.expiries.keys.sorted() where dice.isOne(in: 2) { issuer.revoke(jwt) }
        for client in servers.flatMap(\.clients) {
            if let jwt = client.introduction?.jwt, issuer.expiry(of: jwt) == nil { client.close("User Authentication Revoked") }
        }
    }
}
