import CMallocCounter
import NATSClient
import Reactor
import TestSupport

/// What activities have left behind.
///
/// An activity is done, and done again until one repetition leaves no block of memory and no byte more than there were before
/// it. Pools and tables grow for some repetitions, and then no more; what leaks grows in every one.
struct SoakReport {
    private var operations = 0
    private var activities = 0
    private var defects: [String] = []

    private static let repetitionsMax = 12

    var summary: String { "\(operations) operations in \(activities) activities, \(defects.count) that leak" }

    func check() throws {
        guard defects.isEmpty else { throw Failure(defects.joined(separator: "\nFAIL ")) }
    }

    mutating func add(_ activity: SoakActivity, on bench: SoakBench, _ place: String) async throws {
        if let defect = try await defect(of: activity, on: bench) {
            defects.append("\(activity.name), \(place): \(defect)")
            print("FAIL \(activity.name), \(place): \(defect)")
        }
        activities += 1
    }

    mutating func expectLeak(_ activity: SoakActivity, on bench: SoakBench) async throws {
        guard try await defect(of: activity, on: bench) == nil else { return }
        throw Failure("the control leaks, and isn't seen")
    }

    private mutating func defect(of activity: SoakActivity, on bench: SoakBench) async throws -> String? {
        var growths: [String] = []
        let before = ProcessResources.now()
        try await repeatOnce(activity, on: bench)
        for _ in 0..<Self.repetitionsMax {
            let held = try await Holdings.whenQuiet(bench)
            try await repeatOnce(activity, on: bench)
            let growth = try await Holdings.whenQuiet(bench) - held
            guard growth.blocks > 0 || growth.bytes > 0 else { return try await leftovers(since: before, bench) }
            growths.append("\(growth.blocks) blocks, \(growth.bytes) bytes")
        }
        return "\(activity.count) repetitions leave " + growths.joined(separator: "; ")
    }

    private mutating func repeatOnce(_ activity: SoakActivity, on bench: SoakBench) async throws {
        do {
            try await activity.perform(bench, activity.count)
        } catch {
            throw Failure("\(activity.name): \(error)")
        }
        operations += activity.count
    }

    private func leftovers(since before: ProcessResources, _ bench: SoakBench) async throws -> String? {
        let isClean = try await holds(within: .seconds(20)) {
            // Loop thread and its descriptors are made by the first activity.
            Self.leaks(since: before).isEmpty && bench.loop.statistics.openStreams == 0 && bench.loop.statistics.timers == 0
        }
        if isClean { return nil }
        let statistics = bench.loop.statistics
        return "leaves \(Self.leaks(since: before)), \(statistics.openStreams) streams, \(statistics.timers) timers"
    }

    /// Threads that help are there while there is work, and this is work of theirs.
    private static func leaks(since before: ProcessResources) -> [String] {
        ProcessResources.now().leaks(since: before).filter { !$0.contains("reactor-helper") }
    }
}

/// The memory that the process holds.
struct Holdings {
    var blocks: Int64
    var bytes: Int64

    static var now: Holdings {
        let holdings = malloc_counter_holdings()
        return Holdings(blocks: holdings.blocks, bytes: holdings.bytes)
    }

    static func - (left: Holdings, right: Holdings) -> Holdings {
        Holdings(blocks: left.blocks - right.blocks, bytes: left.bytes - right.bytes)
    }

    /// When everything is closed and the figure has come to rest.
    static func whenQuiet(_ bench: SoakBench) async throws -> Holdings {
        _ = try await holds(within: .seconds(20)) { bench.loop.statistics.openStreams == 0 }
        var last = now
        for _ in 0..<200 {
            try await Task.sleep(for: .milliseconds(2))
            let next = now
            if next.blocks == last.blocks, next.bytes == last.bytes { break }
            last = next
        }
        return last
    }
}
