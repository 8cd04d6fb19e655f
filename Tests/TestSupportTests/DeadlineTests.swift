import Testing
import TestSupport

@Suite struct DeadlineTests {
    @Test func aBodyThatEndsInTimeGivesItsValue() async throws {
        let value = try await withDeadline(.seconds(10)) { 42 }
        #expect(value == 42)
    }

    @Test func anErrorOfTheBodyIsThrownAsItIs() async throws {
        struct Refused: Error {}
        await #expect(throws: Refused.self) {
            try await withDeadline(.seconds(10)) { throw Refused() }
        }
    }

    @Test func aBodyThatIgnoresCancellationFailsTheTestInsteadOfHangingIt() async throws {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        // Who waits for a task's value doesn't hear of a cancellation. It ends behind the test, so that nothing is leaked.
        let stuck = Task.detached { for await _ in stream {} }
        defer { continuation.finish() }
        try await withKnownIssue {
            try await withDeadline(.milliseconds(20), "a call that never returns") { await stuck.value }
        } matching: {
            ($0.error as? DeadlineExceeded)?.description == "a call that never returns did not end within 0.02 seconds"
        }
    }

    @Test func cancellingTheTestCancelsTheBody() async throws {
        let task = Task {
            try await withDeadline(.seconds(60)) { try await Task.sleep(for: .seconds(60)) }
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func aConditionThatNeverHoldsFailsTheTest() async throws {
        await withKnownIssue {
            try await eventually("the impossible", within: .milliseconds(20)) { false }
        }
    }

    @Test func aConditionIsPolledUntilItHolds() async throws {
        var count = 0
        try await eventually("the fifth look") {
            count += 1
            return count == 5
        }
        #expect(count == 5)
    }
}
