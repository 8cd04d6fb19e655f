import NATSClient

/// A request costs no allocation on the event loop's executor, and at most two on the global one, where Swift itself
/// allocates them to resume the task.
struct RequestChecks {
    let nats: NATSConnection

    func run(_ measurement: inout Measurement) async throws {
        let payload = [UInt8](repeating: 0x61, count: 128)
        try await nats.subscribe("request.echo") { view in try? view.respond(view.bytes) }
        try await measurement.check("request, reactor executor", atMost: 0, repetitions: 1_000) { count in
            for _ in 0..<count { _ = try await nats.request("request.echo", payload) }
        }
        try await withTaskExecutorPreference(globalConcurrentExecutor) {
            try await measurement.check("request, global executor", atMost: 2, repetitions: 1_000) { count in
                for _ in 0..<count { _ = try await nats.request("request.echo", payload) }
            }
        }
    }
}
