import Foundation
import NATSClient
import Synchronization
import TestSupport

/// Looks at everything again and again: at the accounts ten times a second, at throughput once a second.
final class Sampler: Sendable {
    struct Sample: Sendable {
        let seconds: Double
        let accepted: Int
        let delivered: Int
        let answered: Int
        let residentBytes: Int
        let descriptors: Int
        let threads: Int
    }

    private let world: World
    private let fleet: Fleet
    private let samples = Mutex<[Sample]>([])
    private let looks = Mutex(0)
    private let task = Mutex<Task<Void, Never>?>(nil)

    init(_ fleet: Fleet, in world: World) {
        (self.fleet, self.world) = (fleet, world)
        let task = Task { await run() }
        self.task.withLock { $0 = task }
    }

    var all: [Sample] { samples.withLock { $0 } }
    /// How many accounts were looked at.
    var accountLooks: Int { looks.withLock { $0 } }

    func stop() async {
        task.withLock { $0 }?.cancel()
        await task.withLock { $0 }?.value
    }

    /// What the process holds doesn't grow: the last quarter of the run against the second one. Nothing can be said of short runs.
    func judgeGrowth() {
        let all = all
        guard all.count >= Self.growthSamplesMin else { return }
        let early = all[(all.count / 4)..<(all.count / 2)]
        let late = all[(all.count * 3 / 4)...]
        func judge(_ what: String, allowed: Int, _ value: (Sample) -> Int) {
            let (before, after) = (Self.median(early.map(value)), Self.median(late.map(value)))
            world.verdict.check(after <= before + allowed, "\(what) grew from \(before) to \(after)")
        }
        // The harness's own books take some bytes for each row.
        judge("memory", allowed: 32 << 20, \.residentBytes)
        judge("descriptors", allowed: 30, \.descriptors)
        judge("threads", allowed: 8, \.threads)
    }

    private static let growthSamplesMin = 240

    private static func median(_ values: [Int]) -> Int { values.sorted()[values.count / 2] }

    private func run() async {
        var turn = 0
        while !Task.isCancelled {
            for client in fleet.clients {
                let statistics = client.nats.statistics
                world.verdict.check(statistics.isBalanced, "\(client.name): \(statistics)")
            }
            looks.withLock { $0 += fleet.clients.count }
            if turn % 10 == 0 { take() }
            turn += 1
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    private func take() {
        let sample = Sample(
            seconds: world.clock.seconds, accepted: fleet.publishers.reduce(0) { $0 + $1.acceptedRows },
            delivered: fleet.reader.deliveredRows, answered: fleet.askers.reduce(0) { $0 + $1.totals.answered },
            residentBytes: Self.residentBytes, descriptors: Self.count("/proc/self/fd"), threads: Self.count("/proc/self/task"))
        samples.withLock { $0.append(sample) }
    }

    private static var residentBytes: Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * 4_096
    }

    private static func count(_ folder: String) -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: folder).count) ?? 0
    }
}
