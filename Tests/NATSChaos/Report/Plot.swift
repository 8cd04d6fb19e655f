import Foundation

/// Throughput, outages and faults over time as one SVG file, a part for each run.
struct Plot {
    private static let width = 1_200.0
    private static let left = 120.0
    private static let right = 20.0
    private static let chartHeight = 120.0
    private static let laneHeight = 12.0
    private static let pointsMax = 450

    let results: [RunResult]

    var svg: String {
        var parts: [String] = []
        var top = 10.0
        for result in results {
            let (text, height) = part(result, top)
            parts += text
            top += height + 24
        }
        let frame = "0 0 \(Self.text(Self.width)) \(Self.text(top))"
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="\(frame)" font-family="sans-serif" font-size="10">
            <rect width="100%" height="100%" fill="#ffffff"/>
            \(parts.joined(separator: "\n"))
            </svg>

            """
    }

    private func part(_ result: RunResult, _ top: Double) -> (text: [String], height: Double) {
        var text = [
            Self.label(
                4, top + 12, "\(result.name), seed \(result.seed), \(result.violationCount) violations", size: 13, anchor: "start"
            )
        ]
        var y = top + 20
        text += chart(result, y)
        y += Self.chartHeight + 8
        text.append(Self.label(Self.left, y + 9, "without a connection", anchor: "start", color: "#b00020"))
        y += Self.laneHeight
        for client in result.clients {
            text += lane(client.name, y)
            text.append(bars(result, client.history.outages.map { ($0.start, $0.end) }, y, "#d62728"))
            y += Self.laneHeight
        }
        y += 4
        text.append(Self.label(Self.left, y + 9, "faults", anchor: "start", color: "#3b3b3b"))
        y += Self.laneHeight
        for kind in FaultKind.allCases {
            let entries = result.faults.filter { $0.kind == kind }
            guard !entries.isEmpty else { continue }
            text += lane(kind.rawValue, y)
            let color = FaultKind.ofServers.contains(kind) ? "#1f4e79" : FaultKind.ofLinks.contains(kind) ? "#8c564b" : "#7f7f7f"
            text.append(bars(result, entries.map { ($0.start, $0.end) }, y, color))
            y += Self.laneHeight
        }
        text += axis(result, y)
        return (text, y + 16 - top)
    }

    /// Rows and requests a second.
    private func chart(_ result: RunResult, _ top: Double) -> [String] {
        let step = max(1, result.samples.count / Self.pointsMax)
        let samples = stride(from: 0, to: result.samples.count, by: step).map { result.samples[$0] }
        let pairs = zip(samples, samples.dropFirst())
        func rates(_ value: (Sampler.Sample) -> Int) -> [(Double, Double)] {
            pairs.map { ($1.seconds, Double(value($1) - value($0)) / max(0.1, $1.seconds - $0.seconds)) }
        }
        let lines = [
            ("rows published a second", "#2ca02c", rates(\.accepted)),
            ("rows delivered to the reader", "#1f77b4", rates(\.delivered)),
            ("requests answered", "#ff7f0e", rates(\.answered)),
        ]
        let highest = max(1, lines.flatMap { $0.2.map(\.1) }.max() ?? 1)
        let bottom = top + Self.chartHeight
        var text = [
            "<rect x=\"\(Self.text(Self.left))\" y=\"\(Self.text(top))\" width=\"\(Self.text(Self.width - Self.left - Self.right))\" "
                + "height=\"\(Self.text(Self.chartHeight))\" fill=\"#fafafa\" stroke=\"#cccccc\"/>",
            Self.label(Self.left - 6, top + 9, "\(Int(highest))/s"), Self.label(Self.left - 6, bottom, "0"),
        ]
        for (index, (name, color, points)) in lines.enumerated() {
            let path = points.map { point in
                Self.text(x(result, point.0)) + "," + Self.text(bottom - point.1 / highest * (Self.chartHeight - 4))
            }
            text.append(
                "<polyline fill=\"none\" stroke=\"\(color)\" stroke-width=\"1\" points=\"\(path.joined(separator: " "))\"/>")
            text.append(
                Self.label(Self.width - Self.right - 400 + Double(index) * 165, top - 6, name, anchor: "middle", color: color))
        }
        return text
    }

    private func lane(_ name: String, _ y: Double) -> [String] {
        [
            Self.label(Self.left - 6, y + 9, name),
            "<rect x=\"\(Self.text(Self.left))\" y=\"\(Self.text(y + 1))\" width=\"\(Self.text(Self.width - Self.left - Self.right))\" "
                + "height=\"\(Self.text(Self.laneHeight - 2))\" fill=\"#f2f2f2\"/>",
        ]
    }

    /// All of a lane in one path: a file of half the size.
    private func bars(_ result: RunResult, _ times: [(start: Double, end: Double?)], _ y: Double, _ color: String) -> String {
        let middle = Self.text(y + Self.laneHeight / 2)
        let path = times.map { start, end in
            let (from, to) = (x(result, start), x(result, end ?? result.seconds))
            return "M\(Self.text(from)) \(middle)h\(Self.text(max(1.2, to - from)))"
        }
        return "<path stroke=\"\(color)\" stroke-width=\"\(Self.text(Self.laneHeight - 2))\" d=\"\(path.joined())\"/>"
    }

    private func axis(_ result: RunResult, _ y: Double) -> [String] {
        let step = result.seconds > 600 ? 120.0 : result.seconds > 120 ? 30.0 : 5.0
        return stride(from: 0, through: result.seconds, by: step).map { seconds in
            Self.label(
                x(result, seconds), y + 12, step >= 60 ? "\(Int(seconds / 60)) min" : "\(Int(seconds)) s", anchor: "middle")
        }
    }

    private func x(_ result: RunResult, _ seconds: Double) -> Double {
        Self.left + seconds / max(1, result.seconds) * (Self.width - Self.left - Self.right)
    }

    private static func label(
        _ x: Double, _ y: Double, _ text: String, size: Int = 10, anchor: String = "end", color: String = "#222222"
    ) -> String {
        "<text x=\"\(Self.text(x))\" y=\"\(Self.text(y))\" font-size=\"\(size)\" text-anchor=\"\(anchor)\" fill=\"\(color)\">\(text)</text>"
    }

    private static func text(_ value: Double) -> String { String(format: "%.1f", value) }
}
