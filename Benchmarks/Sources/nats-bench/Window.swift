import CBenchProcess

/// What the process had used at one moment.
struct Usage: Sendable {
    let nanoseconds: UInt64
    let processorNanoseconds: UInt64
    let allocations: UInt64
    let voluntarySwitches: UInt64

    static var now: Usage {
        let usage = bench_usage_now()
        return Usage(
            nanoseconds: usage.monotonic_nanoseconds, processorNanoseconds: usage.processor_nanoseconds,
            allocations: usage.allocations, voluntarySwitches: usage.voluntary_switches)
    }
}

/// What is measured: everything between two moments.
struct Window: Sendable {
    let start: Usage
    let end: Usage

    init(from start: Usage, to end: Usage = .now) {
        self.start = start
        self.end = end
    }

    /// From the earliest start to the latest end.
    init?(spanning windows: [Window]) {
        guard let start = windows.map(\.start).min(by: { $0.nanoseconds < $1.nanoseconds }),
            let end = windows.map(\.end).max(by: { $0.nanoseconds < $1.nanoseconds })
        else { return nil }
        self.init(from: start, to: end)
    }

    var seconds: Double { Double(end.nanoseconds - start.nanoseconds) / 1e9 }
    var processorNanoseconds: UInt64 { end.processorNanoseconds - start.processorNanoseconds }
    var allocations: UInt64 { end.allocations - start.allocations }
    var voluntarySwitches: UInt64 { end.voluntarySwitches - start.voluntarySwitches }
}

enum MonotonicClock {
    static var nanoseconds: UInt64 { bench_now_nanoseconds() }
    /// Blocks the thread.
    static func sleep(untilNanoseconds time: UInt64) { bench_sleep_until_nanoseconds(time) }
}
