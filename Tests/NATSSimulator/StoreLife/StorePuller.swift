import NATSClient
import NATSStores

/// Reads one durable consumer of its own, continuously, and says something about each message; at times it stops, and begins again.
///
/// `@unchecked Sendable`: all of it runs on the thread of the loop.
final class StorePuller: StoreReader, @unchecked Sendable {
    let life: StoreDrama
    let actor: String
    let consumerName: String
    private let stream: JetStream.Stream
    private let options: ConsumeOptions
    private let settings: ConsumerConfiguration
    private var current: ConsumerMessages?
    private var isOver = false
    private var task: Task<Void, Never>?
    /// What it has got of the consumer that is there now.
    private var seen: Set<UInt64> = []
    private var sessions = 0
    /// A drain that loses its connection says so to who reads, too.
    private var isDraining = false

    init(_ stream: JetStream.Stream, _ client: String, _ number: Int, _ life: StoreDrama) {
        self.life = life
        self.stream = stream
        actor = "\(client) puller \(number)"
        consumerName = "d\(client)_\(number)"
        let dice = life.world.dice(actor)
        options = Self.options(dice)
        settings = .with(name: consumerName, dice)
    }

    static func options(_ dice: Dice) -> ConsumeOptions {
        var options = ConsumeOptions(maximumMessages: Int(dice.pick(1...60)))
        // Whole messages have less than 600 bytes.
        if dice.isOne(in: 2) { options.maximumBytes = Int(dice.pick(600...4_000)) }
        options.refillPercent = Int(dice.pick(0...90))
        options.expiry = .milliseconds(Int(dice.pick(1_000...30_000)))
        options.idleHeartbeat = dice.isOne(in: 6) ? .zero : .milliseconds(Int(dice.pick(100...4_000)))
        return options
    }

    var wants: (String) -> Bool { { [settings] in settings.filterSubjects.isEmpty || settings.filterSubjects.contains($0) } }
    var resumeNanoseconds: UInt64 { options.resumeNanoseconds }

    func begin() { task = life.drama.spawn { [self] in await read() } }

    private func read() async {
        while !isOver {
            guard (try? await stream.createConsumer(settings)) != nil else {
                await life.world.sleep(nanoseconds: 200_000_000)
                continue
            }
            sessions += 1
            await readOnce(life.world.dice(actor, sessions))
        }
    }

    /// From the beginning of a consumption to its end.
    private func readOnce(_ dice: Dice) async {
        guard let consumer = try? stream.unverifiedConsumer(consumerName) else { return }
        let messages = consumer.messages(options)
        current = messages
        isDraining = false
        if isOver { messages.stop() }
        var left = life.isCalm ? Int.max : Int(dice.skewed(upTo: 200))
        do {
            while let message = try await next(messages, dice) {
                take(message)
                await say(message, dice)
                left -= 1
                if left == 0, !life.isCalm { await end(messages, dice) }
            }
        } catch let error as NATSError {
            // Somebody has removed it: another one begins with everything.
            let isKnown = error.code == .consumerDeleted && life.books.deletedConsumers.contains(consumerName)
            let isDrained = isDraining && (error.code == .connectionLost || error.code == .timedOut)
            life.books.check(isKnown || isDrained || error.code == .connectionClosed, "\(actor) ended: \(error)")
            seen = []
        } catch {
            life.books.check(false, "\(actor) ended: \(error)")
        }
    }

    /// The next message, by several tasks at times, of which the first are cancelled.
    private func next(_ messages: ConsumerMessages, _ dice: Dice) async throws -> Message? {
        guard !life.isCalm, dice.isOne(in: 8) else { return try await messages.next() }
        let task = Task(executorPreference: life.drama.loop.taskExecutor) { try await messages.next() }
        life.world.after(dice.skewed(upTo: 1_000_000_000)) { task.cancel() }
        do {
            return try await task.value
        } catch is CancellationError {
            return try await messages.next()
        }
    }

