import AwaitPointKit
import FoundationEssentials
import NATSFoundation
import TestSupport
import Testing

@testable import NATSClient

extension AwaitPoint {
    /// Room in the outbound buffer, while the server takes nothing.
    static let room: [AwaitPoint] = [
        publish("NATSConnection.publish(String, String)") { nats in try await nats.publish("a", text) },
        publish("NATSConnection.publish(String, [UInt8])") { nats in try await nats.publish("a", bytes) },
        publish("NATSConnection.publish(String, ArraySlice<UInt8>)") { nats in try await nats.publish("a", bytes[...]) },
        publish("NATSConnection.publish(String, Payload)") { nats in try await nats.publish("a", Payload.test(of: size)) },
        publish("NATSConnection.publish(String, Span<UInt8>)") { nats in try await nats.publish("a", bytes.span) },
        publish("NATSConnection.publish(String)") { nats in try await nats.publish("a", headers: ["X": text]) },
        publish("NATSConnection.publish(String, Data)") { nats in try await nats.publish("a", Data(bytes)) },
        publish("NATSConnection.publish(String, encoding)") { nats in try await nats.publish("a", encoding: text) },
        publish("NATSConnection.publish(String, encoding, using)") { nats in
            try await nats.publish("a", encoding: text, using: .json)
        },
        publish("OutboundBuffer.ready()") { nats in
            try await nats.outbound.ready()
            try nats.outbound.publish("a", bytes)
        },
        publish("PreparedPublisher.ready()") { nats in
            let publisher = try nats.publisher(for: "a")
            try await publisher.ready()
            try publisher.publish(bytes)
        },
    ]

    private static let size = 100_000
    private static let bytes = [UInt8](repeating: 120, count: size)
    private static let text = String(repeating: "x", count: size)

    /// Publishes until there is no room. How much the kernel takes before that is its business.
    private static func publish(
        _ call: String, _ publishOne: @escaping @Sendable (NATSConnection) async throws -> Void
    ) -> AwaitPoint {
        AwaitPoint(
            calls: [call], reason: "room", script: [.stall],
            options: {
                $0.socket.sendBufferSize = 8192
                $0.outbound.highWaterBytes = 1 << 20
                $0.outbound.publishTimeout = forEver
            }
        ) { nats, _ in
            let published = Counter()
            return WaitingCall(
                on: nats,
                check: {
                    let returned = published.value
                    #expect(nats.statistics.publishesAccepted == returned, "a call failed and published all the same")
                }
            ) {
                while true {
                    try await publishOne(nats)
                    published.increase()
                }
            }
        }
    }
}

extension Payload {
    static func test(of count: Int = 1) -> Payload {
        let queue = DeliveryQueue(limits: SubscriptionLimits())
        _ = queue.offer(payloads: [String(repeating: "x", count: count)])
        guard case .message(let message) = queue.pop() else { preconditionFailure("the queue takes everything") }
        return message.payload
    }
}
