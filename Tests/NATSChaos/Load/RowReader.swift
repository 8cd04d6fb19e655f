import NATSClient
import Synchronization

/// Three subscriptions of one connection, one of each kind of delivery; the sequence has a small queue and can be slow. Each is
/// compared with the wire, message by message.
final class RowReader: Sendable {
    static let inline = "rows.*"
    static let sequence = "rows.>"
    static let batches = "*.*"
    private static let queueMax = 200

    let client: ChaosClient
    private let sequence: Subscription
    private let batches: Subscription
    private let isSlow = Mutex(false)
    private let delivered = Mutex(0)
    private let tasks: Mutex<[Task<Void, Never>]> = Mutex([])

    init(_ client: ChaosClient) async throws {
        self.client = client
        let inbound = client.inbound
        inbound.open(Self.inline)
        inbound.open(Self.sequence, isLossy: true)
        inbound.open(Self.batches)
        sequence = try await client.nats.subscribe(Self.sequence, limits: SubscriptionLimits(messages: Self.queueMax))
        batches = try await client.nats.subscribe(Self.batches)
        try await client.nats.subscribe(Self.inline) { [self] view in
            guard let row = Row(subject: view.subject.utf8, payload: view.string.utf8) else { return }
            inbound.delivered(row, by: Self.inline)
            delivered.withLock { $0 += 1 }
        }
        tasks.withLock { $0 = [Task { await readSequence() }, Task { await readBatches() }] }
    }

    var deliveredRows: Int { delivered.withLock { $0 } }

    func setSlow(_ isSlow: Bool) { self.isSlow.withLock { $0 = isSlow } }

    /// All that the wire has carried is delivered, when the load has ended.
    var hasAll: Bool {
        client.inbound.waiting(Self.inline) == 0 && client.inbound.waiting(Self.batches) == 0
            && sequence.statistics.pendingMessages == 0
    }

    /// After the connection's close.
    func finish(_ verdict: Verdict) async {
        for task in tasks.withLock({ $0 }) { await task.value }
        let totals = client.inbound.totals(Self.sequence)
        let rest = client.inbound.waiting(Self.sequence) + totals.lostInCut
        let dropped = Int(sequence.statistics.droppedMessages)
        verdict.check(
            totals.dropped <= dropped && dropped <= totals.dropped + rest,
            "\(client.name): the slow subscription says that it dropped \(dropped); on the wire \(totals.dropped) were skipped, "
                + "and \(rest) are behind the last one of their connection")
    }

    var droppedMessages: UInt64 { sequence.statistics.droppedMessages }

    private func readSequence() async {
        do {
            for try await message in sequence {
                guard let row = Row(subject: message.subject.utf8, payload: message.string.utf8) else { continue }
                client.inbound.delivered(row, by: Self.sequence)
                if isSlow.withLock({ $0 }) { try? await Task.sleep(for: .milliseconds(20)) }
            }
        } catch {}
    }

    private func readBatches() async {
        do {
            for try await batch in batches.batches {
                for message in batch {
                    guard let row = Row(subject: message.subject.utf8, payload: message.string.utf8) else { continue }
                    client.inbound.delivered(row, by: Self.batches)
                }
            }
        } catch {}
    }
}
