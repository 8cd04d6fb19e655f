import Synchronization

/// The account of one publisher's rows, kept by others than the client: by what the proxies saw on the wire, and by the
/// witnesses at the servers.
///
/// - **Fenced on the wire**: on some connection the row stands before a PING whose PONG came back through the proxy. nats-server
///   handles the operations of a connection in order, so it has processed the row, whatever happens to it afterwards.
/// - **Seen**: a witness, connected directly to a server, got the row.
final class RowBook: Sendable {
    /// Rows between two successful flushes.
    struct Block: Sendable {
        let rows: Range<Int>
        /// As the client says: lost without a confirmation, or discarded.
        let lost: Int
        let seconds: ClosedRange<Double>
    }

    /// What became of the settled rows.
    struct Totals: Sendable {
        var rows = 0
        var blocks = 0
        var lost = 0
        /// Seen by no witness, of those that weren't fenced: what was really lost.
        var unseenOfLost = 0
        /// Fenced, and gone with a server that was killed before it had told anybody.
        var diedWithServer = 0
        var fencedOnWire = 0
    }

    private struct State {
        var linkOfRow: [Int32] = []
        var fenced = BitSet()
        var seen: [BitSet]
        /// For each witness the last row by connection: on one connection, rows come in order.
        var lastSeen: [[Int32: Int]]
        var links: [Int32: WireLink] = [:]
        var blocks: [Block] = []
        var totals = Totals()
    }

    /// One connection of the publisher, as its proxy sees it.
    private struct WireLink {
        var last = -1
        /// Rows since the last PING.
        var rows: [Int] = []
        /// Rows before each PING that isn't answered.
        var pings: [[Int]] = []
    }

    let publisher: Int
    /// The proxies can read what it says: it isn't encrypted.
    let isTapped: Bool
    private let verdict: Verdict
    private let state: Mutex<State>

    init(publisher: Int, isTapped: Bool, witnesses: Int, verdict: Verdict) {
        self.publisher = publisher
        self.isTapped = isTapped
        self.verdict = verdict
        let seen = [BitSet](repeating: BitSet(), count: witnesses)
        state = Mutex(State(seen: seen, lastSeen: [[Int32: Int]](repeating: [:], count: witnesses)))
    }

    var totals: Totals { state.withLock { $0.totals } }

    // MARK: The wire

    func sent(_ row: Int, link: Int32) {
        let defect: String? = state.withLock { state in
            while state.linkOfRow.count <= row { state.linkOfRow.append(-1) }
            let earlier = state.linkOfRow[row]
            state.linkOfRow[row] = link
            let last = state.links[link, default: WireLink()].last
            state.links[link, default: WireLink()].last = row
            state.links[link, default: WireLink()].rows.append(row)
            if earlier >= 0 { return "was sent twice, on connections \(earlier) and \(link)" }
            return last < row ? nil : "was sent behind row \(last) on connection \(link)"
        }
        if let defect { verdict.violation("\(Row(publisher: publisher, number: row)) \(defect)") }
    }

    func pinged(link: Int32) {
        state.withLock { state in
            let rows = state.links[link]?.rows ?? []
            state.links[link, default: WireLink()].rows = []
            state.links[link, default: WireLink()].pings.append(rows)
        }
    }

    func ponged(link: Int32) {
        state.withLock { state in
            guard let first = state.links[link]?.pings.first else { return }
            state.links[link]?.pings.removeFirst()
            for row in first where state.fenced.insert(row) { state.totals.fencedOnWire += 1 }
        }
    }

    func closed(link: Int32) { state.withLock { state in state.links[link] = nil } }

    // MARK: The witnesses

    func witnessed(_ row: Int, by witness: Int) {
        let defect: String? = state.withLock { state in
            guard state.seen[witness].insert(row) else { return "reached witness \(witness) twice" }
            let link = row < state.linkOfRow.count ? state.linkOfRow[row] : -1
            guard link >= 0 else { return nil }
            let last = state.lastSeen[witness][link] ?? -1
            state.lastSeen[witness][link] = row
            return last < row ? nil : "reached witness \(witness) behind row \(last) of the same connection"
        }
        if let defect { verdict.violation("\(Row(publisher: publisher, number: row)) \(defect)") }
    }

    // MARK: The publisher

    func fenced(_ block: Block) { state.withLock { $0.blocks.append(block) } }

    /// Judges the blocks that had ended before `fence`, when each witness has passed a fence since then.
    ///
    /// - Parameter hasDied: whether a server, and what only it knew, went away in this time.
    func settle(before fence: Double, hasDied: (ClosedRange<Double>) -> Bool) {
        let defects: [String] = state.withLock { state in
            let settled = state.blocks.prefix { $0.seconds.upperBound < fence }
            state.blocks.removeFirst(settled.count)
            return settled.flatMap { block in
                judge(block, hasDied: hasDied(block.seconds.lowerBound...fence), &state)
            }
        }
        for defect in defects { verdict.violation("publisher \(publisher): " + defect) }
    }

    private func judge(_ block: Block, hasDied: Bool, _ state: inout State) -> [String] {
        var defects: [String] = []
        let unseen = block.rows.filter { row in !state.seen.contains { $0.contains(row) } }
        let unfenced = isTapped ? block.rows.filter { !state.fenced.contains($0) } : []
        if unfenced.count > block.lost {
            defects.append(
                "the client says that all but \(block.lost) of the rows \(block.rows) are fenced; the wire says that "
                    + "\(unfenced.count) aren't: \(unfenced.prefix(5))")
        }
        let excess = max(0, unseen.count - block.lost)
        if excess > 0, !hasDied {
            defects.append(
                "of the rows \(block.rows), \(block.lost) may be lost, but \(unseen.count) were seen by no witness: "
                    + "\(unseen.prefix(5))")
        }
        state.totals.rows += block.rows.count
        state.totals.blocks += 1
        state.totals.lost += block.lost
        state.totals.unseenOfLost += min(unseen.count, block.lost)
        state.totals.diedWithServer += excess
        return defects
    }
}
