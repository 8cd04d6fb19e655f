import NATSClient
import NATSProtocol
import Reactor

/// What happens in a life: clients with their users, a witness that answers, weather and faults; then calm, and the reckoning.
///
/// `@unchecked Sendable`: all of it runs on the thread of the loop.
final class Drama: @unchecked Sendable {
    let world: World
    let cluster: ModelCluster
    let oracle: Oracle
    let loop: EventLoop
    private let tally: CellTally
    private let usesNames: Bool
    var isCalm = false
    /// A server may refuse subscriptions.
    private(set) var isLimited = false
    /// Clients of the whole life.
    private var clients: [SimulatedClient] = []

    init(world: World, cluster: ModelCluster, oracle: Oracle, loop: EventLoop, tally: CellTally) {
        self.world = world
        self.cluster = cluster
        self.oracle = oracle
        self.loop = loop
        self.tally = tally
        usesNames = world.dice("names").isOne(in: 2)
    }

    func forgetClients() { clients = [] }

    func play() async {
        do {
            oracle.counts.sessions += 1
            let witness = try await NATS.connect(urls(for: "witness"), options: options(for: "witness"))
            oracle.watch(witness, named: "witness")
            let answers = await Responder.start(witness, self)
            for number in 0..<Int([1, 1, 1, 2, 3][world.dice("clients").below(5)]) {
                clients.append(try await SimulatedClient.connect("c\(number)", self))
            }
            await scenes(witness)
            await witness.close()
            await answers.value
        } catch {
            oracle.check(world.isOver, "no connection in good weather: \(error)")
        }
        oracle.counts.virtualNanoseconds = world.nowNanoseconds - 1_000_000_000
    }

    private func scenes(_ witness: NATSConnection) async {
        cluster.startPinging(everyNanoseconds: 20_000_000_000)
        let faults = Faults(world: world, cluster: cluster)
        isLimited = faults.limitsSubscriptions
        faults.begin()
        let vigil = Vigil(world, oracle)
        vigil.begin()
        let visitors = Visitors.begin(self)
        let endings = clients.map { client in self.spawn { await self.endEarly(client) } }
        for client in clients { await client.users.finish() }
        for ending in endings { await ending.value }
        await visitors.value
        let dice = world.dice("scenes")
        let scenes = clients.first { !$0.hasEnded }.map { Scenes(client: $0, drama: self) }
        if dice.isOne(in: 4), world.takes("scenes", 0, "silence") { await scenes?.silence() }
        vigil.end()
        if dice.isOne(in: 4), world.takes("scenes", 1, "a server goes for good") { cluster.dismissOne(dice) }
        world.trace.note(world.nowNanoseconds, "calm")
        isCalm = true
        faults.end()
        // What a server has said counts for a second: the client leaves one that says goodbye and doesn't go.
        await world.sleep(nanoseconds: 1_100_000_000)
        await calm(witness)
        for client in clients where !client.hasEnded { await client.users.checkSubscriptions(on: cluster) }
        await scenes?.checkCalm()
        if dice.isOne(in: 4), world.takes("scenes", 2, "lame duck") {
            await scenes?.lameDuck()
            await calm(witness)
            for client in clients where !client.hasEnded { await client.users.checkSubscriptions(on: cluster) }
        }
        for client in clients { await client.end(world.dice("\(client.name) end", 1), isCalm: true) }
    }

    /// One client in a few doesn't live to see the calm.
    private func endEarly(_ client: SimulatedClient) async {
        let dice = world.dice("\(client.name) end")
        guard dice.isOne(in: 4), world.takes("\(client.name) end", 0, "in the middle of life") else { return }
        await world.sleep(nanoseconds: dice.skewed(upTo: 20_000_000_000))
        await client.end(dice, isCalm: false)
    }

    /// Within two minutes of good weather everybody is connected.
    private func calm(_ witness: NATSConnection) async {
        let deadline = world.nowNanoseconds + 120_000_000_000
        for connection in clients.filter({ !$0.hasEnded }).map(\.nats) + [witness] {
            // A lost connection is noticed by using it.
            while (try? await connection.flush(timeout: .seconds(5))) == nil, world.nowNanoseconds < deadline {
                await world.sleep(nanoseconds: 100_000_000)
            }
            oracle.check(
                world.nowNanoseconds < deadline,
                "not connected after two minutes of calm: \(connection.status), \(connection.lastError.map { "\($0)" } ?? "")")
        }
    }

