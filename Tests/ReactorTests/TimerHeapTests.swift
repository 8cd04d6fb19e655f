import Reactor
import Testing

@Suite struct TimerHeapTests {
    /// A small generator with a seed, so that a failure can be repeated.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }

    @Test("random operations agree with a sorted list", arguments: 1...20 as ClosedRange<UInt64>)
    func agreesWithModel(seed: UInt64) {
        var generator = Generator(state: seed)
        var heap = TimerHeap<Int>()
        var live: [TimerID] = []
        var model: [(id: TimerID, deadline: UInt64, sequence: Int)] = []
        for step in 0..<2000 {
            switch UInt8.random(in: 0..<10, using: &generator) {
            case 0..<2:
                live.append(heap.make(step))
            case 2..<6:
                guard let id = live.randomElement(using: &generator) else { continue }
                let deadline = UInt64.random(in: 0..<200, using: &generator)
                heap.set(id, deadlineNanoseconds: deadline)
                model.removeAll { $0.id == id }
                model.append((id, deadline, step))
            case 6:
                guard let id = live.randomElement(using: &generator) else { continue }
                heap.clear(id)
                model.removeAll { $0.id == id }
            case 7:
                guard let index = live.indices.randomElement(using: &generator) else { continue }
                let id = live.remove(at: index)
                heap.destroy(id)
                heap.set(id, deadlineNanoseconds: 0)
                model.removeAll { $0.id == id }
            default:
                let now = UInt64.random(in: 0..<200, using: &generator)
                let first = model.min { ($0.deadline, $0.sequence) < ($1.deadline, $1.sequence) }
                #expect(heap.nextDeadlineNanoseconds == first?.deadline)
                let expected = first.flatMap { $0.deadline <= now ? $0.id : nil }
                let popped = heap.popExpired(nowNanoseconds: now)?.id
                #expect(popped == expected)
                model.removeAll { $0.id == expected }
            }
            #expect(heap.armedCount == model.count)
            let isSound = heap.checkInvariants()
            #expect(isSound)
        }
    }

    @Test("timers with one deadline fire in the order in which they were armed")
    func firstInFirstOut() {
        var heap = TimerHeap<Int>()
        for number in 0..<100 {
            let id = heap.make(number)
            heap.set(id, deadlineNanoseconds: 7)
        }
        for number in 0..<100 {
            let target = heap.popExpired(nowNanoseconds: 7)?.target
            #expect(target == number)
        }
        #expect(heap.armedCount == 0)
    }
}
