import NATSClient
import NATSProtocol
import Reactor
import Synchronization

/// One simulated life of clients: servers, network, users and faults, all from one seed.
package struct Life {
    /// What clients use.
    package enum Kind: Sendable {
        /// Subjects: publishes, subscriptions, requests.
        case core
        /// Streams and consumers.
        case jetStream
    }

    package let seed: UInt64
    private let kind: Kind
    package let world: World
    private let cluster: ModelCluster
    private let oracle: Oracle
    private let loop: EventLoop
    private let tally: CellTally

    /// What came of a life.
    package struct Report: Sendable {
        package let seed: UInt64
        package let violations: [String]
        package let counts: LifeCounts
        package let trace: String
        /// What was done on purpose, in order.
        package let steps: [Step]
    }

    /// - Parameters:
    ///   - skipped: steps that are left out; the rest happens as before, as far as it can.
    ///   - tally: counts what the sessions go through.
    package init(
        seed: UInt64, kind: Kind = .core, keepsTrace: Bool = false, skipping skipped: Set<Step> = [],
        tally: CellTally = CellTally()
    ) {
        self.seed = seed
        self.kind = kind
        self.tally = tally
        world = World(seed: seed, trace: Trace(isKept: keepsTrace), skipping: skipped)
        let dice = world.dice("cluster")
        var settings = ModelServerSettings()
        if kind == .core {
            settings.wantsJWT = dice.isOne(in: 5)
            if dice.isOne(in: 5) { settings.maximumPendingBytes = Int(dice.pick(20_000...200_000)) }
        }
        cluster = ModelCluster(world: world, serverCount: Int(dice.pick(1...3)), settings: settings)
        cluster.gossips = !dice.isOne(in: 6)
        oracle = Oracle(world: world)
        cluster.oracle = oracle
        if kind == .jetStream { cluster.jetStream = ModelJetStream(cluster) }
        var configuration = EventLoop.Configuration(name: "simulation")
        configuration.simulatedKernel = world
        configuration.receiveBlockCount = 4
        // Small blocks tear frames.
        if dice.isOne(in: 2) { configuration.receiveBlockSize = Int(dice.pick(4...16)) * 1_024 }
        loop = EventLoop(configuration: configuration)
    }

    /// Lives it through, on the calling thread.
    package func run() -> Report {
        let drama = Drama(world: world, cluster: cluster, oracle: oracle, loop: loop, tally: tally)
        let stores = cluster.jetStream.map { StoreDrama(drama, $0) }
        world.betweenTurns = { [oracle, world, loop] in
            oracle.checkTurn()
            stores?.checkTurn()
            if world.isOver { loop.shutdown() }
        }
        let timers = Count()
        do {
            try loop.runHere { [loop] _ in
                Task(executorPreference: loop.taskExecutor) {
                    if let stores { await stores.play() } else { await drama.play() }
                    try? loop.execute { on in
                        timers.value.withLock { $0 = on.timerCount }
                        loop.shutdown()
                    }
                }
            }
        } catch {
            oracle.check(false, "the loop doesn't run: \(error)")
        }
        if !world.isOver { checkNothingIsLeft(timers: timers.value.withLock { $0 }) }
        stores?.forgetEverybody()
        forgetEverybody(of: drama)
        oracle.counts.steps = world.steps.count
        return Report(
            seed: seed, violations: oracle.violations, counts: oracle.counts, trace: world.trace.text, steps: world.steps)
    }

    /// Whoever took part knows the others, so that none would ever be freed.
    private func forgetEverybody(of drama: Drama) {
        drama.forgetClients()
        oracle.forgetConnections()
        world.forgetEverything()
    }

    private final class Count: Sendable {
        let value = Mutex(0)
    }

    private func checkNothingIsLeft(timers: Int) {
        oracle.check(world.openConnections.isEmpty, "\(world.openConnections.count) connections are left open")
        oracle.check(loop.statistics.openStreams == 0, "\(loop.statistics.openStreams) streams are left open")
        oracle.check(loop.statistics.blocksLent == 0, "\(loop.statistics.blocksLent) receive blocks are still lent")
        oracle.check(timers == 0, "\(timers) timers are left")
    }
}
