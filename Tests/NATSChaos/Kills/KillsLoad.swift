import NATSClient
import NATSStores
import Synchronization
import TestSupport

/// Those who publish and read while things break.
final class KillsLoad: Sendable {
    static let exactStream = "EXACT"
    static let plainStream = "PLAIN"
    private static let confirmingTasks = 16
    /// Every so many milliseconds a publisher puts so many messages into its window.
    private static let pauseMilliseconds = 50
    private static let burst = 15

    let exact: KillsBook
    let plain: KillsBook
    let confirming: KillsReading
    let acknowledging: KillsReading
    let orderedExact: KillsReading
    let orderedPlain: KillsReading
    private let clients: [KillsClient]
    private let verdict: Verdict
    private let isEnding = Mutex(false)
    private let sequences = Mutex<[ConsumerMessages]>([])

    init(_ clients: [KillsClient], clock: RunClock, verdict: Verdict) {
        self.clients = clients
        self.verdict = verdict
        exact = KillsBook(Self.exactStream, isExact: true, verdict: verdict)
        plain = KillsBook(Self.plainStream, isExact: false, verdict: verdict)
        confirming = KillsReading("confirming pull", of: exact, clock: clock, verdict: verdict)
        acknowledging = KillsReading("pull", of: plain, clock: clock, verdict: verdict)
        orderedExact = KillsReading("ordered reader of \(Self.exactStream)", of: exact, clock: clock, verdict: verdict)
        orderedPlain = KillsReading("ordered reader of \(Self.plainStream)", of: plain, clock: clock, verdict: verdict)
    }

    /// Waits until every reader has got something, or not much longer.
    func progress(within limit: Duration) async {
        let before = readings.map(\.deliveries)
        _ = try? await holds(within: limit) { zip(readings, before).allSatisfy { $0.deliveries > $1 } }
    }

    var readings: [KillsReading] { [confirming, acknowledging, orderedExact, orderedPlain] }

    func end() { isEnding.withLock { $0 = true } }
    private var isOver: Bool { isEnding.withLock { $0 } }

    // MARK: Publishing

    /// Until the end, and until everything has ended that was begun.
    func publish() async throws {
        try await withThrowingTaskGroup(of: Void.self) { [self] group in
            group.addTask {
                try await self.publishAsynchronously("windowed", self.exact, on: 0, .exactlyOnce(within: .seconds(180)))
            }
            group.addTask { await self.publishOneByOne("retried", self.exact, on: 1, withIDs: true) }
            var resending = AsyncPublisher.Options()
            resending.whenConnectionIsLost = .resend
            resending.acknowledgementTimeout = .seconds(60)
            resending.resendInterval = .seconds(3)
            resending.retryAttempts = 500
            group.addTask { [resending] in try await self.publishAsynchronously("resent", self.plain, on: 0, resending) }
            group.addTask { await self.publishOneByOne("once", self.plain, on: 1, withIDs: false) }
            try await group.waitForAll()
        }
    }

    private func publishAsynchronously(
        _ name: String, _ book: KillsBook, on client: Int, _ options: AsyncPublisher.Options
    ) async throws {
        let publisher = clients[client].nats.jetStream().asyncPublisher(window: .init(messages: 200), options: options)
        let numbers = Mutex<[UInt64: Int]>([:])
        let outcomes = Task { [verdict] in
            for try await batch in publisher.outcomes() {
                for outcome in batch {
                    // Its number is that of the publisher: every row is published once.
                    let row = KillsBook.Row(name, Int(outcome.number))
                    numbers.withLock { $0[outcome.number, default: 0] += 1 }
                    switch outcome.result {
                    case .success(let ack): book.acknowledged(row, at: ack.sequence)
                    case .failure(let error): book.failed(row, "\(error.code)")
                    }
                }
            }
            let twice = numbers.withLock { $0.count { $0.value != 1 } }
            verdict.check(twice == 0, "\(name): \(twice) messages have ended more than once")
        }
        var number = 0
        while !isOver {
            for _ in 0..<Self.burst {
                book.begun()
                let taken = try await publisher.publish("\(book.stream.lowercased()).\(name)", KillsBook.Row(name, number).text)
                verdict.check(taken == UInt64(number), "\(name): message \(number) has the number \(taken)")
                number += 1
            }
            try await Task.sleep(for: .milliseconds(Self.pauseMilliseconds))
        }
        try? await publisher.finish(timeout: .seconds(200))
        try await outcomes.value
        let ended = numbers.withLock { $0.count }
        verdict.check(ended == number, "\(name): \(number) messages were published, and \(ended) have ended")
    }

