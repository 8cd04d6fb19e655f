import Histogram
import Synchronization

/// Latencies of several tasks, in a few HDR histograms, so that tasks seldom meet at a lock. Recording doesn't allocate.
final class Latencies: Sendable {
    private let first = Shard()
    private let second = Shard()

    /// `recorder`: any number that tells the tasks apart.
    func record(nanoseconds: UInt64, recorder: Int = 0) {
        (recorder & 1 == 0 ? first : second).record(nanoseconds)
    }

    var percentiles: Percentiles? {
        var all = first.snapshot
        all.add(second.snapshot)
        return Percentiles(all)
    }

    private final class Shard: Sendable {
        private static let longest: UInt64 = 1 << 36
        private let histogram = Mutex(LatencyHistogram(highestTrackableValue: longest))

        func record(_ nanoseconds: UInt64) {
            histogram.withLock { _ = $0.record(min(nanoseconds, Self.longest)) }
        }

        var snapshot: LatencyHistogram { histogram.withLock { $0 } }
    }
}

/// Nanoseconds up to 68 seconds, in three significant digits.
typealias LatencyHistogram = Histogram<UInt32>

/// Microseconds.
struct Percentiles: Equatable {
    var p50, p90, p99, p999, max: Double
}

extension Percentiles {
    init?(_ histogram: LatencyHistogram) {
        guard histogram.totalCount > 0 else { return nil }
        func microseconds(_ percentile: Double) -> Double {
            Double(histogram.valueAtPercentile(percentile)) / 1_000
        }
        self.init(
            p50: microseconds(50), p90: microseconds(90), p99: microseconds(99), p999: microseconds(99.9),
            max: Double(histogram.maxRecorded) / 1_000)
    }
}
