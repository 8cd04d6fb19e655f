import NATSClient

/// The closing account: what became of every message.
struct Account {
    let workload: Workload
    /// Of the publishing connection, right after its fence.
    let outbound: ConnectionStatistics
    /// Of the subscribing connection, at the end.
    let inbound: ConnectionStatistics
    let deliveries: [Delivery]
    let requestCount: Int
    let requests: RequestRound.Outcome?

    /// Whether every message is accounted for, to the message.
    var isComplete: Bool { rows.allSatisfy(\.isRight) }

    private struct Row {
        let name: String
        let messages: Int
        let isRight: Bool
        var note = ""
    }

    func show(on screen: Screen) {
        screen.title("Account")
        screen.rule()
        for row in rows {
            let mark = row.isRight ? screen.styled("✓", .green) : screen.styled("✗", .red)
            let count = Format.count(row.messages).padded(toAtLeast: 15)
            let note = row.note.isEmpty ? "" : "   " + screen.styled(row.note, .dim)
            screen.line("  \(mark) " + row.name.filled(to: 28) + count + note)
        }
        screen.rule()
        if isComplete {
            let verdict = screen.styled("PASS", .green)
            screen.line("  \(verdict)  accepted = written = fenced = delivered, to the message")
        } else {
            screen.line("  " + screen.styled("FAIL", .red) + "  the rows marked ✗ don't add up")
        }
        screen.line()
    }

    private var rows: [Row] {
        let expected = workload.messageCount
        let written = outbound.publishesFenced + outbound.publishesUnconfirmed + outbound.publishesLostUnknown
        var rows = [
            row("accepted by publish", Int(outbound.publishesAccepted), expected),
            row("written to the server", Int(written), expected),
            row("fenced by the server", Int(outbound.publishesFenced), expected, "confirmed by its PONG"),
        ]
        rows += deliveries.map { delivery in
            Row(
                name: "delivered, " + delivery.name, messages: delivery.tally.messages,
                isRight: delivery.tally.messages == expected && delivery.tally.isClean, note: note(of: delivery))
        }
        rows.append(row("dropped", Int(inbound.messagesDropped + outbound.publishesDropped), 0))
        rows.append(row("connections lost", Int(inbound.reconnects + outbound.reconnects), 0))
        if let requests {
            rows.append(
                row("requests answered", requests.answered, requestCount, "each reply equals its request"))
        }
        return rows
    }

    private func row(_ name: String, _ messages: Int, _ expected: Int, _ note: String = "") -> Row {
        let isRight = messages == expected
        return Row(
            name: name, messages: messages, isRight: isRight,
            note: isRight ? note : "expected \(Format.count(expected))")
    }

    private func note(of delivery: Delivery) -> String {
        let tally = delivery.tally
        guard tally.isClean else {
            return "\(tally.corrupt) corrupt, \(tally.outOfOrder) out of order, \(tally.repeated) repeated"
        }
        guard !delivery.shares.isEmpty else { return "in order, every byte checked" }
        return delivery.shares.map { Format.count($0) }.joined(separator: " + ") + ", none twice"
    }
}
