import Testing

@testable import Reactor

@Suite("The queue")
struct QueueTests {
    @Test("gives back what came in, in its order, through growth and wrap-around", arguments: 1...8 as ClosedRange<UInt64>)
    func keepsTheOrder(_ seed: UInt64) {
        var queue = Queue<Int>()
        var (model, next, random) = ([Int](), 0, seed)
        for _ in 0..<2_000 {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            if random >> 63 == 0 || model.isEmpty {
                queue.append(next)
                model.append(next)
                next += 1
            } else if random >> 61 & 3 == 0 {
                // Something comes back that was first.
                queue.prepend(next)
                model.insert(next, at: 0)
                next += 1
            } else {
                let (first, popped) = (queue.first, queue.popFirst())
                #expect(first == model.first && popped == model.removeFirst())
            }
            let (count, isEmpty) = (queue.count, queue.isEmpty)
            #expect(count == model.count && isEmpty == model.isEmpty)
        }
        while !model.isEmpty {
            let popped = queue.popFirst()
            #expect(popped == model.removeFirst())
        }
        let (first, popped) = (queue.first, queue.popFirst())
        #expect(first == nil && popped == nil)
    }

    @Test("keeps no reference to what it gave away")
    func forgets() {
        final class Object {}
        var queue = Queue<Object>()
        weak var observed: Object?
        do {
            let object = Object()
            observed = object
            queue.append(object)
        }
        #expect(observed != nil)
        _ = queue.popFirst()
        #expect(observed == nil)
    }
}
