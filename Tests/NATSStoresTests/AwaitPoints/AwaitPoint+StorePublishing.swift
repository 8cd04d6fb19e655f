import AwaitPointKit
import FoundationEssentials
import NATSClient
import NATSFoundation
import TestSupport
import Testing

@testable import NATSStores

/// Acknowledgements of streams that don't come.
extension AwaitPoint {
    static let publishing: [AwaitPoint] = [
        request("JetStream.publish(String)") { js in _ = try await js.publish("a") },
        request("JetStream.publish(String, String)") { js in _ = try await js.publish("a", "x") },
        request("JetStream.publish(String, [UInt8])") { js in _ = try await js.publish("a", [1]) },
        request("JetStream.publish(String, Payload)") { js in _ = try await js.publish("a", payload) },
        request("JetStream.publish(String, Span<UInt8>)") { js in
            let bytes: [UInt8] = [1]
            _ = try await js.publish("a", bytes.span)
        },
        request("JetStream.publish(String, Span<UInt8>, options)") { js in
            let bytes: [UInt8] = [1]
            _ = try await js.publish("a", bytes.span, options: .init())
        },
        request("JetStream.publish(String, Data)") { js in _ = try await js.publish("a", Data([1])) },
        request("JetStream.publish(String, Data, options)") { js in _ = try await js.publish("a", Data([1]), options: .init()) },
        request("JetStream.publish(String, String, options)") { js in _ = try await js.publish("a", "x", options: .init()) },
        request("JetStream.publish(String, [UInt8], options)") { js in _ = try await js.publish("a", [1], options: .init()) },
        request("JetStream.publish(String, Payload, options)") { js in
            _ = try await js.publish("a", payload, options: .init())
        },
        request("JetStream.publish(String, encoding)") { js in _ = try await js.publish("a", encoding: 1) },
        request("JetStream.publish(String, encoding, using)") { js in
            _ = try await js.publish("a", encoding: 1, using: .json)
        },
    ]

    /// A window of one message, which is full.
    static let windows: [AwaitPoint] = [
        window("AsyncPublisher.publish(String, String)") { publisher in _ = try await publisher.publish("a", "x") },
        window("AsyncPublisher.publish(String, [UInt8])") { publisher in _ = try await publisher.publish("a", [1]) },
        window("AsyncPublisher.publish(String, Span<UInt8>)") { publisher in
            let bytes: [UInt8] = [1]
            _ = try await publisher.publish("a", bytes.span)
        },
        window("AsyncPublisher.submit(String, String)") { publisher in _ = try await publisher.submit("a", "x") },
        window("AsyncPublisher.submit(String, [UInt8])") { publisher in _ = try await publisher.submit("a", [1]) },
        window("AsyncPublisher.flush()") { publisher in try await publisher.flush(timeout: forEver) },
        window("AsyncPublisher.finish()") { publisher in try await publisher.finish(timeout: forEver) },
        AwaitPoint(calls: ["PublishReceipt.acknowledgement()"], reason: "the acknowledgement") { nats, _ in
            let publisher = nats.patientPublisher
            let receipt = try await publisher.submit("a", "x")
            return WaitingCall(on: nats) {
                _ = try await receipt.acknowledgement()
            }
        },
        outcome("PublishOutcomes.makeAsyncIterator()") { outcomes in for try await _ in outcomes {} },
        outcome("PublishOutcomes.AsyncIterator.next()") { outcomes in
            var iterator = outcomes.makeAsyncIterator()
            _ = try await iterator.next()
        },
    ]

