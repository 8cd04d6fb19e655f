// The samples of Docs/JetStream/Consuming.md. Scripts/check-readme compares them with the document word for word.

import NATSClient
import NATSStores

enum Consuming {
    static func bill(_ message: Message) async throws {}
    static func bill(_ subject: String, _ payload: Payload) async throws {}

    static func first(_ js: JetStream) async throws {
        let consumer = try await js.stream("ORDERS").consumer("billing")
        for try await message in consumer.messages() {
            try await bill(message)
            try message.ack()
        }
    }

    static func inOrder(_ stream: JetStream.Stream) async throws {
        let ordered = try await stream.orderedConsumer(.init(filterSubjects: ["orders.>"], deliverPolicy: .new))
        for try await message in ordered.messages() { print(message.subject) }
    }

    static func priorities() -> ConsumeOptions {
        var options = ConsumeOptions(group: "jobs")
        options.minimumPending = 1000  // overflow
        options.priority = 1  // prioritised
        return options
    }

    static func partitions(_ stream: JetStream.Stream) async throws {
        let group = try await stream.createElasticGroup("billing", partitions: 12, filter: "orders.*", wildcards: [1])
        try await group.add(members: ["a", "b", "c"])
        try await group.process(as: "a") { message in try await bill(message.subjectInGroup, message.payload) }
    }
}
