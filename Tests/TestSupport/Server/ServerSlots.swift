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
        var waiters: [Waiter] = []

        /// Takes the slots of whoever is first in line, as far as there are enough.
        mutating func admit() -> [CheckedContinuation<Void, Never>] {
            var admitted: [CheckedContinuation<Void, Never>] = []
            while let first = waiters.first, first.count <= free {
                free -= first.count
                admitted.append(waiters.removeFirst().continuation)
            }
            return admitted
        }
    }

    private struct Waiter {
        let count: Int
        let continuation: CheckedContinuation<Void, Never>
    }

    private let count: Int
    private let state: Mutex<State>

    package init(count: Int) {
        self.count = count
        state = Mutex(State(free: count))
    }

    package func withSlot<Value>(_ body: () async throws -> Value) async throws -> Value {
        try await withSlots(1, body)
    }

    /// As `withSlot`, for a test that begins several servers. More than there are means all.
    package func withSlots<Value>(_ wanted: Int, _ body: () async throws -> Value) async throws -> Value {
        if Self.isInside { return try await body() }
        let taken = min(wanted, count)
        await enter(taken)
        defer { leave(taken) }
        return try await Self.$isInside.withValue(true) { try await body() }
    }

    private func enter(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let admitted = state.withLock { state in
                state.waiters.append(Waiter(count: count, continuation: continuation))
                return state.admit()
            }
            for continuation in admitted { continuation.resume() }
        }
    }

    private func leave(_ count: Int) {
        let admitted = state.withLock { state in
            state.free += count
            return state.admit()
        }
        for continuation in admitted { continuation.resume() }
    }
}
