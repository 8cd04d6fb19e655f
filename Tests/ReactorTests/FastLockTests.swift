import Dispatch
import Reactor
import Testing

@Suite struct FastLockTests {
    /// A counter that is only right when the lock excludes.
    private final class Guarded: @unchecked Sendable {
        let lock = FastLock()
        // Touched only under `lock`.
        var count = 0
    }

    @Test("the lock excludes, also when threads sleep for it")
    func excludes() {
        let guarded = Guarded()
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            for round in 0..<50_000 {
                guarded.lock.lock()
                guarded.count += 1
                if round % 2 == 0 { guarded.lock.unlock() } else { guarded.lock.publishAndUnlock() }
            }
        }
        #expect(guarded.count == 200_000)
    }

    @Test("hot values stay small")
    func sizes() {
        #expect(MemoryLayout<FastLock>.size == 4)
        #expect(MemoryLayout<StreamID>.size == 8)
        #expect(MemoryLayout<TimerID>.size == 8)
        #expect(MemoryLayout<ReceiveChunk>.size == 24)
    }
}
