import Synchronization

/// Bounds how far producers may be ahead of the slowest subscription, so that no queue on the way can overflow: not in
/// this process, not in the server. Core NATS has no such bound of its own; a client that must not lose brings one.
final class DeliveryWindow: Sendable {
    /// The producers and the subscriptions stopped moving.
    struct Stalled: Error, CustomStringConvertible {
        let description: String
    }

    private struct Waiter {
        let count: Int
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var claimed = 0
        var delivered: [Int]
        var waiters: [Waiter] = []
        var failure: Stalled?
    }

    /// Messages of the greatest lead.
    let messages: Int
    /// How many messages a producer claims, and a subscription reports, at once.
    let step: Int
    private let state: Mutex<State>

    /// - Parameter lanes: subscriptions that must each get every message.
    init(payloadBytes: Int, lanes: Int) {
        // 4 MiB is half of the connection's high-water mark, so that a publish is never refused, and the server holds at
        // most `lanes` times as much for us, far below its own limit of 64 MiB.
        let frameBytes = payloadBytes + 64
        messages = max(1, min(32_768, (4 << 20) / frameBytes))
        step = max(1, messages / 128)
        state = Mutex(State(delivered: Array(repeating: 0, count: lanes)))
    }

    /// What every subscription has got.
    var delivered: Int { state.withLock { $0.delivered.min() ?? 0 } }

    /// Waits until `count` further messages may be published.
    func claim(_ count: Int) async throws {
        try await withCheckedThrowingContinuation { continuation in
            let outcome: Result<Void, any Error>? = state.withLock { state in
                if let failure = state.failure { return .failure(failure) }
                if state.waiters.isEmpty, grant(count, &state) { return .success(()) }
                state.waiters.append(Waiter(count: count, continuation: continuation))
                return nil
            }
            if let outcome { continuation.resume(with: outcome) }
        }
    }

    /// A subscription has got `count` messages more.
    func report(_ count: Int, lane: Int) {
        let woken = state.withLock { state in
            state.delivered[lane] += count
            let fitting = state.waiters.prefix { grant($0.count, &state) }
            state.waiters.removeFirst(fitting.count)
            return Array(fitting)
        }
        for waiter in woken { waiter.continuation.resume() }
    }

    /// Ends every claim, now and later.
    func fail(_ failure: Stalled) {
        let waiters = state.withLock { state in
            state.failure = failure
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.continuation.resume(throwing: failure) }
    }

    private func grant(_ count: Int, _ state: inout State) -> Bool {
        guard state.claimed + count - (state.delivered.min() ?? 0) <= messages else { return false }
        state.claimed += count
        return true
    }
}