    private func take(_ message: Message) {
        let sequence = life.books.got(message, by: actor)
        seen.insert(sequence)
        life.books.check(wants(message.subject), "\(actor) got \(message.subject), which it doesn't want")
    }

    private func say(_ message: Message, _ dice: Dice) async {
        let isCalm = life.isCalm
        switch isCalm ? dice.below(5) : dice.below(14) {
        case 0: await confirm(message)
        case 5: try? message.nak()
        case 6: try? message.nak(delay: .milliseconds(Int(dice.pick(1...2_000))))
        case 7: try? message.term()
        case 8:
            try? message.inProgress()
            try? message.ack()
        // Its time runs out.
        case 9: break
        case 10:
            await life.world.sleep(nanoseconds: dice.skewed(upTo: 1_000_000_000))
            try? message.ack()
        default: try? message.ack()
        }
    }

    /// What the server has confirmed is done with, for ever.
    private func confirm(_ message: Message) async {
        let consumer = life.stream.consumer(consumerName)
        let isConfirmed = await life.within(5_000_000_000, "confirmed ack") {
            (try? await message.ack(confirmedWithin: .seconds(5))) != nil
        }
        guard isConfirmed, let consumer, let sequence = message.streamSequence else { return }
        life.books.check(
            consumer.state.pending[sequence] == nil,
            "\(actor): the ack of \(sequence) is confirmed, and the consumer waits for it")
    }

    private func end(_ messages: ConsumerMessages, _ dice: Dice) async {
        isDraining = true
        switch dice.below(3) {
        case 0: messages.stop()
        case 1: try? await messages.drain(timeout: .seconds(2))
        default: _ = try? await messages.handBack(timeout: .seconds(2))
        }
    }

    // MARK: Laws

    func checkTurn() {
        guard let counts = current?.statistics else { return }
        life.books.check(
            counts.requestedMessages <= options.maximumMessages,
            "\(actor) has asked for \(counts.requestedMessages) messages, and may for \(options.maximumMessages)")
    }

    func hasGot(_ sequence: UInt64) -> Bool { seen.contains(sequence) }

    func checkEnd() {
        life.books.checkNothingWasSwallowed(of: consumerName, by: actor)
        guard let consumer = life.stream.consumer(consumerName) else {
            return life.books.check(false, "\(actor) has no consumer")
        }
        life.books.check(
            consumer.state.pending.isEmpty && consumer.waitingCount == 0,
            "\(actor): \(consumer.state.pending.count) messages aren't acknowledged, \(consumer.waitingCount) weren't given out")
    }

    func finish() async {
        isOver = true
        current?.stop()
        await task?.value
    }
}

extension ConsumerConfiguration {
    static func with(name: String, _ dice: Dice) -> ConsumerConfiguration {
        var settings = ConsumerConfiguration(name: name)
        settings.durable = name
        settings.acknowledgementWait = .milliseconds(Int(dice.pick(300...6_000)))
        settings.maximumAcknowledgementsPending = Int(dice.pick(5...200))
        settings.filterSubjects = dice.isOne(in: 3) ? ["s.\(dice.below(3))"] : []
        if dice.isOne(in: 4) { settings.replicas = 1 }
        return settings
    }
}

extension ConsumeOptions {
    /// A message comes within this time when everybody is well and one change of leaders was overlooked: an election, two
    /// heartbeats, and the pauses of somebody who was told twice that nobody is there.
    var resumeNanoseconds: UInt64 {
        let expiry = expiry.worldNanoseconds
        let heartbeat = min(idleHeartbeat.worldNanoseconds, expiry / 2)
        let silence = heartbeat == 0 ? expiry + 5_000_000_000 : 2 * heartbeat
        return 3_000_000_000 + silence + 3 * max(500_000_000, min(heartbeat, 10_000_000_000))
    }
}

extension Duration {
    var worldNanoseconds: UInt64 {
        UInt64(components.seconds) * 1_000_000_000 + UInt64(components.attoseconds / 1_000_000_000)
    }
}
