/// When each message should leave.
struct Schedule {
    let rate: Int
    let warmup: Int
    let measured: Int

    var count: Int { warmup + measured }
    var seconds: Double { Double(count) / Double(rate) }

    func offsetNanoseconds(_ index: Int) -> UInt64 {
        let (high, low) = UInt64(index).multipliedFullWidth(by: 1_000_000_000)
        return UInt64(rate).dividingFullWidth((high, low)).quotient
    }

    /// Kept: the last message has left on time, but for 1 % of the whole and at least 10 ms. Hiccups that were made up
    /// for are not a breach: their latencies count from the intended start.
    func isKept(lateAtEndNanoseconds late: UInt64) -> Bool { Double(late) <= max(1e7, seconds * 1e7) }
}
