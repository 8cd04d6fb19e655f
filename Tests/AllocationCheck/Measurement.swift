import CMallocCounter

/// Counts the heap allocations of all threads during an operation, exactly.
struct Measurement {
    private(set) var failures = 0

    /// Checks how many allocations one repetition of an operation costs.
    ///
    /// `operation(n)` is run with n and 2n repetitions; the difference is what n repetitions cost, without whatever
    /// is paid once. Buffers may still grow in a round, depending on how the threads meet; so the least of up to 25
    /// rounds counts: what an operation costs each time shows in every round.
    mutating func check(
        _ name: String, atMost limit: Double, repetitions: Int, _ operation: (Int) async throws -> Void
    ) async throws {
        for _ in 0..<2 { try await operation(2 * repetitions) }
        var least = Int.max
        for _ in 0..<25 where Double(least) > limit * Double(repetitions) {
            let once = try await allocations { try await operation(repetitions) }
            let twice = try await allocations { try await operation(2 * repetitions) }
            least = min(least, max(0, twice - once))
        }
        let perOperation = Double(least) / Double(repetitions)
        let verdict = perOperation <= limit ? "ok  " : "FAIL"
        print("\(verdict) \(name): \(least) allocations in \(repetitions) (at most \(limit) each)")
        if perOperation > limit { failures += 1 }
    }

    private func allocations(_ body: () async throws -> Void) async throws -> Int {
        let before = malloc_counter_of_process().allocations
        try await body()
        return Int(malloc_counter_of_process().allocations - before)
    }
}
