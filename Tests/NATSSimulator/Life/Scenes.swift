import NATSClient

/// What is played behind the users' life, each scene in some lives only. Here nothing happens by chance besides, so that more
/// can be asked for.
struct Scenes {
    let nats: NATSConnection
    let users: Users
    let drama: Drama

    private var world: World { drama.world }
    private var oracle: Oracle { drama.oracle }
    private var cluster: ModelCluster { drama.cluster }

    /// The network swallows everything, and the client goes on publishing: that it can write is no sign of life.
    func silence(pingInterval: UInt64) async {
        world.trace.note(world.nowNanoseconds, "silence")
        let silent = world.connections.filter { ($0.server as? ModelClient)?.name == "client" }
        for connection in silent { connection.goDark() }
        // Attempts and moves under way have their own deadlines; then come two PINGs without an answer.
        let end = world.nowNanoseconds + 20_000_000_000 + 4 * pingInterval
        while world.nowNanoseconds < end {
            users.publishSmall()
            await world.sleep(nanoseconds: pingInterval / 3)
        }
        let isHeld = silent.contains { !$0.isClosedByClient }
        oracle.check(!isHeld, "a silent connection is still held after \(20 + 4 * pingInterval / 1_000_000_000) s")
    }

    /// The server announces its end, and another one is there: the client moves, and nothing is lost.
    func lameDuck() async {
        // A user may have asked for another connection: an attempt that fails ends this one.
        await world.sleep(nanoseconds: 6_000_000_000)
        let mine = cluster.servers.first { server in server.clients.contains { $0.name == "client" } }
        let known = nats.knownServers.map(\.url)
        let others = cluster.servers.filter { server in
            server !== mine && server.isUp && known.contains { $0.hasSuffix(server.address) }
        }
        guard let mine, !others.isEmpty else { return }
        try? await nats.flush(timeout: .seconds(5))
        let before = nats.statistics
        mine.enterLameDuckMode(overNanoseconds: 120_000_000_000)
        // The pause before a move is two seconds at most.
        for _ in 0..<200 {
            users.publishSmall()
            await world.sleep(nanoseconds: 50_000_000)
        }
        oracle.check(!mine.clients.contains { $0.name == "client" }, "the client stays with a server that announced its end")
        let lost = nats.statistics.publishesLostUnknown - before.publishesLostUnknown
        oracle.check(lost == 0, "\(lost) publishes were lost in a move")
        let isFlushed = (try? await nats.flush(timeout: .seconds(5))) != nil
        oracle.check(isFlushed, "no flush after a move")
        mine.kill()
        mine.start()
    }

    /// Everything that was published before the end arrives, and whoever waits is told.
    func farewell(_ end: () async -> DrainOutcome?) async {
        let names = (0..<5).map { _ in users.publishSmall(padding: Int(world.pick(0...1)) * 40_000) }
        let waiting = users.beginCallsThatWait()
        // They have to be under way; in a third of the lives so are the publishes.
        await world.sleep(nanoseconds: world.pick(0...2) * 1_000_000)
        let outcome = await end()
        await world.sleep(nanoseconds: 2_000_000)
        oracle.check(waiting.allSatisfy(\.hasEnded), "a call still waits when the connection is closed")
        guard let outcome, outcome == .complete else { return }
        let missing = names.compactMap(\.self).filter { oracle.received[$0] == nil }
        oracle.check(missing.isEmpty, "\(missing) were published before the end, and never arrived")
    }
}

/// Whether a call is over.
///
/// `@unchecked Sendable`: touched on the thread of the loop only.
final class WaitingCall: @unchecked Sendable {
    var hasEnded = false
}
