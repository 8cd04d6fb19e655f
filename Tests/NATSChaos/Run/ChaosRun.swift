import Foundation
import NATSClient
import Reactor
import TestSupport

/// One run: a cluster, the load, storms and calms, and the verdict.
struct ChaosRun {
    typealias Backend = EventLoop.Configuration.Backend

    let backend: Backend
    let seed: UInt64
    let length: Duration

    var name: String { "\(backend)" == "ioUring" ? "io_uring" : "\(backend)" }

    /// When it is cancelled, it ends early, and in order.
    func run() async throws -> RunResult {
        let realm = try Realm()
        var options = NATSServerOptions()
        options.webSocket = .init()
        options.pingInterval = .seconds(3)
        options.lameDuckGracePeriod = .seconds(10)
        realm.apply(to: &options)
        return try await withNATSCluster(of: 3, options) { cluster in
            let loop = EventLoop(configuration: EventLoop.Configuration(backend: backend, name: "chaos-\(name)"))
            defer {
                loop.shutdown()
                loop.join()
            }
            let world = World(name: name, clock: RunClock(), cluster: cluster, realm: realm, loop: loop)
            let books = Fleet.publisherTransports.enumerated().map { index, transport in
                RowBook(publisher: index, isTapped: transport != .tls, witnesses: cluster.servers.count, verdict: world.verdict)
            }
            let witnesses = try Witnesses(books, in: world)
            defer { witnesses.stop() }
            let areListening = try await holds(within: .seconds(30)) {
                cluster.servers.indices.allSatisfy { witnesses.isListening(at: $0) }
            }
            world.verdict.check(areListening, "the witnesses don't listen")
            let fleet = try await Fleet(books, in: world)
            return await run(world, fleet, witnesses)
        }
    }

    private func run(_ world: World, _ fleet: Fleet, _ witnesses: Witnesses) async -> RunResult {
        let sampler = Sampler(fleet, in: world)
        fleet.begin(seed: seed)
        var settleSeconds: [Double] = []
        var isInterrupted = false
        do {
            var schedule = Schedule(seed: seed)
            let end = RunClock.seconds(length)
            while world.clock.seconds < end {
                try await storm(schedule.nextEpisode(), world, fleet, witnesses)
                settleSeconds.append(try await calm(world, fleet, witnesses))
                try await allSubscriptionsLive(world, fleet)
            }
            try await fleet.finishLoad()
            _ = try await calm(world, fleet, witnesses)
            fleet.compareReports()
            fleet.judgeRecoveries()
        } catch is CancellationError {
            isInterrupted = true
        } catch {
            world.verdict.violation("the run ended early: \(error)")
        }
        await sampler.stop()
        sampler.judgeGrowth()
        await fleet.end()
        for server in world.cluster.servers {
            for line in server.parseErrors.prefix(3) { world.verdict.violation("\(server.url) didn't understand: \(line)") }
        }
        return RunResult(
            run: self, world: world, fleet: fleet, sampler: sampler, settleSeconds: settleSeconds,
            witnessLosses: witnesses.losses, isInterrupted: isInterrupted)
    }

    private func storm(_ episode: Episode, _ world: World, _ fleet: Fleet, _ witnesses: Witnesses) async throws {
        let servers = ServerFaults(world: world, fleet: fleet, witnesses: witnesses)
        let clients = ClientFaults(world: world, fleet: fleet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for fault in episode.servers { try await after(fault) { try await servers.strike(fault) } } }
            for row in [episode.links, episode.users] {
                group.addTask { for fault in row { try await after(fault) { try await clients.strike(fault) } } }
            }
            try await group.waitForAll()
        }
    }

    private func after(_ fault: Fault, _ strike: () async throws -> Void) async throws {
        try await Task.sleep(for: .milliseconds(fault.gap))
        try await strike()
    }

    /// Each subscription that is held gets messages again.
    private func allSubscriptionsLive(_ world: World, _ fleet: Fleet) async throws {
        let before = fleet.deliveries
        var silent: [String] = []
        _ = try await holds(within: .seconds(World.settleSecondsMax)) {
            silent = zip(before, fleet.deliveries).filter { $0.count >= $1.count }.map { $0.0.name }
            return silent.isEmpty
        }
        try Task.checkCancellation()
        world.verdict.check(silent.isEmpty, "nothing arrives after the storm: \(silent)")
    }

    /// Waits until everybody is well, and judges what has been fenced.
    ///
    /// - Returns: how long that took, in seconds.
    private func calm(_ world: World, _ fleet: Fleet, _ witnesses: Witnesses) async throws -> Double {
        let start = world.clock.seconds
        var ill = fleet.clients
        _ = try await holds(within: .seconds(World.settleSecondsMax)) {
            var rest: [ChaosClient] = []
            for client in ill where await !client.isWell() { rest.append(client) }
            ill = rest
            return ill.isEmpty
        }
        try Task.checkCancellation()
        for client in ill {
            world.verdict.violation(
                "\(client.name) isn't well \(World.settleSecondsMax) s after the storm: \(client.nats.status), "
                    + "last error \(client.nats.lastError.map { "\($0)" } ?? "none")")
        }
        let seconds = world.clock.seconds - start
        world.faults.note(String(format: "calm: all clients are well after %.2f s", seconds))
        let fence = world.clock.seconds
        if try await witnesses.passFence() {
            for book in fleet.books { book.settle(before: fence) { world.watch.hasDied(in: $0) } }
        } else {
            world.verdict.violation("the witnesses get no answer in a calm")
        }
        return seconds
    }
}
