import NATSClient
import NATSProtocol
import NATSStores
import Reactor
import Synchronization
import TestSupport

/// JetStream on three nodes of which one after the other is killed, while connections are cut and leaders step down: some hundred
/// faults a minute, and not a message lost or doubled that may not be.
struct KillsRun {
    struct Faults: Sendable {
        var kills = 0
        var cuts = 0
        var stepDowns = 0
    }

    let backend: EventLoop.Configuration.Backend
    let seed: UInt64
    /// Nodes to kill, unless the time is over before.
    let kills: Int
    let limit: Duration

    private static let settleSecondsMax = 120.0
    /// Two elections, and what is read again.
    private static let progressSecondsMax = 25.0

    var name: String { "\(backend)" == "ioUring" ? "io_uring" : "\(backend)" }

    func run() async throws -> KillsReport {
        var options = NATSServerOptions()
        options.isJetStreamEnabled = true
        return try await withNATSCluster(of: 3, options) { cluster in
            let loop = EventLoop(configuration: EventLoop.Configuration(backend: backend, name: "kills-\(name)"))
            defer {
                loop.shutdown()
                loop.join()
            }
            return try await run(cluster, loop)
        }
    }

    private func run(_ cluster: NATSCluster, _ loop: EventLoop) async throws -> KillsReport {
        let clock = RunClock()
        let verdict = Verdict(name: name, clock: clock)
        let control = try await NATS.connect(cluster.urls, options: .with(loop: loop))
        try await Self.makeStreams(control.jetStream(), verdict)
        var clients: [KillsClient] = []
        for index in 0..<5 { clients.append(try await KillsClient("k\(index)", cluster, loop)) }
        let load = KillsLoad(clients, clock: clock, verdict: verdict)
        let publishing = Task { try await load.publish() }
        let reading = Task { try await load.read() }
        let faults = await strike(cluster, clients, load, control.jetStream(), clock, verdict)
        let stormSeconds = clock.seconds
        var result = await reckon(cluster, control.jetStream(), load, publishing, reading, clock, verdict)
        result.faults = faults
        result.stormSeconds = stormSeconds
        result.reconnects = clients.map { Int($0.nats.statistics.reconnects) }
        for client in clients { await client.end() }
        await control.close()
        for server in cluster.servers {
            for line in server.parseErrors.prefix(3) { verdict.violation("\(server.url) didn't understand: \(line)") }
        }
        result.violations = verdict.count
        return result
    }

    /// A cluster that was just started has no leader at first.
    private static func makeStreams(_ jetStream: JetStream, _ verdict: Verdict) async throws {
        let areThere = try await holds(within: .seconds(60)) {
            do {
                for (name, consumer) in [(KillsLoad.exactStream, "confirmed"), (KillsLoad.plainStream, "pulled")] {
                    var settings = StreamConfiguration(name: name, subjects: ["\(name.lowercased()).*"])
                    settings.replicas = 3
                    settings.duplicateWindow = .seconds(1_200)
                    let stream = try await jetStream.createStream(settings)
                    var reader = ConsumerConfiguration(durable: consumer)
                    reader.acknowledgementWait = .seconds(5)
                    _ = try await stream.createConsumer(reader)
                }
                return true
            } catch is NATSError {
                return false
            }
        }
        verdict.check(areThere, "the streams can't be made")
    }

    // MARK: Faults

