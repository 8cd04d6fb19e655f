import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("JetStream: advisories and metrics") struct JetStreamEventTests {
    @Test("what happens to a stream and its consumer is told in order", arguments: Backend.tested)
    func actions(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            var streams = try await js.advisories(.stream("A")).makeAsyncIterator()
            var consumers = try await js.advisories(.consumer(of: "A")).makeAsyncIterator()
            let stream = try await js.createStream(.init(name: "A", subjects: ["a"]))
            _ = try await js.createStream(.init(name: "B", subjects: ["b"]))
            try await stream.update { $0.description = "d" }
            let consumer = try await stream.createConsumer(.init(durable: "c"))
            try await consumer.pause(until: .october(1, 2100))
            try await consumer.delete()
            try await stream.delete()
            for action in [Advisory.Action.created, .changed, .deleted] {
                let advisory = try #require(try await streams.next())
                guard case .stream(let event) = advisory.event else {
                    Issue.record("\(advisory.event)")
                    continue
                }
                #expect(event.stream == "A" && event.action == action && !advisory.id.isEmpty && advisory.timestamp != nil)
            }
            let created = try #require(try await consumers.next())
            let paused = try #require(try await consumers.next())
            let deleted = try #require(try await consumers.next())
            if case .consumer(let event) = created.event { #expect(event.action == .created && event.consumer == "c") }
            if case .consumerPaused(let event) = paused.event { #expect(event.isPaused && event.until == .october(1, 2100)) }
            if case .consumer(let event) = deleted.event { #expect(event.action == .deleted) }
            #expect([created, paused, deleted].allSatisfy { $0.event != .unknown })
        }
    }

    @Test("each call of the API is told", arguments: Backend.tested)
    func audit(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            var calls = try await js.advisories(.api).makeAsyncIterator()
            _ = try await js.createStream(.init(name: "A", subjects: ["a"]))
            let advisory = try #require(try await calls.next())
            guard case .apiCall(let call) = advisory.event else {
                Issue.record("\(advisory.event)")
                return
            }
            #expect(call.subject == "$JS.API.STREAM.CREATE.A" && call.request.contains(#""name":"A""#))
            #expect(call.response.contains("stream_create_response") && call.client?.language?.isEmpty == false)
        }
    }

    @Test("how long an acknowledgement took", arguments: Backend.tested)
    func metrics(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.createStream(.init(name: "A", subjects: ["a.*"]))
            var configuration = ConsumerConfiguration(durable: "c")
            configuration.sampleFrequency = "100"
            _ = try await stream.createConsumer(configuration)
            var metrics = try await js.acknowledgementMetrics(of: "A").makeAsyncIterator()
            try await js.store(1, on: "a")
            try await js.take(from: "c", of: "A").respond("+ACK")
            let metric = try #require(try await metrics.next())
            #expect(metric.stream == "A" && metric.consumer == "c" && metric.streamSequence == 1 && metric.deliveries == 1)
            #expect(metric.delay > .zero && metric.delay < .seconds(60))
        }
    }
}

extension JetStream {
    /// The next message of a consumer, as any client can ask for it.
    func take(from consumer: String, of stream: String) async throws -> Message {
        try await connection.request(
            "$JS.API.CONSUMER.MSG.NEXT.\(stream).\(consumer)", #"{"batch":1,"expires":30000000000}"#, timeout: .seconds(30))
    }
}