    static let batches: [AwaitPoint] = [
        request("AtomicBatch.add(String, String)") { js in
            var batch = js.atomicBatch()
            try await batch.add("a", "x")
        },
        request("AtomicBatch.add(String, [UInt8])") { js in
            var batch = js.atomicBatch()
            try await batch.add("a", [1])
        },
        request("JetStream.publishAtomically(some Collection<AtomicBatch.Message>)") { js in
            _ = try await js.publishAtomically([.init("a", "x")])
        },
        request("AtomicBatch.commit(String, String)") { js in _ = try await js.atomicBatch().commit("a", "x") },
        request("AtomicBatch.commit(String, [UInt8])") { js in _ = try await js.atomicBatch().commit("a", [1]) },
        request(
            "AtomicBatch.commit()",
            script: [.skip(toLineWithPrefix: "HPUB a "), .reply { "MSG \($0.split(separator: " ")[2]) 1 0\r\n\r\n" }], count: 2
        ) { js in
            var batch = js.atomicBatch()
            try await batch.add("a", "x")
            _ = try await batch.commit()
        },
        fastBatch("publish(String, String)") { batch in _ = try await batch.publish("a", "x") },
        fastBatch("publish(String, [UInt8])") { batch in _ = try await batch.publish("a", [1]) },
        fastBatch("commit(String, [UInt8])") { batch in _ = try await batch.commit("a", [1]) },
        AwaitPoint(calls: ["FastBatch.end()"], reason: "the stream's word") { nats, _ in
            let batch = try await nats.begunBatch(on: "a")
            return WaitingCall(on: nats) { _ = try await batch.end() }
        },
        AwaitPoint(
            calls: ["FastBatch.keepAlive()"], reason: "room", script: [.stall],
            options: {
                $0.socket.sendBufferSize = 8192
                $0.outbound.highWaterBytes = 1 << 20
                $0.outbound.publishTimeout = forEver
            }
        ) { nats, _ in
            let batch = try await nats.begunBatch(on: String(repeating: "x", count: 3000))
            return WaitingCall(on: nats) { while true { try await batch.keepAlive() } }
        },
    ]

    private static let payload = {
        let bytes: [UInt8] = [1]
        return Payload(copying: bytes.span)
    }()

    private static func window(
        _ call: String, _ body: @escaping @Sendable (AsyncPublisher) async throws -> Void
    ) -> AwaitPoint {
        AwaitPoint(calls: [call], reason: "the acknowledgement of another message") { nats, _ in
            let publisher = nats.patientPublisher
            _ = try await publisher.publish("a", "x")
            return WaitingCall(on: nats) { try await body(publisher) }
        }
    }

    private static func outcome(
        _ call: String, _ body: @escaping @Sendable (PublishOutcomes) async throws -> Void
    ) -> AwaitPoint {
        AwaitPoint(calls: [call], reason: "an outcome", closed: .returned) { nats, _ in
            let outcomes = nats.patientPublisher.outcomes()
            return WaitingCall(on: nats) { try await body(outcomes) }
        }
    }

    private static func fastBatch(
        _ call: String, _ body: @escaping @Sendable (FastBatch) async throws -> Void
    ) -> AwaitPoint {
        AwaitPoint(calls: ["FastBatch.\(call)"], reason: "the stream's word") { nats, _ in
            let batch = nats.patientJetStream.fastBatch()
            return WaitingCall(on: nats) { try await body(batch) }
        }
    }
}

extension NATSConnection {
    /// With room for one message.
    fileprivate var patientPublisher: AsyncPublisher {
        var options = AsyncPublisher.Options()
        options.acknowledgementTimeout = forEver
        return patientJetStream.asyncPublisher(window: .init(messages: 1), options: options)
    }

    /// A batch whose first message is out. The stream has said nothing, and nobody waits for it any more.
    fileprivate func begunBatch(on subject: String) async throws -> FastBatch {
        let batch = patientJetStream.fastBatch()
        let first = Task { try await batch.publish(subject, "x") }
        try await eventually("the first message is out") {
            let statistics = self.statistics
            return statistics.publishesAccepted == 1 && statistics.waitingCalls == 1
        }
        first.cancel()
        _ = await first.result
        return batch
    }
}
