import NATSClient

/// Shows how the ingestion goes, ten times a second on a terminal, every second elsewhere; and notices when it doesn't.
struct ProgressDisplay {
    let screen: Screen
    let connection: NATSConnection
    let workload: Workload
    let window: DeliveryWindow

    /// No progress for so long means that messages were lost, for example with the server.
    static let stallLimit = Duration.seconds(10)

    /// What the run looked like, for the closing lines.
    struct Summary: Sendable {
        var ratesPerSecond: [Double] = []
        var peakMemoryBytes = 0
        var elapsed = Duration.zero
    }

    /// Runs until every subscription has got every message, or until it is cancelled.
    func run() async -> Summary {
        let interval = Duration.milliseconds(screen.isTerminal ? 100 : 1_000)
        let start = ContinuousClock.now
        var last = (time: start, delivered: 0)
        var lastProgress = start
        var summary = Summary()
        while true {
            let isLast = Task.isCancelled
            let delivered = window.delivered
            let now = ContinuousClock.now
            if delivered > last.delivered { lastProgress = now }
            let rate = Double(delivered - last.delivered) / max((now - last.time).seconds, 1e-3)
            last = (now, delivered)
            summary.elapsed = now - start
            summary.peakMemoryBytes = max(summary.peakMemoryBytes, residentMemoryBytes())
            if delivered > 0, !isLast { summary.ratesPerSecond.append(rate) }
            show(delivered, rate: isLast ? Double(delivered) / max(summary.elapsed.seconds, 1e-3) : rate)
            if isLast { break }
            if now - lastProgress > Self.stallLimit {
                let text = "nothing was delivered for \(Self.stallLimit), after \(Format.count(delivered)) messages"
                window.fail(DeliveryWindow.Stalled(description: text))
                break
            }
            try? await Task.sleep(for: interval)
        }
        if screen.isTerminal { screen.line() }
        return summary
    }

    private func show(_ delivered: Int, rate: Double) {
        let fraction = Double(delivered) / Double(workload.messageCount)
        let percent = Format.decimal(fraction * 100, places: 0).padded(toAtLeast: 3) + " %"
        let columns = [
            percent,
            Format.count(Int(rate)).padded(toAtLeast: 9) + " msg/s",
            (Format.decimal(rate * Double(workload.payloadBytes) / 1e6) + " MB/s").padded(toAtLeast: 10),
            "RSS " + Format.bytes(residentMemoryBytes()).padded(toAtLeast: 7),
            "pending " + Format.bytes(connection.statistics.pendingBytes).padded(toAtLeast: 7),
        ]
        guard screen.isTerminal else { return screen.line("  " + columns.joined(separator: "  ")) }
        let width = 26
        let done = bar(fraction, width: width)
        let rest = String(repeating: "░", count: width - done.count)
        screen.redraw(
            "  " + screen.styled(done, .green) + screen.styled(rest, .dim) + "  " + columns.joined(separator: "  "))
    }
}
