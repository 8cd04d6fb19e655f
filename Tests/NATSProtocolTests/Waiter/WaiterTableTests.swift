import Testing

@testable import NATSProtocol

@Suite struct WaiterTableTests {
    private static let later = Timestamp(nanoseconds: 5_000_000_000)

    @Test func aWaiterLeavesOnce() throws {
        var table = WaiterTable(capacityLimit: 4)
        let inserted = table.insert(kind: 3, subject: "a.b", deadline: Self.later, bits: 77)
        let id = try #require(inserted)
        #expect(table.count == 1)
        let waiter = table.remove(id)
        #expect(waiter?.id == id && waiter?.kind == 3 && waiter?.subject == "a.b" && waiter?.bits == 77)
        let again = table.remove(id)
        #expect(again == nil)
        #expect(table.count == 0)
        let next = table.nextDeadline
        #expect(next == nil)
    }

    @Test func bitsCanBeReplacedWhileWaiting() throws {
        var table = WaiterTable(capacityLimit: 4)
        let inserted = table.insert(kind: 0, subject: "", deadline: Self.later, bits: 0)
        let id = try #require(inserted)
        let replaced = table.setBits(id, 9)
        #expect(replaced)
        let waiter = table.remove(id)
        #expect(waiter?.bits == 9)
        let tooLate = table.setBits(id, 10)
        #expect(!tooLate)
    }

    @Test func aDeadlineCanBeMovedWhileWaiting() throws {
        var table = WaiterTable(capacityLimit: 4)
        let inserted = table.insert(kind: 0, subject: "", deadline: Self.later, bits: 0)
        let id = try #require(inserted)
        let moved = table.setDeadline(id, Self.later.advanced(byNanoseconds: 5_000_000_000))
        #expect(moved)
        let early = table.popExpired(Timestamp(nanoseconds: 9_000_000_000))
        #expect(early == nil)
        let waiter = table.popExpired(Timestamp(nanoseconds: 10_100_000_000))
        #expect(waiter?.id == id)
        let tooLate = table.setDeadline(id, Self.later)
        #expect(!tooLate)
    }

