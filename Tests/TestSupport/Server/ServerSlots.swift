import Synchronization

/// Bounds how many servers run at a time, first come, first served.
///
/// All tests of a run start at once; as many servers would make a small machine slow enough for deadlines to pass.
package final class ServerSlots: Sendable {
    package static let shared = ServerSlots(count: 6)

    /// Set inside a slot: a test that needs a second server doesn't wait for itself.
    @TaskLocal private static var isInside = false

    private struct State {
        var free: Int
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    package init(count: Int) {
        state = Mutex(State(free: count))
    }

    package func withSlot<Value>(_ body: () async throws -> Value) async throws -> Value {
        if Self.isInside { return try await body() }
        await enter()
        defer { leave() }
        return try await Self.$isInside.withValue(true) { try await body() }
    }

    private func enter() async {
        await withCheckedContinuation { continuation in
            let mayEnter = state.withLock { state in
                guard state.free > 0 else {
                    state.waiters.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if mayEnter { continuation.resume() }
        }
    }

    private func leave() {
        let next: CheckedContinuation<Void, Never>? = state.withLock { state in
            guard !state.waiters.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiters.removeFirst()
        }
        next?.resume()
    }
}
