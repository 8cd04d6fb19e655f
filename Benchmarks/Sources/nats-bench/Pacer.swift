import NATSClient

/// Publishes on schedule.
struct Pacer {
    let publisher: PreparedPublisher
    let payload: [UInt8]
    let headers: Headers?
    let schedule: Schedule

    struct Pace {
        /// When the measured part began.
        var start: Usage
        var lateMaxNanoseconds: UInt64 = 0
        var lateAtEndNanoseconds: UInt64 = 0
    }

    /// On the main thread, which it blocks: nobody else needs that one. Sleeps, and polls the clock for the last stretch.
    @MainActor
    func run(_ meter: LatencyMeter) throws -> Pace {
        var pace = Pace(start: .now)
        let beginning = MonotonicClock.nanoseconds + 1_000_000
        meter.begin(atNanoseconds: beginning)
        for index in 0..<schedule.count {
            if index == schedule.warmup { pace.start = .now }
            let intended = beginning + schedule.offsetNanoseconds(index)
            let left = try publish(notBefore: intended)
            pace.lateAtEndNanoseconds = left - intended
            if index >= schedule.warmup { pace.lateMaxNanoseconds = max(pace.lateMaxNanoseconds, left - intended) }
        }
        return pace
    }

    private func publish(notBefore intended: UInt64) throws(NATSError) -> UInt64 {
        var now = MonotonicClock.nanoseconds
        if intended > now + Self.pollNanoseconds {
            MonotonicClock.sleep(untilNanoseconds: intended - Self.pollNanoseconds)
        }
        repeat { now = MonotonicClock.nanoseconds } while now < intended
        while true {
            do throws(NATSError) {
                try publisher.publish(payload, headers: headers)
                return now
            } catch  where error.code == .outboundFull {
                MonotonicClock.sleep(untilNanoseconds: now + Self.pollNanoseconds)
                now = MonotonicClock.nanoseconds
            }
        }
    }

    /// More than a sleeping thread takes to wake up.
    private static let pollNanoseconds: UInt64 = 150_000
}
