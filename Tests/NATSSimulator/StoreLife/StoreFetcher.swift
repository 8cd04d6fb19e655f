import NATSClient
import NATSStores

/// Fetches from a consumer that several share, in each of the ways that there are.
///
/// `@unchecked Sendable`: all of it runs on the thread of the loop.
final class StoreFetcher: @unchecked Sendable {
    static let consumerName = "shared"
    private let life: StoreDrama
    private let actor: String
    private let stream: JetStream.Stream

    init(_ stream: JetStream.Stream, _ client: String, _ number: Int, _ life: StoreDrama) {
        self.life = life
        self.stream = stream
        actor = "\(client) fetcher \(number)"
    }

    func live() async {
        let acts = Int(life.world.dice(actor, -1).pick(3...30))
        for number in 0..<acts {
            let dice = life.world.dice(actor, number)
            if life.world.takes(actor, number, "fetches") { await act(dice) }
            if dice.isOne(in: 3) { await life.world.sleep(nanoseconds: dice.skewed(upTo: 2_000_000_000)) }
        }
    }

    private func act(_ dice: Dice) async {
        var settings = ConsumerConfiguration(name: Self.consumerName)
        settings.durable = Self.consumerName
        settings.acknowledgementWait = .seconds(2)
        if life.stream.consumer(Self.consumerName) == nil { _ = try? await stream.createConsumer(settings) }
        guard let consumer = try? stream.unverifiedConsumer(Self.consumerName) else { return }
        guard dice.isOne(in: 6) else { return await fetch(consumer, dice) }
        let task = life.drama.spawn { [self] in await fetch(consumer, dice) }
        await life.world.sleep(nanoseconds: life.world.dice("\(actor) cancel").skewed(upTo: 500_000_000))
        task.cancel()
        await task.value
    }

    private func fetch(_ consumer: JetStream.Consumer, _ dice: Dice) async {
        let timeout = dice.skewed(upTo: 20_000_000_000)
        let duration = Duration.nanoseconds(Int64(timeout))
        let count = Int(dice.pick(1...20))
        let kind = dice.below(5)
        let waits = kind == 0 || kind == 1 || kind == 3 || kind == 4
        // An answer may be under way for so long.
        let limit = (waits ? timeout : 0) + 5_000_000_000
        var messages: [Message] = []
        do {
            messages = try await life.within(limit, "fetch \(kind) of \(actor)") {
                switch kind {
                case 0: try await Array(consumer.fetch(count, timeout: duration))
                case 1: try await Array(consumer.fetchBytes(Int(dice.pick(600...5_000)), timeout: duration))
                case 2: try await Array(consumer.fetchNoWait(count))
                case 3: try await Array(consumer.fetchAvailable(count, timeout: duration))
                default: try await consumer.next(timeout: duration).map { [$0] } ?? []
                }
            }
        } catch let error as NATSError {
            let isDeleted = error.code == .consumerDeleted && life.books.deletedConsumers.contains(Self.consumerName)
            life.books.check(isDeleted || Self.failures.contains(error.code), "\(actor): fetch \(kind) failed: \(error)")
        } catch {
            life.books.check(error is CancellationError, "\(actor): fetch \(kind) failed: \(error)")
        }
        life.books.check(messages.count <= count || kind == 1, "\(actor): asked for \(count), and got \(messages.count)")
        for message in messages {
            life.books.got(message, by: actor)
            if !dice.isOne(in: 10) { try? message.ack() }
        }
    }

    private static let failures: [NATSError.Code] = [
        .consumerUnavailable, .heartbeatsMissed, .timedOut, .connectionLost, .connectionClosed,
    ]

    /// What is there is fetched, when nobody disturbs.
    func empty() async {
        let end = life.world.nowNanoseconds + 60_000_000_000
        while let consumer = life.stream.consumer(Self.consumerName), life.world.nowNanoseconds < end {
            guard !consumer.state.pending.isEmpty || consumer.waitingCount > 0 else { return }
            let fetched = try? await stream.unverifiedConsumer(Self.consumerName).fetch(100, timeout: .seconds(1))
            for message in fetched.map({ Array($0) }) ?? [] {
                life.books.got(message, by: actor)
                try? message.ack()
            }
        }
        life.books.check(life.world.nowNanoseconds < end, "\(actor) doesn't come to the end of what there is")
    }
}
