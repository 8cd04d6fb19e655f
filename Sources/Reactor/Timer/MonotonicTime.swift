internal import CReactor

/// The clock of the whole library: nanoseconds of CLOCK_MONOTONIC.
package enum MonotonicTime {
    /// The time now. Costs about 25 ns; on the loop's thread use `OnReactor.nowNanoseconds`.
    package static func nowNanoseconds() -> UInt64 { creactor_now_nanoseconds() }
}

/// The clock of one loop: the system's, or that of a simulation.
struct LoopClock: Sendable {
    private let kernel: (any SimulatedKernel)?

    init(_ configuration: EventLoop.Configuration) { kernel = configuration.simulatedKernel }

    func nowNanoseconds() -> UInt64 { kernel?.nowNanoseconds ?? MonotonicTime.nowNanoseconds() }

    /// The time of day, which may jump.
    func wallNanoseconds() -> UInt64 { kernel?.wallNanoseconds ?? WallTime.nowNanoseconds() }
}

extension Duration {
    /// Whole nanoseconds, at least 0, at most `UInt64.max`.
    package var clampedNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (product, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = product.addingReportingOverflow(UInt64(attoseconds / 1_000_000_000))
        return overflow || carry ? .max : sum
    }
}
