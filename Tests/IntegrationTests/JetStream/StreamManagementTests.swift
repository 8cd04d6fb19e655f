import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("JetStream: managing streams") struct StreamManagementTests {
    @Test("a stream is made, changed, read and removed", arguments: Backend.tested)
    func life(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let made = try await js.createStream(.init(name: "EVENTS", subjects: ["events.>"]))
            #expect(made.name == "EVENTS" && made.cachedInfo?.configuration.subjects == ["events.>"])
            var configuration = try #require(made.cachedInfo).configuration
            configuration.description = "what happened"
            _ = try await js.updateStream(configuration)
            #expect(try await js.stream("EVENTS").info().configuration.description == "what happened")
            try await made.delete()
            #expect(try await refusal { try await made.info() } == .streamNotFound)
        }
    }
}
