import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("JetStream: listing") struct ListingTests {
    @Test("streams and their names come in order, over several pages", arguments: Backend.tested)
    func streams(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let names = (1_000..<1_300).map { "S\($0)" }
            for name in names {
                var configuration = StreamConfiguration(name: name, subjects: ["s.\(name)"])
                configuration.storage = .memory
                _ = try await js.createStream(configuration)
            }
            var read: [String] = []
            for try await name in js.streamNames() { read.append(name) }
            #expect(read == names)
            var pages: [Int] = []
            for try await page in js.streams().pages {
                pages.append(page.elements.count)
                #expect(page.total == 300 && page.missing.isEmpty && page.offline.isEmpty)
            }
            #expect(pages == [256, 44])
            let all = try await js.streams().all()
            #expect(all.elements.map(\.configuration.name) == names && all.total == 300)
            #expect(try await js.streamNames(matching: "s.S1007").all().elements == ["S1007"])
            #expect(try await js.streams(matching: "s.S1007").all().elements.map(\.configuration.name) == ["S1007"])
        }
    }

    @Test("a subject's stream is found", arguments: Backend.tested)
    func streamOfASubject(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            #expect(try await js.streamName(for: "a.b") == nil)
            #expect(try await js.streams().all().elements == [])
            _ = try await js.createStream(.init(name: "A", subjects: ["a.*"]))
            _ = try await js.createStream(.init(name: "B", subjects: ["b.*"]))
            #expect(try await js.streamName(for: "b.x") == "B")
            #expect(try await js.streamName(for: "c") == nil)
        }
    }

    @Test("consumers and their names come in order, over several pages", arguments: Backend.tested)
    func consumers(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            var configuration = StreamConfiguration(name: "A", subjects: ["a"])
            configuration.storage = .memory
            let stream = try await js.createStream(configuration)
            #expect(try await stream.consumerNames().all().elements == [])
            let names = (1_000..<1_260).map { "C\($0)" }
            for name in names { _ = try await stream.createConsumer(.init(name: name)) }
            #expect(try await stream.consumerNames().all().elements == names)
            var read: [String] = []
            for try await info in stream.consumers() { read.append(info.name) }
            #expect(read == names)
            try await expectRefusal(.streamNotFound) { try await js.unverifiedStream("B").consumerNames().all() }
        }
    }

    @Test("a stream whose servers are away is missing, not silently left out", arguments: Backend.tested)
    func missing(_ backend: Backend) async throws {
        try await withJetStreamCluster(backend) { _, cluster, js in
            for name in ["A", "B"] {
                var configuration = StreamConfiguration(name: name, subjects: [name])
                configuration.replicas = name == "A" ? 3 : 1
                _ = try await js.createStream(configuration)
            }
            let home = try #require(try await js.stream("B").cachedInfo?.cluster?.leader)
            let server = try #require(cluster.servers.first { $0.options.name == home })
            let others = cluster.others(than: server)
            server.kill()
            let connection = try await NATS.connect(others.map(\.url).joined(separator: ","))
            let survivors = connection.jetStream()
            try await eventually("the missing stream is told", within: .seconds(60)) {
                guard let all = try? await survivors.streams().all() else { return false }
                return all.missing == ["B"] && all.total == 2 && all.elements.contains { $0.configuration.name == "A" }
            }
            await connection.close()
        }
    }
}
