/// All subscriptions of a session, found by sid without hashing: the low bits of a sid are the slot.
@usableFromInline
struct SubscriptionTable: ~Copyable {
    @usableFromInline var counters: SubscriptionCounters
    private(set) var records: [SubscriptionRecord?]
    /// The generation that the next subscription in this slot gets.
    private var generations: [UInt64]
    private var freeIndices: [Int] = []
    private var nextSequence: UInt64 = 0
    private(set) var count = 0
    /// Messages for nobody: late ones of ended subscriptions, or the server's mistake.
    @usableFromInline var ignoredMessageCount: UInt64 = 0

    static let indexMaximum = Int(SubscriptionID.indexMask)
    private static let generationMaximum = UInt64.max >> SubscriptionID.indexBits
    private let slotCountMaximum: Int

    /// `slotCountMaximum` counts slot 0, which stays empty.
    init(slotCountMaximum: Int = indexMaximum + 1) {
        self.slotCountMaximum = min(slotCountMaximum, Self.indexMaximum + 1)
        counters = SubscriptionCounters(capacity: min(8, self.slotCountMaximum))
        records = [nil]
        generations = [0]
    }

    /// Counts a message. `deliverLast`: the caller must remove the subscription.
    @inlinable
    mutating func messageReceived(sid: UInt64) -> MessageDelivery {
        let index = Int(truncatingIfNeeded: sid & SubscriptionID.indexMask)
        guard let isLast = counters.count(sid: sid, index: index) else {
            ignoredMessageCount &+= 1
            return .ignored
        }
        return isLast ? .deliverLast(index: index) : .deliver(index: index)
    }

    /// Registers a subscription before anything is sent; nil when every slot is taken.
    mutating func insert(
        subject: String, queueGroup: String?, confirmation: SubscriptionRecord.Confirmation, isRequestInbox: Bool,
        homes: SubscriptionHomes = .present
    ) -> SubscriptionID? {
        guard let index = takeIndex() else { return nil }
        let id = SubscriptionID(index: index, generation: generations[index])
        records[index] = SubscriptionRecord(
            id: id, subject: subject, queueGroup: queueGroup, sequence: nextSequence, isRequestInbox: isRequestInbox,
            confirmation: confirmation, homes: homes)
        counters[index] = SubscriptionCounter(sid: id.rawValue, received: 0, limit: SubscriptionCounter.noLimit)
        nextSequence &+= 1
        count += 1
        return id
    }

    @discardableResult
    mutating func remove(_ id: SubscriptionID) -> SubscriptionRecord? {
        guard let record = self[id] else { return nil }
        let index = id.index
        records[index] = nil
        counters[index] = .free
        count -= 1
        // A slot whose generations are used up stays empty: ids never come again.
        if generations[index] < Self.generationMaximum {
            generations[index] += 1
            freeIndices.append(index)
        }
        return record
    }

    private mutating func takeIndex() -> Int? {
        if let index = freeIndices.popLast() { return index }
        guard records.count < slotCountMaximum else { return nil }
        let index = records.count
        records.append(nil)
        generations.append(0)
        if index >= counters.capacity { counters.grow(to: min(counters.capacity * 2, slotCountMaximum)) }
        return index
    }
}

extension SubscriptionTable {
    /// The record of a living subscription.
    subscript(id: SubscriptionID) -> SubscriptionRecord? {
        let index = id.index
        guard index < records.count, let record = records[index], record.id == id else { return nil }
        return record
    }

    /// All living subscriptions in slot order.
    var living: [SubscriptionRecord] { records.compactMap { $0 } }

    func received(_ id: SubscriptionID) -> UInt64 { counters[id.index].received }

    enum LimitAction: Equatable {
        case unknown
        /// It has received that many already: it is over.
        case reached
        /// The maximum as the server of this connection counts.
        case serverMaximum(UInt64)
    }

    /// Lets the subscription end with message number `limit` of its whole life.
    mutating func setLimit(_ id: SubscriptionID, _ limit: UInt64) -> LimitAction {
        guard self[id] != nil else { return .unknown }
        var counter = counters[id.index]
        guard limit > counter.received else { return .reached }
        counter.limit = limit
        counters[id.index] = counter
        return serverLimit(id)
    }

