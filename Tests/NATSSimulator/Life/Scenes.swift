import NATSClient

/// What is played behind a client's life, each scene in some lives only. Here little happens by chance besides, so that more can
/// be asked for.
struct Scenes {
    let client: SimulatedClient
    let drama: Drama

    private var nats: NATSConnection { client.nats }
    private var users: Users { client.users }
    private var world: World { drama.world }
    private var oracle: Oracle { drama.oracle }
    private var cluster: ModelCluster { drama.cluster }
    /// Credentials that end in between end connections.
    private var keepsConnections: Bool { !cluster.servers[0].settings.wantsJWT }

    /// The network swallows everything, and the client goes on publishing: that it can write is no sign of life.
    func silence() async {
        let silent = world.connections.filter { ($0.server as? ModelClient)?.name == client.name && !$0.isClosedByClient }
        for connection in silent { connection.goDark() }
        // Attempts and moves under way have their own deadlines; then come two PINGs without an answer. Counted in pauses, of
        // which a clock that jumps can skip one only.
        let interval =
            UInt64(client.options.pingInterval.components.seconds) * 1_000_000_000
            + UInt64(client.options.pingInterval.components.attoseconds / 1_000_000_000)
        let pause = max(interval / 3, 1)
        for _ in 0..<(15 + Int(25_000_000_000 / pause)) {
            users.publishSmall()
            await world.sleep(nanoseconds: pause)
        }
        oracle.check(silent.allSatisfy(\.isClosedByClient), "\(client.name): a silent connection is still held")
    }

    /// Behind a flush, with nobody who publishes.
    func checkCalm() async {
        // A server to which an attempt is under way is kept until the attempt is over and an INFO doesn't name it.
        await world.sleep(nanoseconds: 7_000_000_000)
        cluster.membersDidChange()
        guard (try? await nats.flush(timeout: .seconds(5))) != nil else { return }
        let statistics = nats.statistics
        let left = statistics.publishesPending + statistics.publishesUnconfirmed
        oracle.check(
            left == 0,
            "\(client.name): \(statistics.publishesPending) pending, \(statistics.publishesUnconfirmed) unconfirmed in calm")
        checkServers()
    }

    /// The client knows those that the user has named, and those that the servers name.
    private func checkServers() {
        let known = Set(nats.knownServers.map(\.url))
        let missing = Set(users.urls).subtracting(known)
        oracle.check(missing.isEmpty, "\(client.name) has forgotten \(missing)")
        let present = cluster.servers.filter(\.isUp).flatMap(\.addresses).map { "nats://\($0)" }
        let gone = known.subtracting(present).subtracting(users.urls)
        oracle.check(gone.isEmpty, "\(client.name) knows \(gone), which left the cluster")
    }

    /// The server announces its end, and another one is there: the client moves, and nothing is lost.
    func lameDuck() async {
        guard keepsConnections, client.options.reconnect.lameDuck == .move else { return }
        // A user may have asked for another connection: an attempt that fails ends this one.
        await world.sleep(nanoseconds: 7_000_000_000)
        let known = nats.knownServers.map(\.url)
        let mine = cluster.servers.first { server in server.clients.contains { $0.name == client.name } }
        let others = cluster.servers.filter { server in
            server !== mine && server.isUp && !server.isLameDuck
                && known.contains { $0.contains(server.address) || $0.contains("//\(server.name).test") }
        }
        guard let mine, !others.isEmpty, (try? await nats.flush(timeout: .seconds(5))) != nil else { return }
        let before = nats.statistics.publishesLostUnknown
        mine.enterLameDuckMode(overNanoseconds: 120_000_000_000)
        // The pause before a move is two seconds at most.
        for _ in 0..<200 {
            users.publishSmall()
            await world.sleep(nanoseconds: 50_000_000)
        }
        let stays = mine.clients.contains { $0.name == client.name }
        oracle.check(!stays, "\(client.name) stays with a server that announced its end")
        let lost = nats.statistics.publishesLostUnknown - before
        oracle.check(lost == 0, "\(client.name): \(lost) publishes were lost in a move")
        mine.kill()
        mine.start()
    }
}

/// The last words before an end in calm: everything that was published arrives, and whoever waits is told.
struct Farewell {
    private let client: SimulatedClient
    private let drama: Drama
    private let names: [String]
    private let calls: [WaitingCall]

    static func begin(_ client: SimulatedClient, _ drama: Drama, _ dice: Dice) async -> Farewell {
        let users = client.users
        var names = (0..<3).map { _ in users.publishSmall() }
        // More than the network takes at once.
        if dice.isOne(in: 2) { names += (0..<3).map { _ in users.publishSmall(to: "the.last.words", padding: 40_000) } }
        let farewell = Farewell(
            client: client, drama: drama, names: names.compactMap(\.self), calls: users.beginCallsThatWait())
        // They have to be under way; in a third of the lives so are the publishes.
        await drama.world.sleep(nanoseconds: dice.pick(0...2) * 1_000_000)
        return farewell
    }

    /// - Parameter isOrderly: whether what was published was to arrive.
    func check(isOrderly: Bool) async {
        await drama.world.sleep(nanoseconds: 2_000_000)
        let oracle = drama.oracle
        oracle.check(calls.allSatisfy(\.hasEnded), "\(client.name): a call still waits when the connection is closed")
        guard isOrderly, !drama.cluster.servers[0].settings.wantsJWT else { return }
        let missing = names.filter { oracle.received[$0] == nil }
        oracle.check(missing.isEmpty, "\(missing) were published before the end, and never arrived")
    }
}

/// Whether a call is over.
///
/// `@unchecked Sendable`: touched on the thread of the loop only.
final class WaitingCall: @unchecked Sendable {
    var hasEnded = false
}
