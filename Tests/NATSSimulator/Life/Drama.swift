import NATSClient
import NATSProtocol
import Reactor

/// What happens in a life: a client with its users, a witness that answers, weather and faults; then calm, and the reckoning.
///
/// `@unchecked Sendable`: all of it runs on the thread of the loop.
final class Drama: @unchecked Sendable {
    let world: World
    let cluster: ModelCluster
    let oracle: Oracle
    let loop: EventLoop
    private(set) lazy var vigil = Vigil(self)
    private(set) var requestsFailOnDisconnect = false
    /// The servers that the client is told of; it hears of the others.
    private(set) var explicitAddresses: [String] = []
    private var pingInterval: UInt64 = 0
    private(set) var counts = LifeCounts()

    init(world: World, cluster: ModelCluster, oracle: Oracle, loop: EventLoop) {
        self.world = world
        self.cluster = cluster
        self.oracle = oracle
        self.loop = loop
    }

    func play() async {
        let start = world.nowNanoseconds
        do {
            let witness = try await connect("witness", options(isWitness: true))
            let nats = try await connect("client", options(isWitness: false))
            await scenes(nats, witness)
        } catch {
            oracle.check(false, "no connection in good weather: \(error)")
        }
        counts = oracle.counts
        counts.virtualNanoseconds = world.nowNanoseconds - start
    }

    private func scenes(_ nats: NATSConnection, _ witness: NATSConnection) async {
        let answers = await Responder.start(witness, self)
        cluster.startPinging(everyNanoseconds: 20_000_000_000)
        let users = await Users.start(nats, self)
        vigil.begin(nats, on: loop)
        let faults = Faults(world: world, cluster: cluster)
        faults.begin()
        await users.finish()
        let scenes = Scenes(nats: nats, users: users, drama: self)
        if world.isOne(in: 4) { await scenes.silence(pingInterval: pingInterval) }
        if world.isOne(in: 4) { cluster.dismissOne(besides: explicitAddresses[0]) }
        world.trace.note(world.nowNanoseconds, "calm")
        faults.end()
        await calm(nats, witness)
        await users.checkSubscriptions(on: cluster)
        checkServers(nats)
        oracle.checkQuiet(nats.statistics)
        if world.isOne(in: 4) {
            await scenes.lameDuck()
            await users.checkSubscriptions(on: cluster)
        }
        vigil.end()
        await end(nats, users)
        oracle.checkAccount(nats.statistics, of: "client")
        oracle.check(nats.statistics.waitingCalls == 0, "\(nats.statistics.waitingCalls) calls still wait")
        await witness.close()
        await answers.value
        oracle.check(world.openConnectionCount == 0, "\(world.openConnectionCount) connections are open behind the close")
        oracle.check(loop.statistics.openStreams == 0, "\(loop.statistics.openStreams) streams are open behind the close")
    }

    /// Within two minutes of good weather everybody is connected.
    private func calm(_ nats: NATSConnection, _ witness: NATSConnection) async {
        let deadline = world.nowNanoseconds + 120_000_000_000
        for connection in [nats, witness] {
            // A lost connection is noticed by using it.
            while (try? await connection.flush(timeout: .seconds(5))) == nil, world.nowNanoseconds < deadline {
                await world.sleep(nanoseconds: 100_000_000)
            }
        }
        oracle.check(world.nowNanoseconds < deadline, "not connected after two minutes of calm: \(nats.status)")
    }

    /// Those that the user has named, and those that the servers name.
    private func checkServers(_ nats: NATSConnection) {
        let known = Set(nats.knownServers.map { String($0.url.dropFirst("nats://".count)) })
        let missing = Set(explicitAddresses).subtracting(known)
        oracle.check(missing.isEmpty, "the client has forgotten \(missing)")
        let present = cluster.servers.filter(\.isUp).map(\.address)
        let gone = known.subtracting(present).subtracting(explicitAddresses)
        oracle.check(gone.isEmpty, "the client knows \(gone), which left the cluster")
    }

    private func end(_ nats: NATSConnection, _ users: Users) async {
        let way = world.pick(0...2)
        world.trace.note(world.nowNanoseconds, ["close", "abort", "drain"][Int(way)])
        await Scenes(nats: nats, users: users, drama: self).farewell {
            switch way {
            case 0:
                await nats.close()
                return .complete
            case 1:
                nats.abort()
                return nil
            default:
                let outcome = try? await nats.drain(timeout: .seconds(10))
                oracle.check(outcome == .complete, "a drain in calm ended \(outcome.map { "\($0)" } ?? "by an error")")
                return outcome
            }
        }
        await users.awaitConsumers()
    }

    // MARK: Connecting

    private func connect(_ name: String, _ options: ConnectOptions) async throws -> NATSConnection {
        var addresses = cluster.servers.map(\.address)
        if name == "client" {
            addresses = Array(addresses.prefix(Int(world.pick(1...UInt64(addresses.count)))))
            explicitAddresses = addresses
        }
        let urls = addresses.map { "nats://\($0)" }
        return try await NATS.connect(urls, options: options)
    }

    private func options(isWitness: Bool) -> ConnectOptions {
        var options = ConnectOptions()
        options.eventLoop = loop
        options.name = isWitness ? "witness" : "client"
        if isWitness { return options }
        pingInterval = world.pick(500...30_000) * 1_000_000
        options.pingInterval = .nanoseconds(Int64(pingInterval))
        if world.isOne(in: 3) { options.outbound.highWaterBytes = Int(world.pick(1_000...100_000)) }
        if world.isOne(in: 3) { options.outbound.whileDisconnected = .failFast }
        if world.isOne(in: 3) { options.outbound.whileDisconnected = .replay(maxBytes: Int(world.pick(0...20_000))) }
        requestsFailOnDisconnect = world.isOne(in: 3)
        if requestsFailOnDisconnect { options.requestsOnDisconnect = .fail }
        options.keepsServerOrder = world.isOne(in: 2)
        options.ignoresDiscoveredServers = world.isOne(in: 4)
        options.outbound.publishTimeout = .milliseconds(Int(world.pick(10...30_000)))
        return options
    }
}

extension World {
    /// Lets a task of the loop wait in the world's time.
    func sleep(nanoseconds: UInt64) async {
        await withCheckedContinuation { continuation in
            after(nanoseconds) { continuation.resume() }
        }
    }
}