    /// The limit as the present server counts.
    func serverLimit(_ id: SubscriptionID) -> LimitAction {
        guard let record = self[id], remaining(id) != nil else { return .unknown }
        // Positive: what others have sent is at most what came at all.
        return .serverMaximum(
            counters[id.index].limit &- record.receivedBeforeConnection &- record.receivedOnSuccessor)
    }

    /// The messages that remain until the limit; nil without a limit.
    func remaining(_ id: SubscriptionID) -> UInt64? {
        let counter = counters[id.index]
        guard counter.limit != SubscriptionCounter.noLimit else { return nil }
        return counter.limit > counter.received ? counter.limit &- counter.received : 0
    }

    mutating func beginDraining(_ id: SubscriptionID) {
        guard self[id] != nil else { return }
        records[id.index]?.isDraining = true
    }

    /// The subscription's own fence came back; true if somebody waits for that.
    mutating func confirm(_ id: SubscriptionID) -> Bool {
        guard self[id]?.confirmation == .awaitingFence else { return false }
        records[id.index]?.confirmation = .confirmed
        return true
    }

    /// The server takes every subscription anew: messages may come, and it counts them from here.
    mutating func connectionBegan() {
        counters.setReachable(true)
        for index in records.indices where records[index] != nil {
            records[index]?.receivedBeforeConnection = counters[index].received
            records[index]?.receivedOnSuccessor = 0
            records[index]?.sharesLimit = false
            records[index]?.homes = .present
        }
    }

    /// Lets messages in.
    mutating func setReachable() { counters.setReachable(true) }

    mutating func change(_ id: SubscriptionID, _ body: (inout SubscriptionRecord) -> Void) {
        guard var record = self[id] else { return }
        body(&record)
        records[id.index] = record
    }

    /// The connection is gone: nothing is confirmed any more, and no message reaches a subscription. What somebody
    /// sends before the next server took us, perhaps in plain text before TLS, is not for the user.
    mutating func connectionLost() {
        counters.setReachable(false)
        for index in records.indices {
            guard let record = records[index] else { continue }
            records[index]?.homes.remove(.present)
            awaitRestore(record)
        }
    }

    /// These are replayed: the fence behind them all confirms them.
    mutating func awaitRestore(_ ids: [SubscriptionID]) {
        for id in ids { if let record = self[id] { awaitRestore(record) } }
    }

    private mutating func awaitRestore(_ record: SubscriptionRecord) {
        switch record.confirmation {
        case .unasked, .confirmed: records[record.id.index]?.confirmation = .awaitingRestore(asked: false)
        case .awaitingFence: records[record.id.index]?.confirmation = .awaitingRestore(asked: true)
        case .awaitingRestore: break
        }
    }

    /// The fence behind the replayed subscriptions came back. Returns those whose confirmation somebody awaits.
    mutating func confirmRestored() -> [SubscriptionID] {
        var asked: [SubscriptionID] = []
        for index in records.indices {
            guard let record = records[index], case .awaitingRestore(let wasAsked) = record.confirmation else {
                continue
            }
            records[index]?.confirmation = .confirmed
            if wasAsked { asked.append(record.id) }
        }
        return asked
    }

    /// The subscription that the server refused, when it names none by sid: one not confirmed yet before all others,
    /// of equals the oldest, since the server answers in order. Of those that drain only one whose answer is still due.
    func firstMatch(subject: String, queueGroup: String?) -> SubscriptionID? {
        var best: SubscriptionRecord?
        for case .some(let record) in records
        where record.subject == subject && record.queueGroup == queueGroup && !(record.isDraining && record.isConfirmed) {
            if let chosen = best, Self.rank(chosen) <= Self.rank(record) { continue }
            best = record
        }
        return best?.id
    }

    private static func rank(_ record: SubscriptionRecord) -> (Int, UInt64) {
        switch record.confirmation {
        case .awaitingFence, .awaitingRestore: (0, record.sequence)
        case .unasked: (1, record.sequence)
        case .confirmed: (2, record.sequence)
        }
    }
}
