import NATSClient
import NATSStores

/// Publishes into the stream by an `AsyncPublisher`, in every way that it has.
///
/// `@unchecked Sendable`: all of it runs on the thread of the loop.
final class StorePublisher: @unchecked Sendable {
    /// How sure the user wants to be.
    enum Manner: CaseIterable { case exactlyOnce, resending, failingWithIDs, failing }

    private let life: StoreDrama
    private let actor: String
    private let row: String
    private let manner: Manner
    private let publisher: AsyncPublisher
    private let timeout: UInt64
    private var nextNumber = 0
    /// What the publisher has taken, by its numbers.
    private var names: [UInt64: String] = [:]
    private var isCalm: Set<String> = []
    /// Outcomes that came before the call that publishes has returned.
    private var early: [UInt64: Result<PublishAck, any Error>] = [:]
    private let gathersOutcomes: Bool
    private var tasks: [Task<Void, Never>] = []

    init(_ nats: NATSConnection, _ client: String, _ number: Int, _ life: StoreDrama) {
        self.life = life
        actor = "\(client) publisher \(number)"
        row = "s\(client).\(number)"
        let dice = life.world.dice(actor)
        manner = dice.pick(of: Manner.allCases) ?? .failing
        let window = AsyncPublisher.Window(messages: Int(dice.pick(1...40)), bytes: Int(dice.pick(300...20_000)))
        timeout = dice.pick(2_000...30_000) * 1_000_000
        var options = AsyncPublisher.Options()
        switch manner {
        case .exactlyOnce: options = .exactlyOnce(within: .nanoseconds(Int64(timeout)))
        case .resending: options.whenConnectionIsLost = .resend
        case .failingWithIDs: break
        case .failing: options.retryAttempts = 0
        }
        options.acknowledgementTimeout = .nanoseconds(Int64(timeout))
        publisher = nats.jetStream().asyncPublisher(window: window, options: options)
        gathersOutcomes = dice.isOne(in: 2)
        if gathersOutcomes { tasks.append(life.drama.spawn { [self] in await readOutcomes() }) }
    }

    private var promise: StoreBooks.Promise {
        StoreBooks.Promise(
            isUnique: manner != .resending, refusalIsFinal: manner == .failing || manner == .failingWithIDs,
            keepsOrder: manner == .failing)
    }

    // MARK: Acts

    func live() async {
        let acts = Int(life.world.dice(actor, -1).pick(5...60))
        for number in 0..<acts {
            let dice = life.world.dice(actor, number)
            if life.world.takes(actor, number, "publishes") { await act(dice) }
            if dice.isOne(in: 3) { await life.world.sleep(nanoseconds: dice.skewed(upTo: 2_000_000_000)) }
        }
    }

    private func act(_ dice: Dice) async {
        switch dice.below(8) {
        case 0: await flush()
        case 1, 2: publishAtOnce(dice)
        case 3: await publishSuspending(dice)
        case 4: for _ in 0..<dice.below(30) { await submit(dice) }
        default: await submit(dice)
        }
    }

    /// In calm nothing may fail.
    func publishInCalm() async {
        let dice = life.world.dice(actor, -2)
        for _ in 0..<5 {
            await submit(dice, inCalm: true)
            await life.world.sleep(nanoseconds: dice.pick(0...300_000_000))
        }
    }

    private func message(_ dice: Dice) -> (name: String, subject: String, body: [UInt8], id: String?) {
        let name = "\(row).\(nextNumber)"
        nextNumber += 1
        let body = Array((name + " ").utf8) + [UInt8](repeating: 120, count: Int(dice.pick(0...300)))
        return (name, "s.\(dice.below(3))", body, manner == .failingWithIDs ? name : nil)
    }

    private func submit(_ dice: Dice, inCalm: Bool = false) async {
        let (name, subject, body, id) = message(dice)
        life.books.published(name, promise)
        do {
            let receipt = try await within(4 * timeout + 30_000_000_000, "submit of \(name)") {
                try await publisher.submit(subject, body, messageID: id)
            }
            take(receipt.number, name, inCalm)
            tasks.append(
                life.drama.spawn { [self] in
                    let result = await within(timeout, "\(name)'s acknowledgement") { await Self.result(of: receipt) }
                    life.books.ended(name, by: "receipt", result, inCalm: inCalm)
                })
        } catch {
            life.books.wasNotTaken(name)
        }
    }

