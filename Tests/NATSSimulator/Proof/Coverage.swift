import NATSProtocol

/// Which cells of the reviewed tables lives have gone through: every state of a session × every input that has an effect in it.
package struct Coverage {
    package let reviewed: Set<String>
    package let touched: Set<String>
    /// All that was met, cells without an effect included.
    package let metCount: Int

    package var missing: [String] { reviewed.subtracting(touched).sorted() }

    /// - Parameter tables: the texts of the tables that `NATSProtocolTests` checks, of the session and of its move.
    package init(_ tally: CellTally, tables: (session: String, move: String)) {
        // What no life of a whole client does: see `Docs/Testing.md`.
        reviewed = Self.cells(of: tables.session, prefix: "").union(Self.cells(of: tables.move, prefix: "move"))
            .filter { !Self.isMessage($0) }
        let met = tally.cells.keys
        metCount = met.count
        touched = Set(met.map(Self.name)).intersection(reviewed)
    }

    /// Messages aren't counted, since they are the hot path.
    private static func isMessage(_ cell: String) -> Bool {
        cell.hasSuffix(" message") || cell.hasSuffix(" nextMessage") || cell.hasSuffix(" bytes")
    }

    /// Lines like `.idle: [`, and below them lines like `.start: "connect",`.
    private static func cells(of table: String, prefix: String) -> Set<String> {
        var cells: Set<String> = []
        var state: String?
        for line in table.split(separator: "\n") {
            let text = line.drop { $0 == " " }
            guard text.hasPrefix("."), let colon = text.firstIndex(of: ":") else { continue }
            let name = String(text[..<colon].dropFirst())
            if text.hasSuffix("[") {
                state = prefix.isEmpty ? name : prefix + name.prefix(1).uppercased() + name.dropFirst()
            } else if let state {
                cells.insert("\(state) \(name)")
            }
        }
        return cells
    }

    private static func name(_ cell: SessionCell) -> String {
        var input = "\(cell.input)"
        if cell.isSuccessor {
            switch cell.input {
            case .transportConnected: input = "nextConnected"
            case .transportFailed: input = "nextFailed"
            case .transportClosed: input = "nextClosed"
            default: input = "next" + input.prefix(1).uppercased() + input.dropFirst()
            }
        }
        return "\(cell.state) \(input)"
    }
}