    /// Each message until it is stored; or, without an id, once.
    private func publishOneByOne(_ name: String, _ book: KillsBook, on client: Int, withIDs: Bool) async {
        let jetStream = clients[client].nats.jetStream()
        var number = 0
        while !isOver {
            let row = KillsBook.Row(name, number)
            number += 1
            book.begun()
            var isDone = false
            while !isDone {
                do {
                    let ack = try await jetStream.publish(
                        "\(book.stream.lowercased()).\(name)", row.text, messageID: withIDs ? row.text : nil,
                        timeout: .milliseconds(800))
                    book.acknowledged(row, at: ack.sequence)
                    isDone = true
                } catch {
                    isDone = !withIDs
                    if isDone { book.failed(row, (error as? NATSError).map { "\($0.code)" } ?? "\(error)") }
                    try? await Task.sleep(for: .milliseconds(20))
                }
            }
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    // MARK: Reading

    /// Until ``stopReading()``.
    func read() async throws {
        let confirmed = messages(of: Self.exactStream, "confirmed", on: 2)
        let pulled = messages(of: Self.plainStream, "pulled", on: 3)
        let orderedExact = try await ordered(Self.exactStream)
        let orderedPlain = try await ordered(Self.plainStream)
        sequences.withLock { $0 = [confirmed, pulled, orderedExact, orderedPlain] }
        try await withThrowingTaskGroup(of: Void.self) { [self] group in
            for _ in 0..<Self.confirmingTasks { group.addTask { try await self.confirm(confirmed) } }
            group.addTask {
                for try await message in pulled {
                    self.acknowledging.got(message.string, at: message.streamSequence ?? 0)
                    try? message.ack()
                }
            }
            for (messages, reading) in [(orderedExact, self.orderedExact), (orderedPlain, self.orderedPlain)] {
                group.addTask {
                    for try await message in messages {
                        reading.got(message.string, at: message.streamSequence ?? 0, isOrdered: true)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func messages(of stream: String, _ consumer: String, on client: Int) -> ConsumerMessages {
        var options = ConsumeOptions(maximumMessages: 200)
        options.idleHeartbeat = .seconds(1)
        let jetStream = clients[client].nats.jetStream()
        // Both names are ours.
        guard let handle = try? jetStream.unverifiedStream(stream).unverifiedConsumer(consumer) else {
            preconditionFailure("'\(consumer)' is a name")
        }
        return handle.messages(options)
    }

    private func ordered(_ stream: String) async throws -> ConsumerMessages {
        var options = OrderedOptions()
        options.consume.maximumMessages = 200
        options.consume.idleHeartbeat = .seconds(1)
        let handle = try clients[4].nats.jetStream().unverifiedStream(stream)
        while true {
            if let reader = try? await handle.orderedConsumer(options) { return reader.messages() }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Until it is confirmed: one of which the confirmation was lost may have been taken, and then the message never comes again.
    private func confirm(_ messages: ConsumerMessages) async throws {
        for try await message in messages {
            let sequence = message.streamSequence ?? 0
            confirming.got(message.string, at: sequence)
            var isConfirmed = false
            while !isConfirmed {
                do {
                    try await message.ack(confirmedWithin: .seconds(2))
                    isConfirmed = true
                } catch let error as NATSError where error.code == .connectionClosed {
                    return
                } catch {
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            confirming.confirmed(sequence)
        }
    }

    func stopReading() { for messages in sequences.withLock({ $0 }) { messages.stop() } }
}
