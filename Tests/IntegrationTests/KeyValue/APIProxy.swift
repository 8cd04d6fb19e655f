import NATSClient
import NATSStores
import TestSupport

/// What becomes of a request on its way to JetStream.
enum APIPassage: Sendable {
    case passed
    /// With another body.
    case changed([UInt8])
    /// The server does it, and nobody is told.
    case unanswered
    case lost
}

/// Runs `body` with JetStream as it is reached through something in between, which decides about each request. Subjects are those behind
/// `$JS.API.`; of keys that are written, `$KV.…`.
func withAPIProxy(
    _ bench: Bench, _ passage: @escaping @Sendable (_ subject: String, _ body: String) async throws -> APIPassage,
    _ body: @escaping @Sendable (JetStream) async throws -> Void
) async throws {
    let between = try await bench.connect()
    let requests = try await between.subscribe("PROXY.>")
    let js = try await bench.connect().jetStream(prefix: "PROXY")
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            for try await request in requests {
                let subject = String(request.subject.dropFirst("PROXY.".count))
                var payload = Array(request.payload)
                var reply = request.reply
                switch try await passage(subject, request.string) {
                case .passed: break
                case .changed(let body): payload = body
                case .unanswered: reply = nil
                case .lost: continue
                }
                let target = subject.hasPrefix("$KV.") ? subject : "$JS.API.\(subject)"
                try await between.publish(target, payload, headers: request.headers, reply: reply)
            }
        }
        group.addTask { try await body(js) }
        // The body's end, or the first error of either.
        try await group.next()
        group.cancelAll()
        while let result = await group.nextResult() { _ = result }
    }
}
