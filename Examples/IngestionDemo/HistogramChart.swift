/// Draws a histogram in the terminal: a row for each range of durations, the rare rest above the 99.9th percentile in one.
struct HistogramChart {
    let histogram: LatencyHistogram
    let screen: Screen

    private static let rowsMax = 14
    private static let barWidth = 56

    func draw() {
        let rows = rows()
        let highest = max(1, rows.map { histogram.count(in: $0) }.max() ?? 1)
        for row in rows { draw("from " + bound(row.lowerBound), count: histogram.count(in: row), of: highest) }
        let rest = histogram.count(in: (rows.last?.upperBound ?? 0)..<Int.max)
        if rest > 0 { draw("beyond", count: rest, of: highest) }
        screen.line()
        screen.line("  " + percentiles())
    }

    /// Ranges of buckets from the fastest to the 99.9th percentile, each wider than the one before by the same ratio.
    private func rows() -> [Range<Int>] {
        let first = LatencyHistogram.bucket(of: histogram.minimum)
        let last = LatencyHistogram.bucket(of: histogram.percentile(99.9))
        let perOctave = LatencyHistogram.bucketsPerOctave
        // Where 2^(1/8), 2^(2/8) … lie among the 32 equal buckets of an octave; then fourths, halves and wholes.
        for offsets in [[0, 3, 6, 10, 13, 17, 22, 26], [0, 6, 13, 22], [0, 13], [0]] {
            let edges = (first / perOctave...last / perOctave + 1).flatMap { octave in
                offsets.map { octave * perOctave + $0 }
            }
            let rows = zip(edges, edges.dropFirst()).map { $0..<$1 }
                .filter { $0.upperBound > first && $0.lowerBound <= last }
            if rows.count <= Self.rowsMax || offsets.count == 1 { return rows }
        }
        return []
    }

    private func draw(_ label: String, count: Int, of highest: Int) {
        let share = Format.decimal(Double(count) * 100 / Double(max(1, histogram.count)), places: 1) + " %"
        let drawn = bar(Double(count) / Double(highest), width: Self.barWidth).filled(to: Self.barWidth)
        screen.line(
            "  " + screen.styled(label.padded(toAtLeast: 14), .dim) + " "
                + screen.styled(drawn, .cyan) + share.padded(toAtLeast: 8))
    }

    private func bound(_ bucket: Int) -> String {
        Format.duration(nanoseconds: LatencyHistogram.lowerBound(of: bucket)).padded(toAtLeast: 9)
    }

    private func percentiles() -> String {
        let marks: [(String, UInt64)] = [
            ("p50", histogram.percentile(50)), ("p90", histogram.percentile(90)), ("p99", histogram.percentile(99)),
            ("p99.9", histogram.percentile(99.9)), ("max", histogram.maximum),
        ]
        return marks.map { screen.styled($0.0, .dim) + " " + screen.styled(Format.duration(nanoseconds: $0.1), .bold) }
            .joined(separator: "    ")
    }
}
