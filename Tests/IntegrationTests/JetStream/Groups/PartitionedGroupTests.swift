import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("JetStream: partitioned groups", .timeLimit(.minutes(4))) struct PartitionedGroupTests {
    /// What a member was given.
    private struct Handled: Sendable, Hashable {
        let member: String
        let subject: String
        let number: Int
    }

    /// A machine that stands still for some seconds makes nothing come again.
    private var patient: ConsumerConfiguration {
        var configuration = ConsumerConfiguration(name: nil)
        configuration.acknowledgementWait = .seconds(60)
        return configuration
    }

    /// A member that runs until the task ends.
    private func run(_ group: PartitionedGroup, as member: String, called name: String? = nil, _ log: Recorder<Handled>) -> Task<
        Void, any Error
    > {
        Task {
            try await group.process(as: member, patient) { message in
                log.append(Handled(member: name ?? member, subject: message.subjectInGroup, number: Int(message.string) ?? -1))
            }
        }
    }

    private func publish(_ js: JetStream, _ numbers: ClosedRange<Int>) async throws {
        for number in numbers { try await js.publish("orders.\(number % 10)", "\(number)") }
    }

    /// A stream that numbers partitions by itself.
    private func partitionedStream(_ js: JetStream) async throws -> JetStream.Stream {
        var configuration = StreamConfiguration(name: "ORDERS", subjects: ["orders.*"])
        configuration.storage = .memory
        configuration.subjectTransform = SubjectTransform(
            source: "orders.*", destination: "{{Partition(4,1)}}.orders.{{Wildcard(1)}}")
        return try await js.createStream(configuration)
    }

    private func plainStream(_ js: JetStream) async throws -> JetStream.Stream {
        var configuration = StreamConfiguration(name: "ORDERS", subjects: ["orders.*"])
        configuration.storage = .memory
        return try await js.createStream(configuration)
    }

    /// Each subject's messages went to one member, in order.
    private func expectDivided(_ handled: [Handled], sourceLocation: SourceLocation = #_sourceLocation) {
        for (subject, messages) in Dictionary(grouping: handled, by: \.subject) {
            #expect(Set(messages.map(\.member)).count == 1, "\(subject)", sourceLocation: sourceLocation)
            #expect(messages.map(\.number) == messages.map(\.number).sorted(), "\(subject)", sourceLocation: sourceLocation)
        }
    }

    @Test("the members of a static group divide a stream, each subject to one of them and in order", arguments: Backend.tested)
    func statics(_ backend: Backend) async throws {
        try await withJetStream(backend, within: .seconds(120)) { _, js in
            let stream = try await partitionedStream(js)
            let group = try await stream.createStaticGroup("billing", partitions: 4, filter: "orders.*", members: ["a", "b"])
            #expect(try await stream.groupNames(.static) == ["billing"])
            #expect(try await stream.groupNames(.elastic) == [])
            // The same again is no error; others are.
            _ = try await stream.createStaticGroup("billing", partitions: 4, filter: "orders.*", members: ["a", "b"])
            await expectError(.invalidOption) { try await stream.createStaticGroup("billing", partitions: 4, members: ["c"]) }
            await expectError(.invalidOption) { try await group.add(members: ["c"]) }
            await expectError(.invalidOption) { try await group.process(as: "c") { _ in } }
            await expectError(.groupNotFound) { try await stream.group("other", .static) }
            let log = Recorder<Handled>()
            let tasks = ["a", "b"].map { run(group, as: $0, log) }
            try await publish(js, 1...200)
            try await eventually("all are handled", within: .seconds(60)) { log.count >= 200 }
            #expect(log.all.map(\.number).sorted() == Array(1...200))
            expectDivided(log.all)
            #expect(Set(log.all.map(\.subject)) == Set((0..<10).map { "orders.\($0)" }))
            #expect(Set(log.all.map(\.member)) == ["a", "b"])
            #expect(try await group.activeMembers() == ["a", "b"])
            try await group.delete()
            for task in tasks { try await task.value }
            #expect(try await stream.consumerNames().all().elements == [])
            #expect(try await stream.groupNames(.static) == [])
        }
    }

    @Test("members of an elastic group come and go, and nothing is lost", arguments: Backend.tested)
    func elastic(_ backend: Backend) async throws {
        try await withJetStream(backend, within: .seconds(200)) { _, js in
            let stream = try await plainStream(js)
            let group = try await stream.createElasticGroup("billing", partitions: 4, filter: "orders.*", wildcards: [1])
            _ = try await stream.createElasticGroup("billing", partitions: 4, filter: "orders.*", wildcards: [1])
            await expectError(.invalidOption) {
                try await stream.createElasticGroup("billing", partitions: 5, filter: "orders.*", wildcards: [1])
            }
            let log = Recorder<Handled>()
            try await group.add(members: ["a"])
            let first = run(group, as: "a", log), second = run(group, as: "b", log)
            try await publish(js, 1...100)
            try await eventually("one handles all", within: .seconds(60)) { log.count >= 100 }
            #expect(Set(log.all.map(\.member)) == ["a"])
            expectDivided(log.all)
            try await group.add(members: ["b"])
            try await eventually("both are there", within: .seconds(60)) { try await group.activeMembers() == ["a", "b"] }
            try await settled(group, ["a": ["0.>", "1.>"], "b": ["2.>", "3.>"]])
            try await publish(js, 101...200)
            try await eventually("all are handled", within: .seconds(60)) { Set(log.all.map(\.number)) == Set(1...200) }
            let divided = log.all.filter { $0.number > 100 }
            expectDivided(divided)
            #expect(Set(divided.map(\.member)) == ["a", "b"])
            try await group.remove(members: ["a"])
            try await settled(group, ["b": ["0.>", "1.>", "2.>", "3.>"]])
            try await publish(js, 201...300)
            try await eventually("the other one handles all", within: .seconds(60)) { Set(log.all.map(\.number)) == Set(1...300) }
            #expect(Set(log.all.filter { $0.number > 200 }.map(\.member)) == ["b"])
            try await group.delete()
            try await first.value
            try await second.value
            #expect(try await js.streamNames().all().elements.contains("ORDERS-billing") == false)
        }
    }

    /// Waits until the members' consumers have these filters.
    private func settled(_ group: PartitionedGroup, _ filters: [String: [String]]) async throws {
        let source = try group.stream.jetStream.unverifiedStream("\(group.stream.name)-\(group.name)")
        try await eventually("partitions have moved", within: .seconds(60)) {
            for (member, expected) in filters {
                guard let info = try? await source.unverifiedConsumer(member).info() else { return false }
                guard info.configuration.filterSubjects.sorted() == expected else { return false }
            }
            return true
        }
    }

    @Test("of two clients of a member one works, and the other takes over when it steps down", arguments: Backend.tested)
    func stepDown(_ backend: Backend) async throws {
        try await withJetStream(backend, within: .seconds(120)) { bench, js in
            let stream = try await partitionedStream(js)
            let group = try await stream.createStaticGroup("billing", partitions: 4, members: ["a"])
            let log = Recorder<Handled>()
            let other = try await bench.connect().jetStream().unverifiedStream("ORDERS").group("billing", .static)
            let first = run(group, as: "a", called: "first", log)
            try await publish(js, 1...20)
            try await eventually("the first one works", within: .seconds(30)) { log.count == 20 }
            let second = run(other, as: "a", called: "second", log)
            let consumer = try stream.unverifiedConsumer("billing-a")
            try await eventually("both ask") { try await consumer.info().waitingRequests >= 2 }
            try await publish(js, 21...40)
            try await eventually("the first one works on", within: .seconds(30)) { log.count == 40 }
            #expect(Set(log.all.map(\.member)) == ["first"])
            first.cancel()
            _ = await first.result
            try await group.stepDown("a")
            try await publish(js, 41...60)
            try await eventually("the second one has taken over", within: .seconds(60)) { log.count >= 60 }
            #expect(Set(log.all.suffix(20).map(\.member)) == ["second"])
            second.cancel()
            _ = await second.result
        }
    }

    @Test("partitions can be assigned, and a group that another library has written is understood", arguments: Backend.tested)
    func assigned(_ backend: Backend) async throws {
        try await withJetStream(backend, within: .seconds(120)) { _, js in
            let stream = try await plainStream(js)
            let group = try await stream.createElasticGroup(
                "billing", partitions: 2, filter: "orders.*", wildcards: [1], maximumBufferedMessages: 10_000)
            let assigned = try await group.assign([.init("x", [1]), .init("y", [0])])
            #expect(assigned.partitions(of: "x") == [1])
            await expectError(.invalidOption) { try await group.add(members: ["z"]) }
            await expectError(.invalidOption) { try await group.assign([.init("x", [1])]) }
            let buckets = try await js.stream("KV_elastic-consumer-groups")
            let stored = try await buckets.lastMessage(on: "$KV.elastic-consumer-groups.ORDERS.billing")
            #expect(
                stored?.string
                    == #"{"max_members":2,"filter":"orders.*","partitioning_wildcards":[1],"max_buffered_msg":10000,"member_mappings":[{"member":"x","partitions":[1]},{"member":"y","partitions":[0]}]}"#
            )
            let ours = try await js.stream("ORDERS-billing").info().configuration
            #expect(ours.retention == .workQueue && ours.maximumMessages == 10_000 && ours.discard == .new)
            #expect(ours.sources.first?.subjectTransforms.first?.destination == "{{Partition(2,1)}}.orders.{{Wildcard(1)}}")
            // As another library would write it.
            try await js.publish(
                "$KV.elastic-consumer-groups.ORDERS.billing",
                #"{"filter":"orders.*","max_buffered_msg":10000,"max_members":2,"partitioning_wildcards":[1],"members":["w"],"later":true}"#
            )
            #expect(try await stream.group("billing", .elastic).configuration().members == ["w"])
            let log = Recorder<Handled>()
            let task = run(group, as: "w", log)
            try await publish(js, 1...50)
            try await eventually("all are handled", within: .seconds(60)) { log.count >= 50 }
            try await js.publish("$KV.elastic-consumer-groups.ORDERS.billing", "{nonsense")
            await expectError(.invalidConfiguration) { try await task.value }
        }
    }
}
