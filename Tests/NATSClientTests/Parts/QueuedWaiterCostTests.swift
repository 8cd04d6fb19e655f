@testable import NATSClient
import Testing

/// Calls that leave the line before their turn cost the same however many wait. Ratios within one run; no times.
@Suite(.serialized) struct QueuedWaiterCostTests {
    @Test(arguments: [WaiterKind.flush, .room])
    func failingCallsCostNoMoreWhenManyWait(kind: WaiterKind) {
        #expect(growth { Self.failAll(kind, count: $0) } < 24)
    }

    @Test func confirmingFlushesCostsNoMoreWhenManyWait() {
        #expect(growth { Self.confirmAll(count: $0) } < 24)
    }

    /// How much more one call costs among 64,000 than among 1,000, at the best of five; 64 when quadratic. A loaded
    /// machine and its caches account for less than the limit.
    private func growth(_ run: (Int) -> Void) -> Double {
        func cost(_ count: Int) -> Double {
            (0..<5).map { _ in ContinuousClock().measure { run(count) } / Duration.nanoseconds(count) }.min() ?? 0
        }
        return cost(64_000) / cost(1_000)
    }

    private static func failAll(_ kind: WaiterKind, count: Int) {
        var stage = OutboundStage(limitBytes: .max, dropsWhenFull: false)
        let waiters = (0..<count).compactMap { _ in stage.insertWaiter(kind, subject: "", deadline: .distantFuture) }
        for waiter in waiters {
            if kind == .flush { stage.appendFlush(waiter: waiter) } else { stage.roomWaiters.append(waiter) }
        }
        // From the last to the first: whoever looks for a place in the line looks longest.
        for waiter in waiters.reversed() { _ = stage.complete(waiter, .failed(CancellationError())) }
    }

    private static func confirmAll(count: Int) {
        var ledger = WireLedger()
        for _ in 0..<count { ledger.recordPing(after: 1) }
        for _ in 0..<count { _ = ledger.recordPong() }
    }
}