    @Test func theLimitHolds() throws {
        var table = WaiterTable(capacityLimit: 2)
        let first = table.insert(kind: 0, subject: "", deadline: Self.later, bits: 0)
        _ = table.insert(kind: 0, subject: "", deadline: Self.later, bits: 0)
        let third = table.insert(kind: 0, subject: "", deadline: Self.later, bits: 0)
        #expect(third == nil)
        #expect(table.count == 2)
        _ = table.remove(try #require(first))
        let fourth = table.insert(kind: 0, subject: "", deadline: Self.later, bits: 0)
        #expect(fourth != nil)
        var none = WaiterTable(capacityLimit: 0)
        let refused = none.insert(kind: 0, subject: "", deadline: Self.later, bits: 0)
        #expect(refused == nil)
    }

    @Test func foreignIDsAreNotWaiting() throws {
        var table = WaiterTable(capacityLimit: 4)
        let inserted = table.insert(kind: 0, subject: "", deadline: Self.later, bits: 0)
        let id = try #require(inserted)
        for rawValue in [0, 1, .max, id.rawValue + 1, id.rawValue + 1 << 32, id.rawValue & 0xFFFF_FFFF] as [UInt64] {
            let found = table.contains(WaiterID(rawValue: rawValue))
            let removed = table.remove(WaiterID(rawValue: rawValue))
            #expect(!found && removed == nil)
        }
        #expect(table.count == 1)
    }

    @Test func aSlotIsGivenUpAfterItsLastGeneration() throws {
        var table = WaiterTable(capacityLimit: 1, firstGeneration: .max - 1)
        var ids: [WaiterID] = []
        for _ in 0..<5 {
            let inserted = table.insert(kind: 0, subject: "", deadline: Self.later, bits: 0)
            let id = try #require(inserted)
            ids.append(id)
            let waiter = table.remove(id)
            #expect(waiter?.id == id)
        }
        #expect(ids.map(\.slot) == [0, 0, 1, 1, 2])
        #expect(Set(ids).count == 5)
        for id in ids {
            let found = table.contains(id)
            #expect(!found)
        }
    }

    @Test func theFirstThatFitsIsPopped() {
        var table = WaiterTable(capacityLimit: 10)
        for subject in ["a", "b", "a"] { _ = table.insert(kind: 1, subject: subject, deadline: Self.later, bits: 0) }
        var popped = 0
        while let waiter = table.popFirst(where: { $0.subject == "a" && $0.kind == 1 }) {
            #expect(waiter.subject == "a")
            popped += 1
        }
        #expect(popped == 2)
        let rest = table.popAny()
        #expect(rest?.subject == "b")
        let nobody = table.popAny()
        #expect(nobody == nil)
    }

    @Test func allThatMatchAreTakenAtOnceAndNoOther() {
        var table = WaiterTable(capacityLimit: 100)
        for number in 0..<30 {
            _ = table.insert(kind: UInt8(number % 3), subject: "\(number)", deadline: Self.later, bits: 0)
        }
        let chosen = table.popAll { $0.kind == 1 }
        #expect(chosen.map(\.kind) == Array(repeating: 1, count: 10))
        #expect(Set(chosen.map(\.subject)).count == 10)
        #expect(table.count == 20)
        let again = table.popAll { $0.kind == 1 }
        #expect(again.isEmpty)
        // The slots are free again.
        for _ in 0..<80 { #expect(table.insert(kind: 1, subject: "", deadline: Self.later, bits: 0) != nil) }
        #expect(table.insert(kind: 1, subject: "", deadline: Self.later, bits: 0) == nil)
    }

    /// Random operations against a dictionary: no id comes twice, and every waiter leaves exactly once.
    @Test(arguments: 0..<8)
    func theTableAgreesWithADictionary(seed: UInt64) {
        struct Entry { var subject: String, deadline: UInt64, bits: UInt }
        var random = RandomSource(seed: seed)
        var table = WaiterTable(capacityLimit: 50)
        var model: [WaiterID: Entry] = [:]
        var known: [WaiterID] = []
        var now: UInt64 = 0

        func check(_ waiter: Waiter) {
            let entry = model.removeValue(forKey: waiter.id)
            #expect(entry?.subject == waiter.subject && entry?.bits == waiter.bits)
        }
        for step in 0..<4_000 {
            let id = known.isEmpty ? WaiterID(rawValue: 5) : known[Int(random.next(below: UInt64(known.count)))]
            switch random.next(below: 9) {
            case 0...3:
                let entry = Entry(
                    subject: "s\(step % 7)", deadline: now + random.next(below: 1 << 34), bits: UInt(step))
                let inserted = table.insert(
                    kind: 0, subject: entry.subject, deadline: Timestamp(nanoseconds: entry.deadline), bits: entry.bits)
                #expect((inserted == nil) == (model.count == 50))
                guard let inserted else { break }
                #expect(!known.contains(inserted))
                known.append(inserted)
                model[inserted] = entry
            case 4, 5:
                let waiter = table.remove(id)
                #expect((waiter == nil) == (model[id] == nil))
                if let waiter { check(waiter) }
            case 6:
                let set = table.setBits(id, UInt(step))
                #expect(set == (model[id] != nil))
                model[id]?.bits = UInt(step)
            case 7:
                now += random.next(below: 1 << 32)
                while let waiter = table.popExpired(Timestamp(nanoseconds: now)) {
                    #expect(model[waiter.id].map { $0.deadline <= now } == true)
                    check(waiter)
                }
                #expect(model.values.allSatisfy { $0.deadline + DeadlineTick.nanoseconds > now })
            default:
                let subject = "s\(step % 7)"
                let waiter = table.popFirst { $0.subject == subject }
                #expect((waiter == nil) == !model.values.contains { $0.subject == subject })
                if let waiter { check(waiter) }
            }
            #expect(table.count == model.count)
        }
        while let waiter = table.popAny() { check(waiter) }
        #expect(model.isEmpty && table.count == 0)
    }
}
