import NATSClient
import Testing

/// Asks one request after the other until it is stopped. Each answer must be the request's own.
final class Requester: Sendable {
    let answered = Counter()
    let failures = Recorder<NATSError>()
    private let isStopped = Recorder<Void>()
    private let task: Task<Void, any Error>

    init(_ nats: NATSConnection, _ subject: String, sourceLocation: SourceLocation = #_sourceLocation) {
        task = Task { [answered, failures, isStopped] in
            var number = 0
            while isStopped.count == 0, !Task.isCancelled {
                number += 1
                do {
                    let reply = try await nats.request(subject, "\(number)")
                    #expect(reply.string == "\(number)", sourceLocation: sourceLocation)
                    answered.increase()
                } catch let error as NATSError {
                    failures.append(error)
                    // A refusal costs nothing: without a pause there would be millions.
                    try await Task.sleep(for: .milliseconds(5))
                }
            }
        }
    }

    /// Throws what wasn't a ``NATSError``.
    func stop() async throws {
        isStopped.append(())
        try await task.value
    }

    deinit { task.cancel() }
}
