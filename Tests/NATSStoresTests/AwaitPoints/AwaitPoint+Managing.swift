import AwaitPointKit
import TestSupport

@testable import NATSClient
@testable import NATSStores

/// Answers of the API that don't come.
extension AwaitPoint {
    static let context: [AwaitPoint] = [
        request("JetStream.accountInfo()") { js in _ = try await js.accountInfo() },
        request("JetStream.streamName(for)") { js in _ = try await js.streamName(for: "a") },
        request("JetStream.stream(String)") { js in _ = try await js.stream("S") },
        request("JetStream.createStream(StreamConfiguration)") { js in _ = try await js.createStream(configuration) },
        request("JetStream.updateStream(StreamConfiguration)") { js in _ = try await js.updateStream(configuration) },
        request("JetStream.createOrUpdateStream(StreamConfiguration)") { js in
            _ = try await js.createOrUpdateStream(configuration)
        },
        request("JetStream.deleteStream(String)") { js in try await js.deleteStream("S") },
    ]

    static let streams: [AwaitPoint] = [
        request(stream: "info()") { stream in _ = try await stream.info() },
        request(stream: "update(function)") { stream in _ = try await stream.update { $0.replicas = 3 } },
        request(stream: "seal()") { stream in try await stream.seal() },
        request(stream: "delete()") { stream in try await stream.delete() },
        request(stream: "purge()") { stream in _ = try await stream.purge() },
        request(stream: "purge(before)") { stream in _ = try await stream.purge(before: 1) },
        request(stream: "purge(keeping)") { stream in _ = try await stream.purge(keeping: 1) },
        request(stream: "deleteMessage(UInt64)") { stream in try await stream.deleteMessage(1) },
        request(stream: "stepDownLeader()") { stream in try await stream.stepDownLeader() },
        request(stream: "removePeer(String)") { stream in try await stream.removePeer("s") },
        request(stream: "evacuatePeer(String)") { stream in try await stream.evacuatePeer("s") },
        request(stream: "cancelMove()") { stream in _ = try await stream.cancelMove() },
        request(stream: "consumer(String)") { stream in _ = try await stream.consumer("C") },
        request(stream: "createConsumer(ConsumerConfiguration)") { stream in _ = try await stream.createConsumer(.init()) },
        request(stream: "updateConsumer(ConsumerConfiguration)") { stream in _ = try await stream.updateConsumer(.init()) },
        request(stream: "createOrUpdateConsumer(ConsumerConfiguration)") { stream in
            _ = try await stream.createOrUpdateConsumer(.init())
        },
        request(stream: "deleteConsumer(String)") { stream in try await stream.deleteConsumer("C") },
        request(stream: "orderedConsumer(OrderedOptions)") { stream in _ = try await stream.orderedConsumer() },
    ]

    static let consumers: [AwaitPoint] = [
        request(consumer: "info()") { consumer in _ = try await consumer.info() },
        request(consumer: "update(function)") { consumer in _ = try await consumer.update { $0.description = "x" } },
        request(consumer: "delete()") { consumer in try await consumer.delete() },
        request(consumer: "pause(until)") { consumer in
            _ = try await consumer.pause(until: ServerTime(nanosecondsSince1970: 0))
        },
        request(consumer: "pause(for)") { consumer in _ = try await consumer.pause(for: .seconds(1)) },
        request(consumer: "resume()") { consumer in _ = try await consumer.resume() },
        request(consumer: "unpin(group)") { consumer in try await consumer.unpin(group: "g") },
        request(consumer: "reset()") { consumer in _ = try await consumer.reset() },
        request(consumer: "stepDownLeader()") { consumer in try await consumer.stepDownLeader() },
        request(consumer: "pushedMessages()") { consumer in _ = try await consumer.pushedMessages() },
        request(consumer: "consumePushed(handler)") { consumer in _ = try await consumer.consumePushed { _ in } },
    ]

    static let listings: [AwaitPoint] = [
        request("Listing.all()") { js in _ = try await js.streams().all() },
        request("Listing.makeAsyncIterator()") { js in for try await _ in js.streams() {} },
        request("Listing.Iterator.next()") { js in
            var iterator = js.streams().makeAsyncIterator()
            _ = try await iterator.next()
        },
        request("Listing.Pages.makeAsyncIterator()") { js in for try await _ in js.streams().pages {} },
        request("Listing.Pages.Iterator.next()") { js in
            var iterator = js.streams().pages.makeAsyncIterator()
            _ = try await iterator.next()
        },
    ]

    static let snapshots: [AwaitPoint] = [
        AwaitPoint(
            calls: ["Stream.snapshot(SnapshotOptions)", "Stream.backUp(to)"], reason: "the confirmation of its inbox",
            ownDeadline: ClientDefaults.subscribeTimeout
        ) { nats, _ in
            let folder = try TemporaryFolder()
            return WaitingCall(on: nats, check: { folder.remove() }) {
                _ = try await nats.patientJetStream.unverifiedStream("S").backUp(to: folder.path)
            }
        },
        snapshotPiece("StreamSnapshot.makeAsyncIterator()") { snapshot in for try await _ in snapshot {} },
        snapshotPiece("StreamSnapshot.Iterator.next()") { snapshot in
            var iterator = snapshot.makeAsyncIterator()
            _ = try await iterator.next()
        },
        request("JetStream.restoreStream(StreamConfiguration, state, from)") { js in
            let chunks = AsyncStream<[UInt8]> { $0.finish() }
            _ = try await js.restoreStream(configuration, state: StreamState(), from: chunks)
        },
        request("JetStream.restoreStream(from)") { js in
            let folder = try TemporaryFolder()
            try folder.write(#"{"config":{"name":"S"},"state":{}}"#, to: "backup.json")
            try folder.write("x", to: "stream.tar.s2")
            _ = try await js.restoreStream(from: folder.path)
        },
    ]

    private static let configuration = StreamConfiguration(name: "S")

    private static func snapshotPiece(
        _ call: String, _ body: @escaping @Sendable (StreamSnapshot) async throws -> Void
    ) -> AwaitPoint {
        AwaitPoint(calls: [call], reason: "the next piece") { nats, _ in
            let subscription = try await nats.subscribe("a", confirmed: false)
            let snapshot = StreamSnapshot(
                configuration: configuration, state: StreamState(), subscription: subscription, stallLimit: forEver,
                concerns: "stream 'S'")
            return WaitingCall(on: nats, isWaiting: { subscription.isWaitedFor }) { try await body(snapshot) }
        }
    }
}
