/// Publishes and PINGs in the order in which they go over the wire of one connection, so that each PONG tells how
/// many publishes it confirms.
struct WireLedger {
    /// Publishes that entered the wire order.
    private(set) var taken: UInt64 = 0
    private var confirmed: UInt64 = 0
    /// For each PING without its PONG: the publishes before it.
    private var marks = FIFO<UInt64>()

    mutating func recordPublishes(_ count: UInt64) { taken &+= count }

    /// A PING behind `publishes` more publishes than have been recorded.
    mutating func recordPing(after publishes: UInt64 = 0) { marks.append(taken &+ publishes) }

    /// The number of publishes that this PONG confirms newly.
    mutating func recordPong() -> UInt64 {
        guard let mark = marks.popFirst() else { return 0 }
        defer { confirmed = max(confirmed, mark) }
        return mark > confirmed ? mark &- confirmed : 0
    }
}
