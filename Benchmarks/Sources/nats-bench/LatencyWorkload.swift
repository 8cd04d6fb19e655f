import NATSClient
import Synchronization

extension Bench {
    /// `latency`: open loop, from the intended start of each message to its arrival at ourselves.
    func latency() async throws -> Outcome {
        let connections = try await connectAll()
        guard let receiver = connections.first, let sender = connections.last else { throw Failure("no connections") }
        let measured = options.messages ?? max(1, Int(Double(options.rate) * (options.duration ?? 10)))
        let schedule = Schedule(rate: options.rate, warmup: options.warmup ?? 0, measured: measured)
        let subject = options.subject ?? receiver.newInbox()
        let meter = LatencyMeter(schedule, MessageExpectation(options))
        let consumer = Consumer(
            nats: receiver, subject: subject, delivery: options.delivery, responds: false, observer: meter)
        let subscribed = try await consumer.subscribe()

        // Time for the last message to come back.
        let limit = Duration.seconds(schedule.seconds + 10)
        async let consumed = within(limit) { try await consumer.consume(subscribed) }
        let pacer = Pacer(
            publisher: try sender.publisher(for: subject), payload: options.payloadBytes,
            headers: try options.messageHeaders(), schedule: schedule)
        let pace = try await pacer.run(meter)
        _ = try await consumed

        var outcome = Outcome(
            messages: measured, window: try meter.window(from: pace.start), percentiles: meter.latencies.percentiles)
        outcome.notes = [("sent at most late, us", (Double(pace.lateMaxNanoseconds) / 1e3).fixed(1))]
        if !schedule.isKept(lateAtEndNanoseconds: pace.lateAtEndNanoseconds) {
            let late = (Double(pace.lateAtEndNanoseconds) / 1e6).fixed(1)
            outcome.complaint =
                "the schedule could not be kept: at \(options.rate) messages/s the last one left \(late) ms late"
        }
        return outcome
    }
}

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
