/// Decides from inbound bytes alone whether the server is still there.
///
/// One look per interval: bytes came since → look again one interval after the last ones; else a PING. The connection
/// is stale when one more PING would be outstanding than allowed, i.e. (maximum + 1) intervals after the last byte.
/// Fences of the user don't count: they may wait behind megabytes of publishes.
struct LivenessMonitor {
    enum CheckAction: Equatable {
        /// Look again at this time.
        case lookAgain(at: Timestamp)
        /// Send a PING, and look again at this time.
        case ping(lookAgainAt: Timestamp)
        case stale
    }

    let intervalNanoseconds: UInt64
    let maximumOutstanding: Int
    private var lastInbound: Timestamp
    private var outstanding = 0

    init(intervalNanoseconds: UInt64, maximumOutstanding: Int, now: Timestamp) {
        self.intervalNanoseconds = intervalNanoseconds
        self.maximumOutstanding = maximumOutstanding
        lastInbound = now
    }

    /// When to look first, or again after a sign of life.
    var nextLook: Timestamp { lastInbound.advanced(byNanoseconds: intervalNanoseconds) }

    mutating func bytesReceived(now: Timestamp) {
        lastInbound = now
        outstanding = 0
    }

    mutating func check(now: Timestamp) -> CheckAction {
        if nextLook > now { return .lookAgain(at: nextLook) }
        guard outstanding < maximumOutstanding else { return .stale }
        outstanding += 1
        return .ping(lookAgainAt: now.advanced(byNanoseconds: intervalNanoseconds))
    }
}
