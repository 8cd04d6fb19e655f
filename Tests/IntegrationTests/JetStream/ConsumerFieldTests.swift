import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("JetStream: every field of a consumer's configuration") struct ConsumerFieldTests {
    /// Fields that exclude each other are in different configurations.
    static let configurations: [ConsumerConfiguration] =
        [pull, plain, push, flowControlled]
        + deliverPolicies.map { policy in
            var value = ConsumerConfiguration(durable: "c", filterSubjects: ["a.b"])
            value.deliverPolicy = policy
            return value
        }

    @Test("the server has what was set", arguments: Backend.tested, configurations)
    func theServerHasWhatWasSet(_ backend: Backend, _ configuration: ConsumerConfiguration) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.createStream(.init(name: "A", subjects: ["a.>"]))
            let consumer = try await stream.createConsumer(configuration)
            var stored = try await consumer.info().configuration
            stored.metadata = stored.metadata.withoutServers
            #expect(stored.name == consumer.name)
            stored.name = configuration.name
            // What the server chooses.
            if configuration.acknowledgementWait == nil { stored.acknowledgementWait = nil }
            if configuration.maximumAcknowledgementsPending == nil { stored.maximumAcknowledgementsPending = nil }
            if configuration.maximumWaiting == nil { stored.maximumWaiting = nil }
            if configuration.inactiveThreshold == nil { stored.inactiveThreshold = nil }
            #expect(stored == configuration)
        }
    }

    private static let deliverPolicies: [ConsumerConfiguration.DeliverPolicy] = [
        .all, .last, .new, .lastPerSubject, .fromSequence(3), .fromTime(.october(1, 2026)),
    ]

    private static var pull: ConsumerConfiguration {
        var value = ConsumerConfiguration(durable: "c", filterSubjects: ["a.b", "a.c"])
        value.description = "pull"
        value.deliverPolicy = .fromSequence(3)
        // The first of the waits.
        value.acknowledgementWait = .seconds(1)
        value.maximumDeliveries = 5
        value.backOff = [.seconds(1), .seconds(2)]
        value.replayPolicy = .original
        value.isHeadersOnly = true
        value.maximumAcknowledgementsPending = 50
        value.sampleFrequency = "10%"
        value.maximumWaiting = 9
        value.maximumRequestBatch = 8
        value.maximumRequestExpiry = .seconds(10)
        value.maximumRequestBytes = 1_000
        value.priorityGroups = ["g"]
        value.priorityPolicy = .pinnedClient
        value.priorityTimeout = .seconds(10)
        value.inactiveThreshold = .seconds(1_000)
        value.replicas = 1
        value.isInMemory = true
        value.pauseUntil = .october(1, 2100)
        value.metadata = ["team": "a"]
        return value
    }

    private static var plain: ConsumerConfiguration {
        var value = ConsumerConfiguration(name: "e")
        value.acknowledgementPolicy = .none
        value.priorityGroups = ["g"]
        value.priorityPolicy = .overflow
        return value
    }

    private static var push: ConsumerConfiguration {
        var value = ConsumerConfiguration(name: "p", filterSubjects: ["a.b"])
        value.deliverSubject = "deliver"
        value.deliverGroup = "q"
        value.rateLimitBitsPerSecond = 100_000
        value.usesFlowControl = true
        value.idleHeartbeat = .seconds(1)
        value.acknowledgementPolicy = .all
        value.deliverPolicy = .lastPerSubject
        return value
    }

    private static var flowControlled: ConsumerConfiguration {
        var value = ConsumerConfiguration(name: "f")
        value.deliverSubject = "deliver"
        value.usesFlowControl = true
        value.idleHeartbeat = .seconds(1)
        value.acknowledgementPolicy = .flowControl
        value.maximumAcknowledgementsPending = 10
        return value
    }
}
