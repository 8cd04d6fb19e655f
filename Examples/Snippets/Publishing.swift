// The samples of Docs/JetStream/Publishing.md. Scripts/check-readme compares them with the document word for word.

import NATSStores

enum Publishing {
    static func one(_ js: JetStream, _ bytes: [UInt8]) async throws {
        let ack = try await js.publish("orders.7", bytes, messageID: "order-7", expecting: .lastSubjectSequence(41))
        print(ack.stream, ack.sequence, ack.isDuplicate)
    }

    static func many(_ js: JetStream, _ readings: [[UInt8]]) async throws -> AsyncPublisher {
        let publisher = js.asyncPublisher(window: .init(messages: 4096, bytes: 8 << 20))
        for reading in readings {
            try await publisher.publish("sensors.t", reading)  // suspends while the window is full
        }
        try await publisher.flush()  // throws the first failure
        return publisher
    }

    static func results(_ publisher: AsyncPublisher, _ reading: [UInt8]) async throws {
        let receipt = try await publisher.submit("sensors.t", reading)  // one object
        let ack = try await receipt.acknowledgement()

        for try await batch in publisher.outcomes() {  // all, in batches; several readers share them
            for outcome in batch { print(outcome.number, outcome.result) }
        }
        print(ack.sequence)
    }

    static func exactlyOnce(_ js: JetStream) -> AsyncPublisher {
        let publisher = js.asyncPublisher(options: .exactlyOnce(within: .seconds(60)))
        return publisher
    }

    static func allOrNothing(_ js: JetStream) async throws {
        var batch = js.atomicBatch()
        try await batch.add("users.7.name", "Ada")
        try await batch.add("users.7.city", "London", options: .init(expecting: .lastSubjectSequence(12)))
        let ack = try await batch.commit()  // or commit(subject, payload) with a last message
        print(ack.batchCount ?? 0)
    }

    static func fast(_ js: JetStream, _ readings: [[UInt8]]) async throws {
        let batch = js.fastBatch(gaps: .fail)
        for reading in readings { try await batch.publish("sensors.t", reading) }
        let ack = try await batch.end()  // or commit(subject, payload)
        print(ack.batchCount ?? 0)
    }

    static func together(_ js: JetStream) async throws {
        try await js.publishAtomically([
            .init("accounts.7", "-20", options: .init(expecting: .lastSubjectSequence(41))),
            .init("accounts.9", "+20"),
        ])
    }

    static func countersAndSchedules(_ js: JetStream, _ bytes: [UInt8]) async throws {
        let visits = try await js.stream("VISITS").counters  // of a stream with allowsCounters
        let value = try await visits.add(1, to: "visits.home")  // any size: CounterValue
        let one = try await visits.entry(of: "visits.home")?.sources  // what each source contributes
        let many = try await visits.values(of: ["visits.home", "visits.shop.*"])  // all of one moment
        // The same as an option of every way to publish.
        let ack = try await js.publish("visits.home", options: .init(increment: 1))
        let daily = MessageSchedule(.cron("0 0 6 * * *"), target: "reports.daily", timeZone: "Europe/Paris")
        try await js.publish("schedules.report", "{}", options: .init(schedule: daily))
        // Ends a schedule together with storing the message.
        try await js.publish("orders.7.paid", bytes, options: .init(endsSchedule: "schedules.order-7"))
        print(value?.description ?? "", one?.count ?? 0, many.count, ack.counter?.description ?? "")
    }
}
