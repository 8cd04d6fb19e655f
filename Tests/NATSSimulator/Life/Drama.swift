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
        let faults = Faults(world: world, cluster: cluster)
        faults.begin()
        await users.finish()
        world.trace.note(world.nowNanoseconds, "calm")
        faults.end()
        await calm(nats, witness)
        await users.checkSubscriptions(on: cluster)
        await end(nats, users)
        oracle.checkAccount(nats.statistics, of: "client")
        oracle.check(nats.statistics.waitingCalls == 0, "\(nats.statistics.waitingCalls) calls still wait")
        await witness.close()
        await answers.value
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

    private func end(_ nats: NATSConnection, _ users: Users) async {
        let way = world.pick(0...2)
        world.trace.note(world.nowNanoseconds, ["close", "abort", "drain"][Int(way)])
        switch way {
        case 0: await nats.close()
        case 1: nats.abort()
        default:
            let outcome = try? await nats.drain(timeout: .seconds(10))
            oracle.check(outcome == .complete, "a drain in calm ended \(outcome.map { "\($0)" } ?? "by an error")")
        }
        await users.awaitConsumers()
    }

    // MARK: Connecting

    private func connect(_ name: String, _ options: ConnectOptions) async throws -> NATSConnection {
        let urls = cluster.servers.map { "nats://\($0.address)" }
        return try await NATS.connect(urls, options: options)
    }

    private func options(isWitness: Bool) -> ConnectOptions {
        var options = ConnectOptions()
        options.eventLoop = loop
        options.name = isWitness ? "witness" : "client"
        if isWitness { return options }
        options.pingInterval = .milliseconds(Int(world.pick(500...30_000)))
        if world.isOne(in: 3) { options.outbound.highWaterBytes = Int(world.pick(1_000...100_000)) }
        if world.isOne(in: 3) { options.outbound.whileDisconnected = .failFast }
        if world.isOne(in: 3) { options.outbound.whileDisconnected = .replay(maxBytes: Int(world.pick(0...20_000))) }
        if world.isOne(in: 3) { options.requestsOnDisconnect = .fail }
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
