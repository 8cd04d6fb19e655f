import NATSClient

/// What one run has shown; plain values.
struct RunResult: Sendable {
    struct Client: Sendable {
        let name: String
        let transport: String
        let history: ChaosClient.History
        let accepted: UInt64
        let fenced: UInt64
        let lostUnknown: UInt64
        let discarded: UInt64
        let reconnects: UInt64
    }

    let name: String
    let seed: UInt64
    let seconds: Double
    let isInterrupted: Bool
    let faults: [FaultLog.Entry]
    let log: String
    let clients: [Client]
    let publishers: Range<Int>
    let samples: [Sampler.Sample]
    let accountLooks: Int
    let rows: RowBook.Totals
    /// By kind of subscription.
    let inbound: [(name: String, totals: InboundBook.Totals)]
    let droppedMessages: UInt64
    let groupRows: Int
    let requests: Asker.Totals
    let settleSeconds: [Double]
    let witnessLosses: Int
    let violations: [Verdict.Violation]
    let violationCount: Int

    init(
        run: ChaosRun, world: World, fleet: Fleet, sampler: Sampler, settleSeconds: [Double], witnessLosses: Int,
        isInterrupted: Bool
    ) {
        (name, seed, seconds) = (run.name, run.seed, world.clock.seconds)
        self.isInterrupted = isInterrupted
        faults = world.faults.all
        log = world.faults.text
        clients = fleet.clients.map { client in
            let statistics = client.nats.statistics
            return Client(
                name: client.name, transport: client.transport.rawValue, history: client.past,
                accepted: statistics.publishesAccepted, fenced: statistics.publishesFenced,
                lostUnknown: statistics.publishesLostUnknown, discarded: statistics.publishesDiscarded,
                reconnects: statistics.reconnects)
        }
        publishers = 0..<fleet.publishers.count
        samples = sampler.all
        accountLooks = sampler.accountLooks
        rows = fleet.books.reduce(into: RowBook.Totals()) { $0.add($1.totals) }
        let reader = fleet.reader.client.inbound
        inbound = [("inline", RowReader.inline), ("sequence, 200 messages", RowReader.sequence), ("batches", RowReader.batches)]
            .map { ($0.0, reader.totals($0.1)) }
        droppedMessages = fleet.reader.droppedMessages
        groupRows = fleet.group.count
        requests = fleet.askers.reduce(into: Asker.Totals()) { total, asker in
            total.answered += asker.totals.answered
            total.failures.merge(asker.totals.failures, uniquingKeysWith: +)
            total.longestSeconds = max(total.longestSeconds, asker.totals.longestSeconds)
        }
        self.settleSeconds = settleSeconds
        self.witnessLosses = witnessLosses
        violations = world.verdict.violations
        violationCount = world.verdict.count
    }

    /// Of the clients that have lost their connection by this fault, the seconds until they were back; sorted. While no way is
    /// open, nobody can be back: that time doesn't count.
    func recoveries(from kind: FaultKind?) -> [Double] {
        clients.flatMap { client in
            client.history.outages.filter { $0.cause?.kind == kind }.map { outage in
                let heal = kind == .partition || kind == .refuse ? end(of: outage.cause) : 0
                return Swift.max(0, (outage.end ?? seconds) - Swift.max(outage.start, heal))
            }
        }.sorted()
    }

    private func end(of fault: FaultLog.Entry?) -> Double {
        faults.first { $0.start == fault?.start && $0.kind == fault?.kind && $0.client == fault?.client }?.end ?? 0
    }
}

extension RowBook.Totals {
    mutating func add(_ other: RowBook.Totals) {
        rows += other.rows
        blocks += other.blocks
        lost += other.lost
        unseenOfLost += other.unseenOfLost
        diedWithServer += other.diedWithServer
        fencedOnWire += other.fencedOnWire
    }
}

extension [Double] {
    /// Of sorted values; nil when there is none.
    func percentile(_ percent: Int) -> Double? {
        isEmpty ? nil : self[Swift.min(count - 1, (count * percent + 99) / 100 - (percent == 0 ? 0 : 1))]
    }
}
