import Testing

@testable import NATSProtocol

@Suite struct SlotMemoryTests {
    private final class Canary {
        let onRelease: () -> Void
        init(_ onRelease: @escaping () -> Void) { self.onRelease = onRelease }
        deinit { onRelease() }
    }

    @Test func growingKeepsTheSlots() {
        var memory = SlotMemory<String>(minimumCapacity: 0)
        for number in 0..<100 { memory.append("slot \(number)") }
        memory[7] += "!"
        #expect(memory.count == 100)
        for number in 0..<100 {
            let slot = memory[number]
            #expect(slot == (number == 7 ? "slot 7!" : "slot \(number)"))
        }
    }

    @Test func slotsAreReleasedOnceWithTheirMemory() {
        var releaseCount = 0
        do {
            var memory = SlotMemory<Canary>(minimumCapacity: 1)
            for _ in 0..<10 { memory.append(Canary { releaseCount += 1 }) }
            #expect(releaseCount == 0)
            memory[3] = Canary { releaseCount += 1 }
            #expect(releaseCount == 1)
        }
        #expect(releaseCount == 11)
    }

    @Test func sizesAreAsPlanned() {
        #expect(MemoryLayout<DeadlineWheel.Node>.stride == 16)
        #expect(MemoryLayout<WaiterSlot>.stride == 48)
        #expect(MemoryLayout<WaiterID>.size == 8)
    }
}
