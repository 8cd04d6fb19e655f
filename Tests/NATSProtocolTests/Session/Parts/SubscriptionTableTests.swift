import Testing

@testable import NATSProtocol

/// `#expect` doesn't take calls on noncopyable values; a class around the table does.
private final class TableBox {
    private var table: SubscriptionTable

    init(slotCountMaximum: Int = SubscriptionTable.indexMaximum + 1) {
        table = SubscriptionTable(slotCountMaximum: slotCountMaximum)
        table.connectionBegan()
    }

    var count: Int { table.count }
    var ignoredMessageCount: UInt64 { table.ignoredMessageCount }

    func add(
        _ subject: String = "s", queueGroup: String? = nil,
        confirmation: SubscriptionRecord.Confirmation = .unasked
    ) -> SubscriptionID? {
        table.insert(subject: subject, queueGroup: queueGroup, confirmation: confirmation, isRequestInbox: false)
    }

    func remove(_ id: SubscriptionID) { table.remove(id) }
    func message(_ sid: UInt64) -> MessageDelivery { table.messageReceived(sid: sid) }
    func received(_ id: SubscriptionID) -> UInt64 { table.received(id) }
    func setLimit(_ id: SubscriptionID, _ limit: UInt64) -> SubscriptionTable.LimitAction { table.setLimit(id, limit) }
    func remaining(_ id: SubscriptionID) -> UInt64? { table.remaining(id) }
    func beginConnection() { table.connectionBegan() }
    func loseConnection() { table.connectionLost() }
    func confirm(_ id: SubscriptionID) -> Bool { table.confirm(id) }
    func confirmRestored() -> [SubscriptionID] { table.confirmRestored() }
    func match(_ subject: String, _ queueGroup: String?) -> SubscriptionID? {
        table.firstMatch(subject: subject, queueGroup: queueGroup)
    }
}

@Suite struct SubscriptionTableTests {
    @Test func firstIDsAreShortOnTheWire() throws {
        let table = TableBox()
        #expect(table.add()?.rawValue == 1)
        #expect(table.add()?.rawValue == 2)
    }

    @Test func slotIsUsedAgainButIDsNever() throws {
        let table = TableBox(slotCountMaximum: 4)
        var seen: Set<UInt64> = []
        for _ in 0..<100 {
            let id = try #require(table.add())
            #expect(seen.insert(id.rawValue).inserted)
            #expect(id.index == 1)
            table.remove(id)
            #expect(table.message(id.rawValue) == .ignored)
        }
    }

    @Test func fullTableRefuses() throws {
        let table = TableBox(slotCountMaximum: 3)
        let first = try #require(table.add())
        _ = try #require(table.add())
        #expect(table.add() == nil)
        table.remove(first)
        #expect(table.add() != nil)
        #expect(table.count == 2)
    }

    @Test(arguments: [0, 2, 1 << 20, 1 << 20 | 1, .max, 0xF_FFFF])
    func unknownSidsAreCountedAndIgnored(sid: UInt64) throws {
        let table = TableBox()
        let id = try #require(table.add())
        #expect(table.message(sid) == .ignored)
        #expect(table.ignoredMessageCount == 1)
        #expect(table.message(id.rawValue) == .deliver(index: 1))
    }

    @Test func countersSurviveGrowth() throws {
        let table = TableBox()
        let ids = try (0..<1000).map { _ in try #require(table.add()) }
        for id in ids { #expect(table.message(id.rawValue) == .deliver(index: id.index)) }
        _ = table.add()
        for id in ids { #expect(table.received(id) == 1) }
    }

    @Test func limitCountsTheWholeLife() throws {
        let table = TableBox()
        let id = try #require(table.add())
        _ = table.message(id.rawValue)
        #expect(table.setLimit(id, 1) == .reached)
        #expect(table.setLimit(id, 3) == .serverMaximum(3))
        table.loseConnection()
        table.beginConnection()
        #expect(table.remaining(id) == 2)
        #expect(table.setLimit(id, 4) == .serverMaximum(3))
        #expect(table.message(id.rawValue) == .deliver(index: 1))
        #expect(table.message(id.rawValue) == .deliver(index: 1))
        #expect(table.message(id.rawValue) == .deliverLast(index: 1))
        #expect(table.setLimit(SubscriptionID(rawValue: 77), 1) == .unknown)
    }

    @Test func deniedSubscriptionIsTheUnconfirmedOneThenTheOldest() throws {
        let table = TableBox()
        let confirmed = try #require(table.add("x", confirmation: .confirmed))
        let unasked = try #require(table.add("x"))
        let awaiting = try #require(table.add("x", confirmation: .awaitingFence))
        let queued = try #require(table.add("x", queueGroup: "q"))
        #expect(table.match("x", "q") == queued)
        var order: [SubscriptionID?] = []
        for _ in 0..<4 {
            let match = table.match("x", nil)
            order.append(match)
            if let match { table.remove(match) }
        }
        #expect(order == [awaiting, unasked, confirmed, nil])
    }

    @Test func restoreConfirmsWhoAskedAndIsOnTheWire() throws {
        let table = TableBox()
        let asked = try #require(table.add(confirmation: .awaitingFence))
        _ = table.add()
        table.loseConnection()
        let later = try #require(table.add(confirmation: .awaitingFence))
        #expect(table.confirmRestored() == [asked])
        #expect(table.confirmRestored().isEmpty)
        #expect(table.confirm(later))
        #expect(!table.confirm(later))
    }

    @Test func messagesReachNobodyWithoutAConnection() throws {
        let table = TableBox()
        let id = try #require(table.add())
        table.loseConnection()
        for _ in 0..<100 { _ = table.add() }
        #expect(table.message(id.rawValue) == .ignored)
        table.beginConnection()
        #expect(table.message(id.rawValue) == .deliver(index: 1))
    }

    @Test func hotCounterStaysSmall() {
        #expect(MemoryLayout<SubscriptionCounter>.stride == 24)
        #expect(MemoryLayout<MessageDelivery>.size <= 9)
    }
}
