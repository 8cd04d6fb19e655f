import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("JetStream: every field of a stream's configuration") struct StreamFieldTests {
    /// Fields that exclude each other are in different configurations.
    static let configurations: [StreamConfiguration] = [limits, work, counters, memory, mirror, sources, schedules]

    @Test("the server has what was set", arguments: Backend.tested, configurations)
    func theServerHasWhatWasSet(_ backend: Backend, _ configuration: StreamConfiguration) async throws {
        try await withJetStream(backend) { _, js in
            var stored = try await js.createStream(configuration).info().configuration
            stored.metadata = stored.metadata.withoutServers
            // What the server chooses.
            if configuration.duplicateWindow == nil { stored.duplicateWindow = nil }
            #expect(stored == configuration)
        }
    }

    private static var limits: StreamConfiguration {
        var value = StreamConfiguration(name: "A", subjects: ["a.>"])
        value.description = "limits"
        value.discard = .new
        value.discardsNewPerSubject = true
        value.maximumConsumers = 7
        value.maximumMessages = 1_000
        value.maximumBytes = 1 << 20
        value.maximumAge = .seconds(3_600)
        value.maximumMessagesPerSubject = 10
        value.maximumMessageBytes = 65_536
        value.consumerLimits.inactiveThreshold = .seconds(60)
        value.consumerLimits.maximumAcknowledgementsPending = 100
        value.duplicateWindow = .seconds(60)
        value.allowsRollup = true
        value.allowsMessageTTL = true
        value.subjectDeleteMarkerTTL = .seconds(5)
        value.allowsAtomicPublish = true
        value.allowsBatchPublish = true
        value.allowsDirectGet = true
        value.subjectTransform = SubjectTransform(source: "a.>", destination: "b.>")
        value.republish = Republish(source: "b.>", destination: "c.>", isHeadersOnly: true)
        value.compression = .s2
        value.firstSequence = 100
        value.deniesDelete = true
        value.metadata = ["team": "a"]
        return value
    }

    private static var work: StreamConfiguration {
        var value = StreamConfiguration(name: "A", subjects: ["a"])
        value.retention = .workQueue
        value.suppressesAcknowledgements = true
        value.deniesPurge = true
        value.persistence = .asynchronous
        value.placement = Placement(cluster: "c", tags: ["fast"])
        return value
    }

    private static var counters: StreamConfiguration {
        var value = StreamConfiguration(name: "A", subjects: ["a"])
        value.allowsCounters = true
        value.allowsDirectGet = true
        return value
    }

    private static var memory: StreamConfiguration {
        var value = StreamConfiguration(name: "A", subjects: ["a"])
        value.storage = .memory
        value.retention = .interest
        return value
    }

    private static var mirror: StreamConfiguration {
        var value = StreamConfiguration(name: "A")
        var source = StreamSource(name: "M")
        source.startSequence = 3
        source.filterSubject = "q"
        value.mirror = source
        value.allowsMirrorDirectGet = true
        return value
    }

    private static var sources: StreamConfiguration {
        var value = StreamConfiguration(name: "A")
        var elsewhere = StreamSource(name: "M", domain: "x")
        elsewhere.external?.deliverPrefix = "deliver"
        elsewhere.startTime = .october(1, 2026)
        elsewhere.subjectTransforms = [SubjectTransform(source: "q", destination: "r")]
        var consumed = StreamSource(name: "N")
        consumed.consumer = SourceConsumer(name: "c", deliverSubject: "d")
        value.sources = [elsewhere, consumed]
        return value
    }

    private static var schedules: StreamConfiguration {
        var value = StreamConfiguration(name: "A", subjects: ["a"])
        value.allowsSchedules = true
        // The server sees to it that schedules can replace each other.
        value.allowsRollup = true
        return value
    }
}
