import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("JetStream: managing consumers") struct ConsumerManagementTests {
    @Test("a consumer is made, changed, read and removed", arguments: Backend.tested)
    func life(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.createStream(.init(name: "EVENTS", subjects: ["events.>"]))
            let made = try await stream.createConsumer(.init(durable: "worker", filterSubjects: ["events.click"]))
            #expect(made.name == "worker" && made.streamName == "EVENTS")
            var configuration = try #require(made.cachedInfo).configuration
            configuration.description = "counts"
            _ = try await stream.updateConsumer(configuration)
            #expect(try await stream.consumer("worker").info().configuration.description == "counts")
            try await made.delete()
            #expect(try await refusal { try await made.info() } == .consumerNotFound)
        }
    }
}
