import Synchronization

/// Takes the time of each round trip. The lock is never contended: one thread writes, another reads at the end.
final class Probe: Sendable {
    private let state: Mutex<(last: ContinuousClock.Instant, durations: [Duration])>
    private let count: Int

    init(count: Int) {
        self.count = count
        var durations: [Duration] = []
        durations.reserveCapacity(count)
        state = Mutex((.now, durations))
    }

    func start(at now: ContinuousClock.Instant) { state.withLock { $0.last = now } }

    /// Notes a round trip. True: it was the last.
    func isDone(at now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            state.durations.append(now - state.last)
            state.last = now
            return state.durations.count >= count
        }
    }

    var durations: [Duration] { state.withLock { $0.durations } }
}
