/// The exact account of accepted publishes (requests and responses included).
///
/// At any moment: `accepted = fenced + unconfirmed + lostUnknown + discarded + pending`. The parts are derived from
/// few counters, so that they can't drift.
struct OutboundAccount {
    /// Publishes and their frame bytes taken into the stage.
    var accepted: UInt64 = 0
    var acceptedBytes: UInt64 = 0
    /// Refused because the stage was full, under ``ConnectOptions/FullPolicy/dropNewest``. Never accepted.
    var dropped: UInt64 = 0
    /// Whole frames given to the kernel.
    var written: UInt64 = 0
    /// Written, and confirmed by a PONG that came behind them.
    var fenced: UInt64 = 0
    /// Written on a connection that was lost before a PONG confirmed them: the server has them or not.
    var lostUnknown: UInt64 = 0
    /// Accepted and then given up before they were written.
    var discarded: UInt64 = 0

    /// Written on this connection, not confirmed yet.
    var unconfirmed: UInt64 { written &- fenced &- lostUnknown }
    /// Accepted, not written.
    var pending: UInt64 { accepted &- written &- discarded }

    /// Within one connection written publishes only ever grow.
    mutating func advanceWritten(to total: UInt64) { written = max(written, total) }

    /// The connection is lost, and the kernel's word on what was written is final. A peer may have confirmed more than
    /// it ever got: that counts for nothing.
    mutating func settleWritten(_ total: UInt64) {
        written = total
        fenced = min(fenced, total &- lostUnknown)
    }
}
