/// When and how often to try again.
///
/// Full jitter on every attempt, the first after a disconnect included: after a server's restart its clients come back
/// spread over the whole delay instead of all at once.
package struct ReconnectPolicy: Equatable, Sendable {
    /// Whether to connect again after a connection was lost.
    package var isEnabled = true
    /// Failed attempts in a row after which a server leaves the pool; nil: never.
    package var maximumAttempts: Int?
    /// The longest first delay to a server; each further one doubles it. 100 ms.
    package var baseDelayNanoseconds: UInt64 = 100_000_000
    /// The longest delay of all. 5 s.
    package var capDelayNanoseconds: UInt64 = 5_000_000_000
    /// Treat a failing first connect like a lost connection: go on trying. Configuration errors end it all the same.
    package var retryOnFirstConnect = false
    /// How long such a first connect may be tried; nil: for ever.
    package var firstConnectNanoseconds: UInt64?
    /// Close the session when one server refuses the credentials twice in a row.
    package var giveUpOnRepeatedAuthenticationFailure = false

    package init() {}

    /// The longest delay of attempt number `step` (from 0). `slow`: the cap at once, for refused credentials.
    func delayCeilingNanoseconds(step: Int, slow: Bool) -> UInt64 {
        if slow { return capDelayNanoseconds }
        // Checked by comparison, since a shift would lose bits: base * 2^step >= cap  <=>  base > (cap - 1) >> step.
        guard step < UInt64.bitWidth, capDelayNanoseconds > 0,
            baseDelayNanoseconds <= (capDelayNanoseconds &- 1) >> UInt64(step)
        else { return capDelayNanoseconds }
        return baseDelayNanoseconds << UInt64(step)
    }

    /// A delay between 0 and the ceiling, each equally likely.
    func delayNanoseconds(step: Int, slow: Bool, random: inout RandomSource) -> UInt64 {
        let ceiling = delayCeilingNanoseconds(step: step, slow: slow)
        return random.next(below: ceiling == .max ? .max : ceiling &+ 1)
    }
}