    private static func result(of receipt: PublishReceipt) async -> Result<PublishAck, any Error> {
        do { return .success(try await receipt.acknowledgement()) } catch { return .failure(error) }
    }

    private func publishAtOnce(_ dice: Dice) {
        let (name, subject, body, id) = message(dice)
        life.books.published(name, promise)
        do {
            take(try publisher.publish(subject, body, messageID: id), name, false)
        } catch {
            life.books.wasNotTaken(name)
        }
    }

    private func publishSuspending(_ dice: Dice) async {
        let (name, subject, body, id) = message(dice)
        life.books.published(name, promise)
        do {
            let number = try await within(4 * timeout + 30_000_000_000, "publish of \(name)") {
                try await publisher.publish(subject, body, messageID: id)
            }
            take(number, name, false)
        } catch {
            life.books.wasNotTaken(name)
        }
    }

    private func take(_ number: UInt64, _ name: String, _ inCalm: Bool) {
        life.books.check(names.updateValue(name, forKey: number) == nil, "\(name) has the number of another message")
        if inCalm { isCalm.insert(name) }
        if let result = early.removeValue(forKey: number) { life.books.ended(name, by: "outcomes", result, inCalm: inCalm) }
    }

    private func hear(_ outcome: PublishOutcome) {
        let result = outcome.result.mapError { $0 as any Error }
        guard let name = names[outcome.number] else {
            return life.books.check(
                early.updateValue(result, forKey: outcome.number) == nil, "\(actor): number \(outcome.number) has ended twice")
        }
        life.books.ended(name, by: "outcomes", result, inCalm: isCalm.contains(name))
    }

    private func flush() async {
        let before = UInt64(names.count)
        let isFlushed = await within(2 * timeout, "flush of \(actor)") { (try? await publisher.flush()) != nil }
        let counts = publisher.statistics
        let ended = counts.stored + counts.duplicates + counts.failed
        life.books.check(
            !isFlushed || ended >= before, "\(actor): a flush is over, and \(ended) of \(before) messages have ended")
    }

    private func readOutcomes() async {
        let dice = life.world.dice("\(actor) outcomes")
        do {
            for try await batch in publisher.outcomes() {
                for outcome in batch { hear(outcome) }
                if dice.isOne(in: 4), !life.isCalm { await life.world.sleep(nanoseconds: dice.skewed(upTo: 500_000_000)) }
            }
        } catch {
            life.books.check(false, "\(actor): the outcomes end by \(error)")
        }
    }

    private func within<Result>(_ nanoseconds: UInt64, _ what: String, _ body: () async throws -> Result) async rethrows -> Result
    {
        try await life.within(nanoseconds, what, body)
    }

    // MARK: At every turn, and at the end

    func checkTurn() {
        let (counts, window) = (publisher.statistics, publisher.window)
        life.books.check(
            counts.inFlight <= window.messages, "\(actor): \(counts.inFlight) messages in a window of \(window.messages)")
        life.books.check(
            counts.inFlightBytes <= window.bytes || counts.inFlight == 1,
            "\(actor): \(counts.inFlightBytes) bytes in a window of \(window.bytes)")
    }

    func finish() async {
        _ = await within(2 * timeout, "finish of \(actor)") { try? await publisher.finish() }
        for task in tasks { await task.value }
        life.books.check(early.isEmpty, "\(actor): \(early.count) messages have ended that were never taken")
        let counts = publisher.statistics
        let ended = counts.stored + counts.duplicates + counts.failed
        life.books.check(
            ended == UInt64(names.count), "\(actor): \(names.count) messages were taken, and \(ended) have ended")
        life.books.check(
            counts.inFlight == 0 && counts.inFlightBytes == 0 && counts.waitingCalls == 0,
            "\(actor): \(counts.inFlight) messages, \(counts.inFlightBytes) bytes and \(counts.waitingCalls) calls are left")
    }
}
