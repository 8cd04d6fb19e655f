import Dispatch
import NATSClient
import NATSProtocol
import Reactor
import Synchronization

/// One simulated life of a client: servers, network, users and faults, all from one seed.
package struct Life {
    package let seed: UInt64
    private let world: World
    private let cluster: ModelCluster
    private let oracle: Oracle
    private let loop: EventLoop

    /// What came of a life.
    package struct Report: Sendable {
        package let seed: UInt64
        package let violations: [String]
        package let counts: LifeCounts
        package let trace: String
    }

    package init(seed: UInt64, keepsTrace: Bool = false) {
        self.seed = seed
        world = World(seed: seed, trace: Trace(isKept: keepsTrace))
        cluster = ModelCluster(world: world, serverCount: Int(world.pick(1...3)))
        oracle = Oracle(world: world)
        cluster.oracle = oracle
        var configuration = EventLoop.Configuration(name: "simulation")
        configuration.simulatedKernel = world
        // Small blocks tear frames.
        if world.isOne(in: 2) { configuration.receiveBlockSize = Int(world.pick(4...16)) * 1_024 }
        loop = EventLoop(configuration: configuration)
    }

    /// Lives it through, on the thread of its loop; the caller's thread waits.
    package func run() -> Report {
        let done = DispatchSemaphore(value: 0)
        let drama = Drama(world: world, cluster: cluster, oracle: oracle, loop: loop)
        let timers = Mutex(0)
        Task.detached(executorPreference: loop.taskExecutor) { [loop] in
            await drama.play()
            try? loop.execute { on in
                timers.withLock { $0 = on.timerCount }
                done.signal()
            }
        }
        done.wait()
        loop.shutdown()
        loop.join()
        oracle.check(world.openConnectionCount == 0, "\(world.openConnectionCount) connections are left open")
        oracle.check(timers.withLock { $0 } == 0, "\(timers.withLock { $0 }) timers are left")
        oracle.check(loop.statistics.openStreams == 0, "\(loop.statistics.openStreams) streams are left open")
        return Report(
            seed: seed, violations: oracle.violations, counts: drama.counts, trace: world.trace.text)
    }
}
