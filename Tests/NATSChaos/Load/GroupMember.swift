import NATSClient
import Synchronization

/// The rows that a queue group got: each goes to one member.
final class GroupTally: Sendable {
    private struct State {
        var rows: [Int: BitSet] = [:]
        var doubled = 0
    }

    private let state = Mutex(State())
    private let verdict: Verdict

    init(_ verdict: Verdict) { self.verdict = verdict }

    func add(_ row: Row, _ member: String) {
        let isFirst = state.withLock { $0.rows[row.publisher, default: BitSet()].insert(row.number) }
        verdict.check(isFirst, "the queue group got \(row) twice, now through \(member)")
    }

    var count: Int { state.withLock { $0.rows.values.reduce(0) { $0 + $1.count } } }
}

/// A member of the queue group of all rows, which also answers requests; with a handler, or with a sequence.
final class GroupMember: Sendable {
    static let subject = "work.*"
    static let queue = "group"
    static let askSubject = "ask"

    let client: ChaosClient
    private let delivered = Mutex(0)
    private let task = Mutex<Task<Void, Never>?>(nil)

    init(_ client: ChaosClient, _ tally: GroupTally, isInline: Bool) async throws {
        self.client = client
        let (inbound, name, key) = (client.inbound, client.name, Self.subject + " " + Self.queue)
        inbound.open(key)
        try await client.nats.subscribe(Self.askSubject, queueGroup: Self.queue) { view in try? view.respond(view.bytes) }
        let isTapped = client.transport != .tls
        if isInline {
            try await client.nats.subscribe(Self.subject, queueGroup: Self.queue) { [self] view in
                guard let row = Row(subject: view.subject.utf8, payload: view.string.utf8) else { return }
                if isTapped { inbound.delivered(row, by: key) }
                tally.add(row, name)
                delivered.withLock { $0 += 1 }
            }
        } else {
            let subscription = try await client.nats.subscribe(Self.subject, queueGroup: Self.queue)
            let task = Task { [self] in
                do {
                    for try await message in subscription {
                        guard let row = Row(subject: message.subject.utf8, payload: message.string.utf8) else { continue }
                        if isTapped { inbound.delivered(row, by: key) }
                        tally.add(row, name)
                        delivered.withLock { $0 += 1 }
                    }
                } catch {}
            }
            self.task.withLock { $0 = task }
        }
    }

    var deliveredRows: Int { delivered.withLock { $0 } }

    func finish() async { await task.withLock { $0 }?.value }
}
