import NATSClient
import NATSStores
import TestSupport
import Testing

/// Somebody else listens on the subject, or a server that knows less than we ask for.
@Suite("Publishing: answers that aren't those of a stream") struct PublishImpostorTests {
    /// Beside a service that answers everything on `s.>` with this text. In a domain: nobody knows what its servers know.
    private static func withAnswers(
        _ backend: Backend, _ answer: String, _ body: @escaping @Sendable (JetStream) async throws -> Void
    ) async throws {
        try await withBench(backend) { bench in
            let service = try await bench.connect()
            let requests = try await service.subscribe("s.>") { message in try? message.respond(answer) }
            defer { requests.unsubscribe() }
            try await body(bench.connect().jetStream(domain: "hub"))
        }
    }

    @Test(
        "an answer that names no stream isn't an acknowledgement, however a message is published", arguments: Backend.tested,
        ["{}", #"{"ok":true}"#, #"{"stream":"","seq":1}"#])
    func noStream(_ backend: Backend, _ answer: String) async throws {
        try await Self.withAnswers(backend, answer) { js in
            #expect(try await natsError { try await js.publish("s.1", "x") }?.code == .protocolViolation)
            let publisher = js.asyncPublisher()
            let receipt = try await publisher.submit("s.1", "x")
            #expect(try await natsError { _ = try await receipt.acknowledgement() }?.code == .protocolViolation)
            #expect(publisher.statistics.stored == 0)
            #expect(publisher.statistics.failed == 1)
            #expect(try await natsError { try await js.fastBatch().publish("s.1", "x") }?.code == .protocolViolation)
            #expect(try await natsError { try await js.publishAtomically([.init("s.1", "x")]) }?.code == .protocolViolation)
        }
    }

    @Test("a server that has stored a batch's message by itself is too old, and so it is told", arguments: Backend.tested)
    func storedByItself(_ backend: Backend) async throws {
        try await Self.withAnswers(backend, #"{"stream":"S","seq":7}"#) { js in
            let error = try await natsError { try await js.fastBatch().publish("s.1", "x") }
            #expect(error?.code == .serverTooOld)
            #expect(error.map { "\($0)" }?.contains("number 7 of stream 'S'") == true)
            let messages = [AtomicBatch.Message("s.1", "x"), .init("s.1", "y")]
            #expect(try await natsError { try await js.publishAtomically(messages) }?.code == .serverTooOld)
        }
    }

    @Test("a fast batch goes on whatever numbers it is told", arguments: Backend.tested)
    func anyFlow(_ backend: Backend) async throws {
        try await Self.withAnswers(backend, #"{"type":"ack","seq":18446744073709551615,"msgs":18446744073709551615}"#) { js in
            let batch = js.fastBatch()
            for number: UInt64 in 1...3 { #expect(try await batch.publish("s.1", "x") == number) }
            try await eventually("all are acknowledged") { batch.acknowledgedCount == 3 }
        }
    }
}
