import Testing

@testable import NATSProtocol

@Suite struct SubscriptionTableTests {
    private func add(
        _ table: inout SubscriptionTable, _ subject: String = "s", queueGroup: String? = nil,
        confirmation: SubscriptionRecord.Confirmation = .unasked
    ) -> SubscriptionID? {
        table.insert(subject: subject, queueGroup: queueGroup, confirmation: confirmation, isRequestInbox: false)
    }

    @Test func firstIDsAreShortOnTheWire() throws {
        var table = SubscriptionTable()
        #expect(add(&table)?.rawValue == 1)
        #expect(add(&table)?.rawValue == 2)
    }

    @Test func slotIsUsedAgainButIDsNever() throws {
        var table = SubscriptionTable(slotCountMaximum: 4)
        var seen: Set<UInt64> = []
        for _ in 0..<100 {
            let id = try #require(add(&table))
            #expect(seen.insert(id.rawValue).inserted)
            #expect(id.index == 1)
            table.remove(id)
            #expect(table.messageReceived(sid: id.rawValue) == .ignored)
        }
    }

    @Test func fullTableRefuses() throws {
        var table = SubscriptionTable(slotCountMaximum: 3)
        let first = try #require(add(&table))
        _ = try #require(add(&table))
        #expect(add(&table) == nil)
        table.remove(first)
        #expect(add(&table) != nil)
        #expect(table.count == 2)
    }

    @Test(arguments: [0, 2, 1 << 20, 1 << 20 | 1, .max, 0xF_FFFF])
    func unknownSidsAreCountedAndIgnored(sid: UInt64) throws {
        var table = SubscriptionTable()
        let id = try #require(add(&table))
        #expect(table.messageReceived(sid: sid) == .ignored)
        #expect(table.ignoredMessageCount == 1)
        #expect(table.messageReceived(sid: id.rawValue) == .deliver(index: 1))
    }

    @Test func countersSurviveGrowth() throws {
        var table = SubscriptionTable()
        let ids = try (0..<1000).map { _ in try #require(add(&table)) }
        for id in ids { #expect(table.messageReceived(sid: id.rawValue) == .deliver(index: id.index)) }
        _ = add(&table)
        for id in ids { #expect(table.received(id) == 1) }
    }

    @Test func limitCountsTheWholeLife() throws {
        var table = SubscriptionTable()
        let id = try #require(add(&table))
        _ = table.messageReceived(sid: id.rawValue)
        #expect(table.setLimit(id, 1) == .reached)
        #expect(table.setLimit(id, 3) == .serverMaximum(3))
        table.connectionLost()
        table.connectionBegan()
        #expect(table.remaining(id) == 2)
        #expect(table.setLimit(id, 4) == .serverMaximum(3))
        #expect(table.messageReceived(sid: id.rawValue) == .deliver(index: 1))
        #expect(table.messageReceived(sid: id.rawValue) == .deliver(index: 1))
        #expect(table.messageReceived(sid: id.rawValue) == .deliverLast(index: 1))
        #expect(table.setLimit(SubscriptionID(rawValue: 77), 1) == .unknown)
    }

    @Test func deniedSubscriptionIsTheUnconfirmedOneThenTheOldest() throws {
        var table = SubscriptionTable()
        let confirmed = try #require(add(&table, "x", confirmation: .confirmed))
        let unasked = try #require(add(&table, "x"))
        let awaiting = try #require(add(&table, "x", confirmation: .awaitingFence))
        let queued = try #require(add(&table, "x", queueGroup: "q"))
        #expect(table.firstMatch(subject: "x", queueGroup: "q") == queued)
        var order: [SubscriptionID?] = []
        for _ in 0..<4 {
            let match = table.firstMatch(subject: "x", queueGroup: nil)
            order.append(match)
            if let match { table.remove(match) }
        }
        #expect(order == [awaiting, unasked, confirmed, nil])
    }

    @Test func restoreConfirmsWhoAskedAndIsOnTheWire() throws {
        var table = SubscriptionTable()
        let asked = try #require(add(&table, confirmation: .awaitingFence))
        _ = add(&table)
        table.connectionLost()
        let later = try #require(add(&table, confirmation: .awaitingFence))
        #expect(table.confirmRestored() == [asked])
        #expect(table.confirmRestored().isEmpty)
        #expect(table.confirm(later))
        #expect(!table.confirm(later))
    }

    @Test func hotCounterStaysSmall() {
        #expect(MemoryLayout<SubscriptionCounter>.stride == 24)
        #expect(MemoryLayout<MessageDelivery>.size <= 9)
    }
}
