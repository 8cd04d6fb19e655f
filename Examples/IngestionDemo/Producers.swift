import NATSClient

/// Publishes the workload from several tasks at once, over one connection.
struct Producers {
    let connection: NATSConnection
    let workload: Workload
    let window: DeliveryWindow

    /// Returns when everything is published and the server has confirmed it.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for producer in 0..<workload.producerCount {
                group.addTask { try await publish(workload.subjects(ofProducer: producer)) }
            }
            try await group.waitForAll()
        }
        // The fence: from here on the server has every message.
        try await connection.flush()
    }

    /// One task: round by round, one message to each of its subjects.
    private func publish(_ subjects: [Int]) async throws {
        let publishers = try subjects.map { try connection.publisher(for: workload.subject($0)) }
        var remaining = subjects.reduce(0) { $0 + workload.messageCount(ofSubject: $1) }
        var payload = Reading.makeBuffer(bytes: workload.payloadBytes)
        var credit = 0
        var sequence = 0
        while remaining > 0 {
            for (subject, publisher) in zip(subjects, publishers)
            where sequence < workload.messageCount(ofSubject: subject) {
                if credit == 0 {
                    credit = min(window.step, remaining)
                    try await window.claim(credit)
                }
                Reading(subject: subject, sequence: sequence).write(into: &payload)
                try publisher.publish(payload)
                credit -= 1
                remaining -= 1
            }
            sequence += 1
        }
    }
}