    func spawn(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        Task(executorPreference: loop.taskExecutor, operation: body)
    }

    // MARK: Connecting

    func urls(for name: String) -> [String] {
        let dice = world.dice("\(name) urls")
        // It hears of the others.
        let told = name == "witness" ? cluster.servers.count : Int(dice.pick(1...UInt64(cluster.servers.count)))
        return cluster.servers.prefix(told).map { server in
            guard usesNames else { return "nats://\(server.address)" }
            let number = server.name.dropFirst()
            return dice.isOne(in: 3) ? "nats://half\(number).test:4222" : "nats://n\(number).test:4222"
        }
    }

    func options(for name: String) -> ConnectOptions {
        let dice = world.dice("\(name) options")
        var options = ConnectOptions()
        options.eventLoop = loop
        options.name = name
        options.sessionTally = tally
        if cluster.servers[0].settings.wantsJWT { options.authentication = credentials(of: name) }
        if name == "witness" { return options }
        options.pingInterval = .milliseconds(Int(dice.pick(500...30_000)))
        options.connectTimeout = .milliseconds(Int(dice.pick(500...6_000)))
        if dice.isOne(in: 3) { options.outbound.highWaterBytes = Int(dice.pick(1_000...100_000)) }
        if dice.isOne(in: 3) { options.outbound.whileDisconnected = .failFast }
        if dice.isOne(in: 3) { options.outbound.whileDisconnected = .replay(maxBytes: Int(dice.pick(0...20_000))) }
        if dice.isOne(in: 3) { options.requestsOnDisconnect = .fail }
        if dice.isOne(in: 8) { options.echo = false }
        if dice.isOne(in: 10) { options.verbose = true }
        if dice.isOne(in: 6) { options.reconnect.lameDuck = .report }
        options.keepsServerOrder = dice.isOne(in: 2)
        options.ignoresDiscoveredServers = dice.isOne(in: 4)
        options.outbound.publishTimeout = .milliseconds(Int(dice.pick(10...30_000)))
        options.reconnect.maximumDelay = .milliseconds(Int(dice.pick(100...5_000)))
        if dice.isOne(in: 5) { options.reconnect.chooseServer = chooser(of: name) }
        return options
    }

    /// A hook that has an opinion at times, and at times a bad one.
    private func chooser(of name: String) -> @Sendable (ReconnectChoiceContext) -> ReconnectChoice? {
        let dice = world.dice("\(name) chooser")
        return { [self] context in
            guard !isCalm else { return nil }
            let server = dice.pick(of: context.servers)?.url
            switch dice.below(6) {
            case 0: return ReconnectChoice(server: server)
            case 1: return ReconnectChoice(server: server, delay: .milliseconds(dice.below(2_000)))
            case 2: return ReconnectChoice(server: "nats://10.0.0.1:4222")
            case 3: return ReconnectChoice(server: "no:such:thing", delay: .zero)
            default: return nil
            }
        }
    }

    /// Asks the issuer, who may be slow, or have nothing new to give, or nothing at all.
    private func credentials(of name: String) -> ConnectOptions.Authentication {
        let (dice, purse) = (world.dice("\(name) credentials"), Purse())
        return .provider { [self] _ in
            let isKind = isCalm || purse.jwt == nil
            if !isKind, dice.isOne(in: 4) { await world.sleep(nanoseconds: dice.skewed(upTo: 8_000_000_000)) }
            if !isKind, dice.isOne(in: 10) { throw NATSError(.authenticationFailed, "the issuer is away") }
            if let last = purse.jwt, !isKind, dice.isOne(in: 5) { return .jwt(last) }
            let now = world.trueWallNanoseconds / 1_000_000_000
            let lifetime = isCalm ? 3_600 : dice.pick(2...90)
            let jwt = cluster.issuer.issue("U\(name)", atSeconds: now, lifetimeSeconds: lifetime)
            purse.jwt = jwt
            return .jwt(jwt)
        }
    }

    /// `@unchecked Sendable`: used on the thread of the loop only.
    private final class Purse: @unchecked Sendable {
        var jwt: String?
    }
}