    private func strike(
        _ cluster: NATSCluster, _ clients: [KillsClient], _ load: KillsLoad, _ jetStream: JetStream, _ clock: RunClock,
        _ verdict: Verdict
    ) async -> Faults {
        let counts = Counts()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await cut(clients, counts) }
            group.addTask { await stepDown(jetStream, counts) }
            await killNodes(cluster, load, clock, verdict, counts)
            counts.end()
            await group.waitForAll()
        }
        return counts.faults
    }

    /// What the three rows of faults have done.
    private final class Counts: Sendable {
        private let state = Mutex((faults: Faults(), isOver: false))

        var faults: Faults { state.withLock { $0.faults } }
        var isOver: Bool { state.withLock { $0.isOver } }
        func end() { state.withLock { $0.isOver = true } }
        func add(_ path: any WritableKeyPath<Faults, Int> & Sendable) { state.withLock { $0.faults[keyPath: path] += 1 } }
    }

    /// One node after the other; the next one is killed when the last one listens again. Some follow at once; behind a few of
    /// them everybody gets something, which takes an election of some seconds.
    private func killNodes(
        _ cluster: NATSCluster, _ load: KillsLoad, _ clock: RunClock, _ verdict: Verdict, _ counts: Counts
    ) async {
        var chance = RandomSource(seed: seed)
        var last = -1
        while counts.faults.kills < kills, clock.seconds < RunClock.seconds(limit), !Task.isCancelled {
            var node = Int(chance.next(below: 3))
            if node == last { node = (node + 1) % 3 }
            last = node
            cluster[node].kill()
            counts.add(\.kills)
            if counts.faults.kills.isMultiple(of: 100) {
                say("\(name): \(counts.faults.kills) nodes killed, \(counts.faults.cuts) cuts, \(Int(clock.seconds)) s")
            }
            try? await Task.sleep(for: .milliseconds(Int(chance.next(below: 150))))
            await revive(cluster[node], verdict)
            try? await Task.sleep(for: .milliseconds(Int(chance.next(below: 300))))
            if chance.next(below: 3) == 0 { await load.progress(within: .seconds(Self.progressSecondsMax)) }
        }
    }

    private func revive(_ server: NATSServerProcess, _ verdict: Verdict) async {
        for _ in 0..<20 {
            do {
                return try await server.restart()
            } catch is NATSServerProcess.StartFailure {
                // Somebody's outgoing connection may hold its port for a moment.
                try? await Task.sleep(for: .milliseconds(300))
            } catch {
                return verdict.violation("a node doesn't come back: \(error)")
            }
        }
        verdict.violation("a node doesn't come back")
    }

    private func cut(_ clients: [KillsClient], _ counts: Counts) async {
        var chance = RandomSource(seed: seed &+ 1)
        while !counts.isOver {
            clients[Int(chance.next(below: UInt64(clients.count)))].cut(Int(chance.next(below: 1_000_000)))
            counts.add(\.cuts)
            try? await Task.sleep(for: .milliseconds(50 + Int(chance.next(below: 250))))
        }
    }

    private func stepDown(_ jetStream: JetStream, _ counts: Counts) async {
        var chance = RandomSource(seed: seed &+ 2)
        var jetStream = jetStream
        jetStream.timeout = .seconds(1)
        while !counts.isOver {
            try? await Task.sleep(for: .milliseconds(500 + Int(chance.next(below: 1_000))))
            let isExact = chance.next(below: 2) == 0
            let name = isExact ? KillsLoad.exactStream : KillsLoad.plainStream
            guard let stream = try? jetStream.unverifiedStream(name) else { continue }
            do {
                if chance.next(below: 2) == 0 {
                    try await stream.stepDownLeader()
                } else {
                    try await stream.unverifiedConsumer(isExact ? "confirmed" : "pulled").stepDownLeader()
                }
                counts.add(\.stepDowns)
            } catch {
                // There is no leader just now.
            }
        }
    }

    // MARK: The reckoning

    private func reckon(
        _ cluster: NATSCluster, _ jetStream: JetStream, _ load: KillsLoad, _ publishing: Task<Void, any Error>,
        _ reading: Task<Void, any Error>, _ clock: RunClock, _ verdict: Verdict
    ) async -> KillsReport {
        var report = KillsReport(name: name, seed: seed)
        do {
            try await cluster.settle(within: .seconds(60))
            let calm = clock.seconds
            load.end()
            try await publishing.value
            report.publishersSeconds = clock.seconds - calm
            var lasts: [String: UInt64] = [:]
            _ = try await holds(within: .seconds(60)) {
                for name in [KillsLoad.exactStream, KillsLoad.plainStream] {
                    guard let info = try? await jetStream.unverifiedStream(name).info() else { return false }
                    lasts[name] = info.state.lastSequence
                }
                return true
            }
            let ends = lasts
            let isRead = try await holds(within: .seconds(Self.settleSecondsMax)) {
                load.readings.allSatisfy { $0.progress.different >= Int(ends[$0.book.stream] ?? .max) }
            }
            report.readersSeconds = clock.seconds - calm
            if !isRead { say("\(name): readers are at \(load.readings.map(\.progress)), streams at \(ends)") }
            // The last confirmations.
            let exactLast = ends[KillsLoad.exactStream] ?? 0
            _ = try await holds(within: .seconds(30)) { load.confirming.confirmedCount >= Int(exactLast) }
            load.stopReading()
            try await reading.value
            let plainLast = ends[KillsLoad.plainStream] ?? 0
            report.books = [
                (load.exact.stream, load.exact.judge(last: exactLast)), (load.plain.stream, load.plain.judge(last: plainLast)),
            ]
            report.readings = load.readings.map { reading in
                let last = ends[reading.book.stream] ?? 0
                return (reading.name, reading.judge(last: last, confirms: reading === load.confirming))
            }
        } catch {
            verdict.violation("the reckoning failed: \(error)")
            publishing.cancel()
            reading.cancel()
        }
        report.totalSeconds = clock.seconds
        return report
    }
}

extension ConnectOptions {
    fileprivate static func with(loop: EventLoop) -> ConnectOptions {
        var options = ConnectOptions()
        options.name = "control"
        options.eventLoop = loop
        options.reconnect.maximumDelay = .milliseconds(200)
        return options
    }
}
