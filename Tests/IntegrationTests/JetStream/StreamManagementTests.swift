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
            let read = try await js.stream("EVENTS")
            #expect(read.cachedInfo?.configuration.description == "what happened")
            #expect(read.cachedInfo?.created == made.cachedInfo?.created && read.cachedInfo?.timestamp != nil)
            try await made.delete()
            try await expectRefusal(.streamNotFound) { try await made.info() }
            try await expectRefusal(.streamNotFound) { try await js.stream("EVENTS") }
            try await expectRefusal(.streamNotFound) { try await made.delete() }
            try await expectRefusal(.streamNotFound) { try await js.updateStream(configuration) }
        }
    }

    @Test("the same stream twice is one stream; another one of its name or subjects is refused", arguments: Backend.tested)
    func conflicts(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let configuration = StreamConfiguration(name: "A", subjects: ["a.*"])
            let first = try await js.createStream(configuration)
            let second = try await js.createStream(configuration)
            #expect(first.cachedInfo?.created == second.cachedInfo?.created)
            var other = configuration
            other.maximumMessages = 7
            try await expectRefusal(.streamNameExist) { try await js.createStream(other) }
            let overlapping = StreamConfiguration(name: "B", subjects: ["a.1"])
            try await expectRefusal(.streamSubjectOverlap) { try await js.createStream(overlapping) }
        }
    }

    @Test("createOrUpdate makes a stream and then changes it; update changes only what it is told to", arguments: Backend.tested)
    func createOrUpdate(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            var configuration = StreamConfiguration(name: "A", subjects: ["a"])
            configuration.maximumMessages = 5
            let made = try await js.createOrUpdateStream(configuration)
            configuration.maximumMessages = 6
            let changed = try await js.createOrUpdateStream(configuration)
            #expect(changed.cachedInfo?.configuration.maximumMessages == 6)
            #expect(changed.cachedInfo?.created == made.cachedInfo?.created)
            let updated = try await changed.update { $0.maximumBytes = 1_000 }
            #expect(updated.cachedInfo?.configuration.maximumMessages == 6)
            #expect(updated.cachedInfo?.configuration.maximumBytes == 1_000)
        }
    }

    @Test("names that no server takes aren't sent", arguments: ["", "a.b", "a b", "*", ">", "a/b", "a\\b", "a\u{7F}"])
    func names(_ name: String) async throws {
        try await withJetStream(.epoll) { _, js in
            let error = try await #require(throws: NATSError.self) { try await js.stream(name) }
            #expect(error.code == .invalidOption)
        }
    }

    @Test("messages are purged: all, by subject, up to a number, but the last", arguments: Backend.tested)
    func purging(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.createStream(.init(name: "A", subjects: ["a.*"]))
            func refill() async throws -> UInt64 {
                try await stream.purge()
                let start = try await stream.info().state.lastSequence
                try await js.store(10, on: "a")
                return start
            }
            _ = try await refill()
            #expect(try await stream.purge() == 10)
            _ = try await refill()
            #expect(try await stream.purge(filter: "a.3") == 1)
            var start = try await refill()
            #expect(try await stream.purge(before: start + 4) == 3)
            #expect(try await stream.info().state.firstSequence == start + 4)
            start = try await refill()
            #expect(try await stream.purge(before: start + 4, filter: "a.2") == 1)
            _ = try await refill()
            #expect(try await stream.purge(keeping: 2) == 8)
            #expect(try await stream.purge(keeping: 0, filter: "a.9") == 1)
            #expect(try await stream.info().state.messages == 1)
        }
    }

    @Test("a message is deleted, with its bytes or without; one that isn't there is refused", arguments: Backend.tested)
    func deletingMessages(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.createStream(.init(name: "A", subjects: ["a.*"]))
            try await js.store(5, on: "a")
            try await stream.deleteMessage(2)
            try await stream.deleteMessage(4, erasing: true)
            let state = try await stream.info(withDeleted: true).state
            #expect(state.messages == 3 && state.deletedCount == 2 && state.deleted == [2, 4])
            #expect(try await stream.info().state.deleted == [])
            try await expectRefusal(.sequenceNotFound) { try await stream.deleteMessage(2) }
        }
    }

    @Test("how many messages each subject has", arguments: Backend.tested)
    func subjects(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.createStream(.init(name: "A", subjects: ["a.>"]))
            try await js.store(3, on: "a")
            try await js.store(2, on: "a")
            #expect(try await stream.subjectCounts() == ["a.1": 2, "a.2": 2, "a.3": 1])
            let before = js.connection.statistics.publishesAccepted
            #expect(try await stream.subjectCounts(matching: "a.3") == ["a.3": 1])
            // What matches is complete: nobody is asked for another page.
            #expect(js.connection.statistics.publishesAccepted == before + 1)
            #expect(try await stream.subjectCounts(matching: "b") == [:])
        }
    }

    @Test("more subjects than the server tells at once are told in several pages")
    func manySubjects() async throws {
        try await withJetStream(.epoll, within: .seconds(120)) { _, js in
            var configuration = StreamConfiguration(name: "A", subjects: ["a.*"])
            configuration.storage = .memory
            let stream = try await js.createStream(configuration)
            let count = 100_050
            for number in 0..<count { try await js.connection.publish("a.\(number)") }
            try await eventually("all are stored", within: .seconds(60)) { try await stream.info().state.messages == count }
            let counts = try await stream.subjectCounts()
            #expect(counts.count == count && counts.values.allSatisfy { $0 == 1 })
        }
    }

    @Test("a sealed stream stays as it is", arguments: Backend.tested)
    func sealing(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.createStream(.init(name: "A", subjects: ["a"]))
            try await js.store("a")
            try await stream.seal()
            #expect(try await stream.info().configuration.isSealed)
            try await expectRefusal(.streamSealed) { try await stream.purge() }
        }
    }

    @Test("a mirror becomes a stream of its own", arguments: Backend.tested)
    func promotion(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let origin = try await js.createStream(.init(name: "A", subjects: ["a"]))
            try await js.store("a", "1")
            var configuration = StreamConfiguration(name: "M")
            configuration.mirror = StreamSource(name: "A")
            let mirror = try await js.createStream(configuration)
            try await eventually("the mirror has the message") { try await mirror.info().state.messages == 1 }
            let info = try await mirror.info()
            #expect(info.mirror?.name == "A" && info.mirror?.lag == 0)
            try await origin.delete()
            let own = try await mirror.update {
                $0.mirror = nil
                $0.subjects = ["a"]
            }
            #expect(own.cachedInfo?.configuration.mirror == nil)
            try await js.store("a", "2")
            #expect(try await own.info().state.messages == 2)
        }
    }
}
