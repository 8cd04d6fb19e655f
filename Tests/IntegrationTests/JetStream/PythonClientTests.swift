import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("JetStream: with the Python client") struct PythonClientTests {
    @Test("what it has made is understood and used", arguments: Backend.tested)
    func theirs(_ backend: Backend) async throws {
        try await withJetStream(backend) { bench, js in
            _ = try await PythonClient.run(
                bench.server.url,
                """
                await js.add_stream(api.StreamConfig(
                    name="A", subjects=["a.*"], description="from afar", max_msgs=100, max_age=3600, allow_direct=True,
                    discard=api.DiscardPolicy.NEW, storage=api.StorageType.MEMORY, metadata={"k": "v"},
                    republish=api.RePublish(src="a.1", dest="again.1")))
                await js.add_consumer("A", api.ConsumerConfig(
                    durable_name="c", filter_subject="a.2", ack_wait=7, max_deliver=3, backoff=[1, 2],
                    deliver_policy=api.DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=2))
                for number in range(1, 4):
                    await js.publish(f"a.{number}", str(number).encode(), headers={"Number": str(number)})
                """)
            let stream = try await js.stream("A")
            let configuration = try #require(stream.cachedInfo).configuration
            #expect(configuration.description == "from afar" && configuration.maximumMessages == 100)
            #expect(configuration.maximumAge == .seconds(3_600) && configuration.discard == .new)
            #expect(configuration.storage == .memory && configuration.metadata["k"] == "v")
            #expect(configuration.republish == Republish(source: "a.1", destination: "again.1"))
            let consumer = try #require(try await stream.consumer("c").cachedInfo).configuration
            #expect(consumer.filterSubjects == ["a.2"] && consumer.deliverPolicy == .fromSequence(2))
            #expect(consumer.maximumDeliveries == 3 && consumer.backOff == [.seconds(1), .seconds(2)])
            let message = try #require(try await stream.lastMessage(on: "a.2"))
            #expect(message.string == "2" && message.headers["Number"] == "2")
            #expect(try await js.take(from: "c", of: "A").string == "2")
            // A change of ours leaves the rest as it was.
            try await stream.update { $0.maximumMessages = 200 }
            let lines = try await PythonClient.run(
                bench.server.url,
                """
                config = (await js.stream_info("A")).config
                print(config.max_msgs, config.description, config.max_age, config.republish.dest)
                """)
            #expect(lines == ["200 from afar 3600.0 again.1"])
        }
    }

    @Test("what we have made is understood and used", arguments: Backend.tested)
    func ours(_ backend: Backend) async throws {
        try await withJetStream(backend) { bench, js in
            var configuration = StreamConfiguration(name: "A", subjects: ["a.*"])
            configuration.maximumMessagesPerSubject = 5
            configuration.duplicateWindow = .seconds(90)
            configuration.compression = .s2
            configuration.subjectTransform = SubjectTransform(source: "a.*", destination: "b.{{wildcard(1)}}")
            let stream = try await js.createStream(configuration)
            var wanted = ConsumerConfiguration(durable: "c", filterSubjects: ["b.1", "b.2"])
            wanted.acknowledgementWait = .seconds(12)
            wanted.maximumAcknowledgementsPending = 7
            let consumer = try await stream.createConsumer(wanted)
            try await js.store(3, on: "a")
            let lines = try await PythonClient.run(
                bench.server.url,
                """
                config = (await js.stream_info("A")).config
                print(config.max_msgs_per_subject, config.duplicate_window, config.compression, config.subject_transform.dest)
                config = (await js.consumer_info("A", "c")).config
                print(config.filter_subjects, config.ack_wait, config.max_ack_pending)
                subscription = await js.pull_subscribe_bind("c", "A")
                for message in await subscription.fetch(2, timeout=30):
                    print(message.subject, message.data.decode(), message.metadata.sequence.stream)
                    await message.ack_sync(timeout=30)
                """)
            #expect(
                lines == [
                    "5 90.0 s2 b.{{wildcard(1)}}", "['b.1', 'b.2'] 12.0 7", "b.1 1 1", "b.2 2 2",
                ])
            let info = try await consumer.info()
            #expect(info.acknowledgementFloor.stream == 2 && info.acknowledgementsPending == 0)
        }
    }
}
