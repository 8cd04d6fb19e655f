import AwaitPointKit
import TestSupport
import Testing

@testable import NATSClient
@testable import NATSStores

/// Messages of consumers that don't come.
extension AwaitPoint {
    static let fetches: [AwaitPoint] = [
        fetch("fetch(Int, FetchOptions)") { consumer in _ = try await consumer.fetch(1, timeout: forEver) },
        fetch("fetchBytes(Int, FetchOptions)") { consumer in _ = try await consumer.fetchBytes(1, timeout: forEver) },
        fetch("fetchNoWait(Int, FetchOptions)") { consumer in _ = try await consumer.fetchNoWait(1) },
        fetch("fetchAvailable(Int, FetchOptions)") { consumer in _ = try await consumer.fetchAvailable(1, timeout: forEver) },
        fetch("next(FetchOptions)") { consumer in _ = try await consumer.next(timeout: forEver) },
    ]

    static let consuming: [AwaitPoint] = [
        message("ConsumerMessages.next()") { messages in _ = try await messages.next() },
        message("ConsumerMessages.makeAsyncIterator()") { messages in for try await _ in messages {} },
        AwaitPoint(
            calls: ["Consumer.process(ConsumeOptions, function)"], reason: "a message", closed: .returned,
            shutDown: .failure(.connectionClosed)
        ) { nats, server in
            let consumer = try nats.patientJetStream.testConsumer
            return WaitingCall(on: nats, isWaiting: { server.isPulledFrom }) { try await consumer.process { _ in } }
        },
        AwaitPoint(calls: ["ConsumerMessages.drain()"], reason: "the PONG") { nats, _ in
            let messages = try nats.patientJetStream.testConsumer.messages()
            return WaitingCall(on: nats) { try await messages.drain(timeout: forEver) }
        },
        AwaitPoint(calls: ["ConsumerMessages.handBack()"], reason: "the PONG") { nats, _ in
            let messages = try nats.patientJetStream.testConsumer.messages()
            return WaitingCall(on: nats) { _ = try await messages.handBack(timeout: forEver) }
        },
        AwaitPoint(calls: ["Consumption.drain()"], reason: "the PONG") { nats, _ in
            let consumption = try nats.patientJetStream.testConsumer.consume { _ in }
            return WaitingCall(on: nats) { try await consumption.drain(timeout: forEver) }
        },
        AwaitPoint(calls: ["Consumption.ended()"], reason: "the end", closed: .returned) { nats, _ in
            let consumption = try nats.patientJetStream.testConsumer.consume { _ in }
            let queue = consumption.subscription.sink.endQueue
            return WaitingCall(on: nats, isWaiting: { queue.waiterCount == 1 }) { _ = try await consumption.ended() }
        },
        AwaitPoint(
            calls: ["ConsumerEvents.makeAsyncIterator()"], reason: "the next event", cancelled: .returned, closed: .returned
        ) { nats, server in
            let messages = try nats.patientJetStream.testConsumer.messages()
            return WaitingCall(on: nats, isWaiting: { server.isPulledFrom }) {
                for await _ in messages.events {}
            }
        },
    ]

    static let ordered: [AwaitPoint] = [
        orderedMessage("next()") { consumer in _ = try await consumer.next(timeout: forEver) },
        orderedMessage("fetch(Int)") { consumer in _ = try await consumer.fetch(1, timeout: forEver) },
        AwaitPoint(calls: ["OrderedConsumer.info()"], reason: "the answer") { nats, server in
            let consumer = try nats.orderedConsumer
            // It makes one on the server as soon as it reads.
            _ = try await consumer.next(timeout: .zero)
            try await eventually("it makes a consumer") { server.makesConsumer }
            return WaitingCall(on: nats) { _ = try await consumer.info() }
        },
    ]

