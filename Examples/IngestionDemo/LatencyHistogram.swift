/// Counts durations in buckets that are 3 % wide, from 1 ns to hours. Recording costs a few instructions and no memory.
struct LatencyHistogram: Sendable {
    /// Buckets of equal width within each power of two.
    static let bucketsPerOctave = 32

    private(set) var count = 0
    private(set) var minimum = UInt64.max
    private(set) var maximum: UInt64 = 0
    private var buckets = [Int](repeating: 0, count: 44 * bucketsPerOctave)

    mutating func record(nanoseconds: UInt64) {
        count += 1
        minimum = min(minimum, nanoseconds)
        maximum = max(maximum, nanoseconds)
        buckets[min(Self.bucket(of: nanoseconds), buckets.count - 1)] += 1
    }

    /// The duration that so many per cent didn't exceed.
    func percentile(_ percent: Double) -> UInt64 {
        let rank = max(1, Int((Double(count) * percent / 100).rounded(.up)))
        var seen = 0
        for (index, number) in buckets.enumerated() {
            seen += number
            if seen >= rank { return min(Self.lowerBound(of: index + 1) - 1, maximum) }
        }
        return maximum
    }

    /// Durations in the buckets of this range.
    func count(in range: Range<Int>) -> Int { buckets[range.clamped(to: buckets.indices)].reduce(0, +) }

    static func bucket(of nanoseconds: UInt64) -> Int {
        guard nanoseconds >= bucketsPerOctave else { return Int(nanoseconds) }
        let octave = nanoseconds.bitWidth - 1 - nanoseconds.leadingZeroBitCount - 5
        return octave * bucketsPerOctave + Int(nanoseconds >> UInt64(octave))
    }

    static func lowerBound(of bucket: Int) -> UInt64 {
        guard bucket >= bucketsPerOctave else { return UInt64(bucket) }
        let octave = bucket / bucketsPerOctave - 1
        return UInt64(bucket - octave * bucketsPerOctave) << UInt64(octave)
    }
}
