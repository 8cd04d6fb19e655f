package import Testing

/// Polls until `condition` holds; fails the test when it doesn't within `limit`.
///
/// For facts that another thread or process brings about and that give no signal of their own. Prefer an event.
package func eventually(
    _ what: String,
    within limit: Duration = .seconds(30),
    sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    if try await holds(within: limit, condition) { return }
    let error = DeadlineExceeded(description: "not within \(limit): \(what)")
    Issue.record(error, sourceLocation: sourceLocation)
    throw error
}

/// Polls until `condition` holds; false when it doesn't within `limit` and several looks: on a machine that is busy with
/// other tests, time passes without a look.
package func holds(within limit: Duration, _ condition: () async throws -> Bool) async throws -> Bool {
    let clock = ContinuousClock()
    let end = clock.now.advanced(by: limit * Patience.factor)
    var pause = Duration.milliseconds(1)
    var looks = 0
    while true {
        if try await condition() { return true }
        looks += 1
        if clock.now >= end, looks >= 8 { return false }
        try await Task.sleep(for: pause)
        pause = min(pause * 2, .milliseconds(20))
    }
}
