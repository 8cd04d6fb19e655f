import Reactor
import Testing

@Suite struct SlotTableTests {
    @Test("a slot is used again with another generation, and the old identifier finds nothing")
    func generations() {
        var table = SlotTable<String>()
        let first = table.insert { _ in "first" }
        #expect(table[first] == "first")
        let removed = [table.remove(first), table.remove(first)]
        #expect(removed == ["first", nil])
        let second = table.insert { _ in "second" }
        #expect(second.slot == first.slot && second.generation != first.generation)
        #expect(table[first] == nil)
        #expect(table[second] == "second")
        #expect(table.count == 1)
    }

    @Test("an identifier that was never given finds nothing")
    func foreign() {
        var table = SlotTable<Int>()
        _ = table.insert { _ in 1 }
        #expect(table[SlotID(slot: 9, generation: 1)] == nil)
        #expect(table[SlotID(slot: 0, generation: 0)] == nil)
    }
}
