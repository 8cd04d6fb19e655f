import Foundation
import Testing
import TestSupport

@testable import Reactor

/// Work that may block runs on threads of its own, which go when it is done.
@Suite struct HelperExecutorTests {
    @Test func tasksRunOnAHelperThreadAlsoAfterTheyHaveWaited() async {
        let names = await Task(executorPreference: HelperExecutor.shared) {
            let before = ThreadName.current()
            await Task.yield()
            return [before, ThreadName.current()]
        }.value
        #expect(names == ["reactor-helper", "reactor-helper"])
    }

    @Test func aTaskThatBlocksDoesntHoldOthersUp() async throws {
        let gate = DispatchSemaphore(value: 0)
        let blocked = Task(executorPreference: HelperExecutor.shared) { ThreadName.wait(for: gate) }
        let other = await Task(executorPreference: HelperExecutor.shared) { 42 }.value
        #expect(other == 42)
        gate.signal()
        await blocked.value
    }

    @Test func noThreadIsLeft() async throws {
        await #expect(processExitsWith: .success) {
            try await withLeakGuard {
                for _ in 0..<20 { await Task(executorPreference: HelperExecutor.shared) {}.value }
            }
        }
    }
}

private enum ThreadName {
    static func current() -> String {
        (try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8))?.filter { $0 != "\n" } ?? ""
    }

    static func wait(for gate: DispatchSemaphore) { gate.wait() }
}
