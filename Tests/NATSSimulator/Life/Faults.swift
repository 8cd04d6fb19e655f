import NATSProtocol

/// What goes wrong in a life, planned from its chance.
struct Faults {
    let world: World
    let cluster: ModelCluster

    func begin(until end: UInt64) {
        rollWeather()
        plan(until: end)
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

    private func plan(until end: UInt64) {
        world.after(world.pick(1_000_000...3_000_000_000)) {
            guard world.nowNanoseconds < end else { return }
            strike()
            plan(until: end)
        }
    }

    private func strike() {
        let server = cluster.servers[Int(world.chance.next(below: UInt64(cluster.servers.count)))]
        switch world.pick(0...9) {
        case 0, 1: server.kill()
        case 2: server.enterLameDuckMode(overNanoseconds: world.pick(100_000_000...5_000_000_000))
        case 3: for connection in world.connections where !connection.isClosedByClient { connection.cut() }
        case 4: for connection in world.connections where !connection.isClosedByClient { connection.goDark() }
        case 5: rollWeather()
        case 6: server.maximumPayload = Int(world.pick(200...100_000))
        default:
            for server in cluster.servers { server.start() }
        }
    }
}
