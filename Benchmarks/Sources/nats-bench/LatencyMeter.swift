import Synchronization

/// Takes the latency of each message. They arrive in the order of the schedule, so that the n-th is the n-th.
final class LatencyMeter: ArrivalObserver {
    let latencies = Latencies()
    private let schedule: Schedule
    private let expectation: MessageExpectation
    private let beginning = Atomic<UInt64>(0)
    private let received = Atomic<Int>(0)
    private let state = Mutex<(end: Usage?, defect: String?)>((nil, nil))

    init(_ schedule: Schedule, _ expectation: MessageExpectation) {
        self.schedule = schedule
        self.expectation = expectation
    }

    func begin(atNanoseconds time: UInt64) { beginning.store(time, ordering: .releasing) }

    func arrived(payloadSize: Int, hasHeaders: Bool) -> Bool {
        let now = MonotonicClock.nanoseconds
        guard expectation.isMet(payloadSize: payloadSize, hasHeaders: hasHeaders) else {
            let defect = expectation.defect(payloadSize: payloadSize, hasHeaders: hasHeaders)
            state.withLock { $0.defect = $0.defect ?? defect }
            return false
        }
        let index = received.load(ordering: .relaxed)
        received.store(index &+ 1, ordering: .relaxed)
        guard index < schedule.count else { return false }
        let intended = beginning.load(ordering: .acquiring) &+ schedule.offsetNanoseconds(index)
        if index >= schedule.warmup { latencies.record(nanoseconds: now > intended ? now - intended : 0) }
        if index == schedule.count - 1 { state.withLock { $0.end = .now } }
        return index < schedule.count - 1
    }

    /// - Throws: when messages are missing, or too many.
    func window(from start: Usage) throws -> Window {
        let (end, defect) = state.withLock { $0 }
        if let defect { throw Failure(defect) }
        let received = received.load(ordering: .relaxed)
        guard let end, received == schedule.count else {
            throw Failure("\(received) messages came back, not \(schedule.count)")
        }
        return Window(from: start, to: end)
    }
}
