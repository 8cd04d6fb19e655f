import NATSProtocol

/// What goes wrong in a life, planned from its chance.
final class Faults {
    private let world: World
    private let cluster: ModelCluster
    private var isOver = false
    /// Each life knows some kinds only: what one kind would hide, another life shows.
    private let kinds: [Kind]

    init(world: World, cluster: ModelCluster) {
        self.world = world
        self.cluster = cluster
        kinds = Kind.allCases.filter { _ in world.isOne(in: 2) }
    }

    func begin() {
        if kinds.contains(.weather) { rollWeather() }
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
            server.start()
        }
    }

    private func rollWeather() {
        var weather = Weather()
        weather.latencyNanoseconds = 1_000...world.pick(2_000...50_000_000)
        if world.isOne(in: 2) { weather.oneConnectIsRefusedIn = world.pick(1...6) + 1 }
        if world.isOne(in: 3) { weather.oneConnectHangsIn = world.pick(3...10) }
        if world.isOne(in: 2) { weather.oneConnectionIsCutIn = world.pick(1...3) }
        if world.isOne(in: 3) { weather.oneConnectionGoesDarkIn = world.pick(1...4) }
        if world.isOne(in: 4) { weather.oneConnectionDripsIn = world.pick(1...4) }
        world.weather = weather
    }

    private func plan() {
        world.after(world.pick(1_000_000...3_000_000_000)) { [self] in
            guard !isOver else { return }
            strike()
            plan()
        }
    }

    private func strike() {
        guard !kinds.isEmpty else { return }
        let server = cluster.servers[Int(world.chance.next(below: UInt64(cluster.servers.count)))]
        switch kinds[Int(world.chance.next(below: UInt64(kinds.count)))] {
        case .kill: server.kill()
        case .lameDuck: server.enterLameDuckMode(overNanoseconds: world.pick(100_000_000...20_000_000_000))
        case .cut: for connection in world.connections where !connection.isClosedByClient { connection.cut() }
        case .darkness: for connection in world.connections where !connection.isClosedByClient { connection.goDark() }
        case .weather: rollWeather()
        case .payloadLimit: server.limitPayloads(to: Int(world.pick(200...100_000)))
        }
        if world.isOne(in: 2) {
            for server in cluster.servers { server.start() }
        }
    }

    private enum Kind: CaseIterable {
        case kill, lameDuck, cut, darkness, weather, payloadLimit
    }
}
