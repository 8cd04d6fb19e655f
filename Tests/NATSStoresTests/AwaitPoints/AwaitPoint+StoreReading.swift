import AwaitPointKit
import TestSupport

@testable import NATSClient
@testable import NATSStores

/// Stored messages, and events, that don't come.
extension AwaitPoint {
    static let reading: [AwaitPoint] =
        [
            request(stream: "message(UInt64)") { stream in _ = try await stream.message(1) },
            request(stream: "payload(UInt64)") { stream in _ = try await stream.payload(1) },
            request(stream: "lastMessage(on)") { stream in _ = try await stream.lastMessage(on: "a") },
            request(stream: "lastPayload(on)") { stream in _ = try await stream.lastPayload(on: "a") },
            request(stream: "subjectCounts()") { stream in _ = try await stream.subjectCounts() },
            request(stream: "firstMessage(from)") { stream in _ = try await stream.firstMessage(from: .sequence(1)) },
            request("Counters.add(CounterValue, to)") { js in _ = try await js.unverifiedStream("S").counters.add(1, to: "a") },
            request("Counters.value(of)") { js in _ = try await js.unverifiedStream("S").counters.value(of: "a") },
            request("Counters.entry(of)") { js in _ = try await js.unverifiedStream("S").counters.entry(of: "a") },
        ] + [
            batch("Stream.messages(Int)") { stream in _ = try await stream.messages(10) },
            batch("Stream.payloads(Int)") { stream in _ = try await stream.payloads(10) },
            batch("Stream.lastMessages(on)") { stream in _ = try await stream.lastMessages(on: ["a"]) },
            batch("Counters.entries(of)") { stream in _ = try await stream.counters.entries(of: ["a"]) },
            batch("Counters.values(of)") { stream in _ = try await stream.counters.values(of: ["a"]) },
            batch("StoredMessages.makeAsyncIterator()") { stream in for try await _ in stream.storedMessages() {} },
            batch("StoredMessages.Iterator.next()") { stream in
                var iterator = stream.storedMessages().makeAsyncIterator()
                _ = try await iterator.next()
            },
        ]

    static let events: [AwaitPoint] = [
        confirmation("JetStream.advisories(AdvisoryTopic)") { js in _ = try await js.advisories() },
        confirmation("JetStream.acknowledgementMetrics()") { js in _ = try await js.acknowledgementMetrics() },
        confirmation("Stream.deadLetters()") { js in _ = try await js.unverifiedStream("S").deadLetters() },
        advisory("JetStreamEvents.makeAsyncIterator()") { events in for try await _ in events {} },
        advisory("JetStreamEvents.Iterator.next()") { events in
            var iterator = events.makeAsyncIterator()
            _ = try await iterator.next()
        },
        deadLetter("DeadLetters.makeAsyncIterator()") { letters in for try await _ in letters {} },
        deadLetter("DeadLetters.Iterator.next()") { letters in
            var iterator = letters.makeAsyncIterator()
            _ = try await iterator.next()
        },
    ]

    /// Messages come on an inbox of the call's own.
    private static func batch(
        _ call: String, _ body: @escaping @Sendable (JetStream.Stream) async throws -> Void
    ) -> AwaitPoint {
        AwaitPoint(calls: [call], reason: "the messages") { nats, server in
            let stream = try nats.patientJetStream.unverifiedStream("S")
            let isAsked: @Sendable () -> Bool = { server.connections[0].text.contains("PUB $JS.hub.API.DIRECT.GET.S ") }
            return WaitingCall(on: nats, isWaiting: isAsked) { try await body(stream) }
        }
    }

    private static func confirmation(
        _ call: String, _ body: @escaping @Sendable (JetStream) async throws -> Void
    ) -> AwaitPoint {
        AwaitPoint(calls: [call], reason: "the confirmation", ownDeadline: ClientDefaults.subscribeTimeout) { nats, _ in
            WaitingCall(on: nats) { try await body(nats.patientJetStream) }
        }
    }

    private static func advisory(
        _ call: String, _ body: @escaping @Sendable (JetStreamEvents<Advisory>) async throws -> Void
    ) -> AwaitPoint {
        AwaitPoint(
            calls: [call], reason: "an advisory", closed: .returned, shutDown: .failure(.connectionClosed)
        ) { nats, _ in
            let events = try await advisories(of: nats)
            return WaitingCall(on: nats, isWaiting: { events.subscription.isWaitedFor }) { try await body(events) }
        }
    }

    private static func deadLetter(
        _ call: String, _ body: @escaping @Sendable (DeadLetters) async throws -> Void
    ) -> AwaitPoint {
        AwaitPoint(
            calls: [call], reason: "an advisory", closed: .returned, shutDown: .failure(.connectionClosed)
        ) { nats, _ in
            let (exhausted, terminated) = (try await advisories(of: nats), try await advisories(of: nats))
            let letters = DeadLetters(
                stream: try nats.patientJetStream.unverifiedStream("S"), exhausted: exhausted, terminated: terminated)
            let isWaiting: @Sendable () -> Bool = {
                letters.exhausted.subscription.isWaitedFor && letters.terminated.subscription.isWaitedFor
            }
            return WaitingCall(on: nats, isWaiting: isWaiting) { try await body(letters) }
        }
    }

    private static func advisories(of nats: NATSConnection) async throws -> JetStreamEvents<Advisory> {
        let subscription = try await nats.subscribe("a", confirmed: false)
        return JetStreamEvents(subscription: subscription) { Advisory($0.payload) }
    }
}

extension Subscription {
    var isWaitedFor: Bool { queue.waiterCount == 1 }
}
