import CBenchProcess
import NATSClient

extension Bench {
    /// `idle`: what connections cost that do nothing.
    func idle() async throws -> Outcome {
        let connections = try await connectAll()
        let seconds = options.duration ?? 10
        let loop = loop
        let held = await MainThread.run { hold(loop, seconds: seconds) }
        guard connections.allSatisfy({ $0.status == .connected }) else { throw Failure("a connection was lost") }
        var outcome = Outcome(messages: held.turns, window: held.window)
        let cpu = Double(held.window.processorNanoseconds) / 1e7 / held.window.seconds
        outcome.notes = [
            ("cpu, %", cpu.fixed(3)),
            ("context switches per second", (Double(held.window.voluntarySwitches) / held.window.seconds).fixed(3)),
        ]
        return outcome
    }
}

/// Blocks the thread: a timer of Swift's runtime would start a thread of its own.
private func hold(_ loop: EventLoop, seconds: Double) -> (turns: Int, window: Window) {
    // nats-server measures the round trip 2 s after a connection was made.
    MonotonicClock.sleep(untilNanoseconds: MonotonicClock.nanoseconds + 3_000_000_000)
    let turns = loop.statistics.turns
    let start = Usage.now
    MonotonicClock.sleep(untilNanoseconds: start.nanoseconds + UInt64(seconds * 1e9))
    let window = Window(from: start)
    return (Int(clamping: loop.statistics.turns - turns), window)
}
