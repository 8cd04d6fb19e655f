import NATSClient

/// Requests one after the other, each sent when the reply to the one before has come, each reply compared with its
/// request. A closed loop: it shows the round trip of an unloaded client, not the latency under load.
struct RequestRound {
    let client: NATSConnection
    let server: NATSConnection
    let requestCount: Int

    static let subject = "demo.echo"
    static let payloadBytes = 16

    struct Outcome: Sendable {
        var histogram = LatencyHistogram()
        var wrongReplies = 0
        var answered: Int { histogram.count - wrongReplies }
    }

    func run() async throws -> Outcome {
        let responder = try await server.subscribe(Self.subject) { request in
            // A response that can't be sent shows as a request that times out.
            try? request.respond(request.bytes)
        }
        // On the reactor's own thread: a reply resumes this task without a switch of threads.
        let outcome = try await withTaskExecutorPreference(client.eventLoop.taskExecutor) {
            _ = try await measure(min(requestCount, 500))  // warms up; not shown
            return try await measure(requestCount)
        }
        try await responder.drain()
        return outcome
    }

    private func measure(_ count: Int) async throws -> Outcome {
        var outcome = Outcome()
        var payload = Reading.makeBuffer(bytes: Self.payloadBytes)
        for sequence in 0..<count {
            Reading(subject: 0, sequence: sequence).write(into: &payload)
            let start = ContinuousClock.now
            let reply = try await client.request(Self.subject, payload)
            outcome.histogram.record(nanoseconds: (ContinuousClock.now - start).nanoseconds)
            if !reply.payload.elementsEqual(payload) { outcome.wrongReplies += 1 }
        }
        return outcome
    }
}
