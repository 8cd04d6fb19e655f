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
            let changed = try await made.update { $0.description = "counts" }
            #expect(changed.cachedInfo?.configuration.filterSubjects == ["events.click"])
            let read = try await stream.consumer("worker")
            #expect(read.cachedInfo?.configuration.description == "counts")
            #expect(read.cachedInfo?.stream == "EVENTS" && read.cachedInfo?.created == made.cachedInfo?.created)
            try await made.delete()
            try await expectRefusal(.consumerNotFound) { try await made.info() }
            try await expectRefusal(.consumerNotFound) { try await stream.consumer("worker") }
            try await expectRefusal(.consumerNotFound) { try await stream.deleteConsumer("worker") }
        }
    }

    @Test("create, update and createOrUpdate each do what they say", arguments: Backend.tested)
    func actions(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.createStream(.init(name: "A", subjects: ["a"]))
            var configuration = ConsumerConfiguration(durable: "c")
            try await expectRefusal(.consumerDoesNotExist) { try await stream.updateConsumer(configuration) }
            _ = try await stream.createConsumer(configuration)
            _ = try await stream.createConsumer(configuration)
            configuration.maximumDeliveries = 3
            try await expectRefusal(.consumerAlreadyExists) { try await stream.createConsumer(configuration) }
            let changed = try await stream.createOrUpdateConsumer(configuration)
            #expect(changed.cachedInfo?.configuration.maximumDeliveries == 3)
            _ = try await stream.createOrUpdateConsumer(.init(durable: "d"))
            #expect(try await stream.consumerNames().all().elements == ["c", "d"])
        }
    }

    @Test("a consumer without a name gets one, and names that no server takes aren't sent", arguments: Backend.tested)
    func names(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.createStream(.init(name: "A", subjects: ["a"]))
            let first = try await stream.createConsumer(.init())
            let second = try await stream.createConsumer(.init())
            #expect(first.name.utf8.count == 22 && first.name != second.name)
            #expect(first.cachedInfo?.configuration.durable == nil)
            #expect(first.cachedInfo?.configuration.inactiveThreshold == .seconds(5))
            for name in ["", "a.b", "a b", "*"] {
                let error = try await #require(throws: NATSError.self) { try await stream.consumer(name) }
                #expect(error.code == .invalidOption)
            }
        }
    }

    @Test("a user who may only make consumers of one subject can", arguments: Backend.tested)
    func permissions(_ backend: Backend) async throws {
        var options = NATSServerOptions.with {
            $0.user = "ann"
            $0.password = "pw"
            $0.permissions = #"publish: { allow: ["$JS.API.STREAM.CREATE.A", "$JS.API.CONSUMER.CREATE.A.*.a.x"] }"#
        }
        options.isJetStreamEnabled = true
        try await withBench(backend, options) { bench in
            let js = try await bench.connect { $0.authentication = .user("ann", password: "pw") }.jetStream()
            let stream = try await js.createStream(.init(name: "A", subjects: ["a.*"]))
            _ = try await stream.createConsumer(.init(durable: "c", filterSubjects: ["a.x"]))
            let error = try await #require(throws: NATSError.self) {
                try await stream.createConsumer(.init(durable: "d", filterSubjects: ["a.y"]))
            }
            #expect(error.code == .permissionViolation)
        }
    }

    @Test("a pause begins, is told, and ends", arguments: Backend.tested)
    func pause(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.createStream(.init(name: "A", subjects: ["a"]))
            let consumer = try await stream.createConsumer(.init(durable: "c"))
            let end = ServerTime.october(1, 2100)
            let pause = try await consumer.pause(until: end)
            #expect(pause.isPaused && pause.until == end && pause.remaining.map { $0 > .seconds(3_600) } == true)
            let info = try await consumer.info()
            #expect(info.isPaused && info.pauseRemaining != nil && info.configuration.pauseUntil == end)
            let resumed = try await consumer.resume()
            #expect(!resumed.isPaused && resumed.until == nil && resumed.remaining == nil)
            #expect(try await consumer.info().isPaused == false)
            let hour = try await consumer.pause(for: .seconds(3_600))
            #expect(hour.remaining.map { (.seconds(1_800)...(.seconds(3_600))).contains($0) } == true)
        }
    }

    @Test("a reset goes to a message, or behind the last that is acknowledged", arguments: Backend.tested)
    func reset(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.createStream(.init(name: "A", subjects: ["a.*"]))
            try await js.store(5, on: "a")
            let consumer = try await stream.createConsumer(.init(durable: "c"))
            // Takes a message, and acknowledges nothing.
            let reply = try await js.connection.request("$JS.API.CONSUMER.MSG.NEXT.A.c", "")
            #expect(reply.string == "1")
            #expect(try await consumer.info().delivered.stream == 1)
            let behind = try await consumer.reset()
            #expect(behind.sequence == 1 && behind.info.pending == 5 && behind.info.acknowledgementsPending == 0)
            let there = try await consumer.reset(to: 4)
            #expect(there.sequence == 4 && there.info.pending == 2 && there.info.name == "c")
            let fixed = try await stream.createConsumer(ConsumerConfiguration.from(3))
            try await expectRefusal(.consumerInvalidReset) { try await fixed.reset(to: 1) }
        }
    }

    @Test("a group is taken away from the client that has it", arguments: Backend.tested)
    func unpin(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.createStream(.init(name: "A", subjects: ["a.*"]))
            try await js.store(2, on: "a")
            var configuration = ConsumerConfiguration(durable: "c")
            configuration.priorityGroups = ["g"]
            configuration.priorityPolicy = .pinnedClient
            let consumer = try await stream.createConsumer(configuration)
            let reply = try await js.connection.request("$JS.API.CONSUMER.MSG.NEXT.A.c", #"{"batch":1,"group":"g"}"#)
            #expect(reply.header("Nats-Pin-Id") != nil)
            let state = try #require(try await consumer.info().priorityGroups.first)
            #expect(state.group == "g" && state.pinnedClientID == reply.header("Nats-Pin-Id") && state.pinnedSince != nil)
            try await consumer.unpin(group: "g")
            #expect(try await consumer.info().priorityGroups.first?.pinnedClientID == nil)
            try await expectRefusal(.consumerInvalidPriorityGroup) { try await consumer.unpin(group: "other") }
        }
    }
}

extension ConsumerConfiguration {
    /// A consumer that begins with this message.
    fileprivate static func from(_ sequence: UInt64) -> ConsumerConfiguration {
        var configuration = ConsumerConfiguration(durable: "from\(sequence)")
        configuration.deliverPolicy = .fromSequence(sequence)
        return configuration
    }
}
