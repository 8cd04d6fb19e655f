import Foundation

/// The tables of one run.
struct MarkdownReport {
    let result: RunResult

    var text: String {
        let lines = header + [""] + faults + [""] + messages + [""] + others + [""] + violations
        return lines.joined(separator: "\n") + "\n"
    }

    private var header: [String] {
        let outages = result.clients.reduce(0) { $0 + $1.history.losses }
        return [
            "### \(result.name), seed \(result.seed)", "",
            "\(Self.number(result.seconds / 60, 1)) minutes\(result.isInterrupted ? " (interrupted)" : ""), "
                + "\(result.clients.count) connections to three servers, \(result.faults.count) faults, \(outages) lost connections, "
                + "\(result.violationCount) violations.",
        ]
    }

    private var faults: [String] {
        var lines = [
            "| Fault | Times | Lost connections | Back after: median | 99 % | longest |", "|---|---:|---:|---:|---:|---:|",
        ]
        for kind in FaultKind.allCases {
            let count = result.faults.count { $0.kind == kind }
            if count > 0 { lines.append(row(kind.rawValue, "\(count)", result.recoveries(from: kind))) }
        }
        let others = result.recoveries(from: nil)
        if !others.isEmpty { lines.append(row("none at that time", "", others)) }
        return lines
    }

    private func row(_ name: String, _ count: String, _ seconds: [Double]) -> String {
        let times = [50, 99, 100].map { seconds.percentile($0).map { Self.number($0, 2) + " s" } ?? "" }
        return "| \(name) | \(count) | \(seconds.count) | \(times.joined(separator: " | ")) |"
    }

    private var messages: [String] {
        let publishers = result.clients[result.publishers]
        func sum(_ value: (RunResult.Client) -> UInt64) -> UInt64 { publishers.reduce(0) { $0 + value($1) } }
        let rows = result.rows
        var lines = [
            "| Rows | |", "|---|---:|",
            "| published | \(sum(\.accepted)) |",
            "| fenced, as the client says | \(sum(\.fenced)) |",
            "| lost without a confirmation, as the client says | \(sum(\.lostUnknown)) |",
            "| discarded, as the client says (one publisher fails fast) | \(sum(\.discarded)) |",
            "| unseen by all witnesses, of those | \(rows.unseenOfLost) |",
            "| fenced on the wire, of the three publishers without TLS | \(rows.fencedOnWire) |",
            "| fenced and gone with a server that was killed before it passed them on | \(rows.diedWithServer) |",
        ]
        for (name, totals) in result.inbound {
            lines.append(
                "| delivered, \(name) | \(totals.delivered), dropped by a full queue \(totals.dropped), "
                    + "lost with a connection \(totals.lostInCut) |")
        }
        lines.append("| delivered, queue group of three | \(result.groupRows) |")
        return lines
    }

    private var others: [String] {
        let failures = result.requests.failures.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        let attempts = result.clients.map(\.history.failedAttempts).reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
        let settle = result.settleSeconds.sorted()
        let memory = result.samples.map { Double($0.residentBytes) / 1_048_576 }
        let half = memory.count / 2
        let descriptors = result.samples.map(\.descriptors)
        return [
            "| Other | |", "|---|---|",
            "| requests | \(result.requests.answered) answered; \(failures.joined(separator: ", ")); longest "
                + "\(Self.number(result.requests.longestSeconds, 2)) s of 2 s |",
            "| moves without an outage | \(result.clients.reduce(0) { $0 + $1.history.moves }) |",
            "| failed attempts to connect | \(attempts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")) |",
            "| all well after a storm | median \(Self.number(settle.percentile(50) ?? 0, 2)) s, longest \(Self.number(settle.last ?? 0, 2)) s |",
            "| accounts looked at | \(result.accountLooks) |",
            "| episodes of a slow consumer | \(result.clients.reduce(0) { $0 + $1.history.slowEpisodes }) |",
            "| memory of the process | \(Self.number(memory.prefix(half).suffix(half / 2 + 1).max() ?? 0, 0)) MiB at most in the second "
                + "quarter, \(Self.number(memory.suffix(half / 2 + 1).max() ?? 0, 0)) MiB in the last |",
            "| descriptors of the process | \(descriptors.prefix(half).max() ?? 0) at most in the first half, "
                + "\(descriptors.suffix(half).max() ?? 0) in the second |",
        ]
    }

    private var violations: [String] {
        guard result.violationCount > 0 else { return ["No violation."] }
        return ["Violations (`Scripts/chaos --seed \(result.seed) --backend \(result.name)`):", ""]
            + result.violations.map { "* at \(Self.number($0.seconds, 2)) s: \($0.text)" }
    }

    static func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
}