    static let acknowledging: [AwaitPoint] = [
        acknowledgement("ack(confirmedWithin)") { message in try await message.ack(confirmedWithin: forEver) },
        acknowledgement("acknowledge(Acknowledgement, confirmedWithin)") { message in
            try await message.acknowledge(.inProgress, confirmedWithin: forEver)
        },
        acknowledgement(of: "Acknowledger", "ack(confirmedWithin)") { message in
            try await message.takeAcknowledger().ack(confirmedWithin: forEver)
        },
        acknowledgement(of: "Acknowledger", "acknowledge(Acknowledgement, confirmedWithin)") { message in
            try await message.takeAcknowledger().acknowledge(.nak(), confirmedWithin: forEver)
        },
        acknowledgement(of: "Consumer", "next(acknowledging, FetchOptions)") { nats, message in
            _ = try await nats.patientJetStream.testConsumer.next(acknowledging: message, timeout: forEver)
        },
    ]

    private static func fetch(_ call: String, _ body: @escaping @Sendable (JetStream.Consumer) async throws -> Void) -> AwaitPoint
    {
        AwaitPoint(calls: ["Consumer.\(call)"], reason: "messages") { nats, server in
            let consumer = try nats.patientJetStream.testConsumer
            return WaitingCall(on: nats, isWaiting: { server.isPulledFrom }) { try await body(consumer) }
        }
    }

    private static func message(
        _ call: String, _ body: @escaping @Sendable (ConsumerMessages) async throws -> Void
    ) -> AwaitPoint {
        AwaitPoint(
            calls: [call], reason: "a message", closed: .returned, shutDown: .failure(.connectionClosed)
        ) { nats, _ in
            let messages = try nats.patientJetStream.testConsumer.messages()
            return WaitingCall(on: nats, isWaiting: { messages.subscription.isWaitedFor }) { try await body(messages) }
        }
    }

    private static func orderedMessage(
        _ call: String, _ body: @escaping @Sendable (OrderedConsumer) async throws -> Void
    ) -> AwaitPoint {
        AwaitPoint(
            calls: ["OrderedConsumer.\(call)"], reason: "a message", closed: .returned, shutDown: .failure(.connectionClosed)
        ) { nats, server in
            let consumer = try nats.orderedConsumer
            return WaitingCall(on: nats, isWaiting: { server.makesConsumer }) { try await body(consumer) }
        }
    }

    private static func acknowledgement(
        of type: String = "Message", _ call: String, _ body: @escaping @Sendable (Message) async throws -> Void
    ) -> AwaitPoint {
        acknowledgement(of: type, call) { _, message in try await body(message) }
    }

    /// Of a message that a consumer has given.
    private static func acknowledgement(
        of type: String, _ call: String, _ body: @escaping @Sendable (NATSConnection, Message) async throws -> Void
    ) -> AwaitPoint {
        AwaitPoint(
            calls: ["\(type).\(call)"], reason: "the confirmation",
            script: [.skip(toLineWithPrefix: "SUB a "), .send("MSG a 1 $JS.ACK.S.C.1.1.1.1.0 1\r\nx\r\n")]
        ) { nats, server in
            let subscription = try await nats.subscribe("a", confirmed: false)
            guard let message = try await subscription.next() else { throw NATSError(.connectionClosed, "no message") }
            let isAsked: @Sendable () -> Bool = { server.connections[0].text.contains("PUB $JS.ACK.") }
            return WaitingCall(on: nats, isWaiting: isAsked) { try await body(nats, message) }
        }
    }
}

extension NATSConnection {
    fileprivate var orderedConsumer: OrderedConsumer {
        get throws { OrderedConsumer(try patientJetStream.unverifiedStream("S"), OrderedOptions()) }
    }
}

extension ScriptedServer {
    fileprivate var makesConsumer: Bool { connections[0].text.contains("PUB $JS.hub.API.CONSUMER.CREATE.") }
    fileprivate var isPulledFrom: Bool { connections[0].text.contains("PUB $JS.hub.API.CONSUMER.MSG.NEXT.S.C ") }
}
