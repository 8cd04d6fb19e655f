import AwaitPointKit
import FoundationEssentials
import NATSFoundation
import TestSupport

@testable import NATSClient

extension AwaitPoint {
    static let all = confirmations + replies + room + deliveries + endings + reconnects

    /// PONGs that don't come.
    private static let confirmations = [
        AwaitPoint(calls: ["NATSConnection.flush()"], reason: "the PONG") { nats, _ in
            WaitingCall(on: nats) { try await nats.flush(timeout: forEver) }
        },
        AwaitPoint(
            calls: ["NATSConnection.subscribe(String)"], reason: "the confirmation", ownDeadline: ClientDefaults.subscribeTimeout
        ) { nats, _ in
            WaitingCall(on: nats) { _ = try await nats.subscribe("a") }
        },
        AwaitPoint(
            calls: ["NATSConnection.subscribe(String, handler)"], reason: "the confirmation",
            ownDeadline: ClientDefaults.subscribeTimeout
        ) { nats, _ in
            WaitingCall(on: nats) { try await nats.subscribe("a") { _ in } }
        },
        AwaitPoint(calls: ["Subscription.drain()"], reason: "the PONG") { nats, _ in
            let subscription = try await nats.subscribe("a", confirmed: false)
            return WaitingCall(on: nats) { try await subscription.drain(timeout: forEver) }
        },
        AwaitPoint(calls: ["InlineSubscription.drain()"], reason: "the PONG") { nats, _ in
            let subscription = try await nats.subscribe("a", confirmed: false) { _ in }
            return WaitingCall(on: nats) { try await subscription.drain(timeout: forEver) }
        },
    ]

    /// Replies that don't come.
    private static let replies: [AwaitPoint] = [
        request("String, String") { nats in _ = try await nats.request("a", "x", timeout: forEver) },
        request("String, [UInt8]") { nats in _ = try await nats.request("a", [1, 2], timeout: forEver) },
        request("String, Payload") { nats in _ = try await nats.request("a", Payload.test(), timeout: forEver) },
        request("String, Span<UInt8>") { nats in
            let bytes: [UInt8] = [1, 2]
            _ = try await nats.request("a", bytes.span, timeout: forEver)
        },
        request("String, Data") { nats in _ = try await nats.request("a", Data([1]), timeout: forEver) },
        request("String, encoding") { nats in
            _ = try await nats.request("a", encoding: 1, as: Int.self, timeout: forEver)
        },
        request("String, encoding, using") { nats in
            _ = try await nats.request("a", encoding: 1, as: Int.self, using: .json, timeout: forEver)
        },
        request("String") { nats in _ = try await nats.request("a", timeout: forEver) },
        AwaitPoint(calls: ["NATSConnection.userInfo()"], reason: "the reply") { nats, _ in
            WaitingCall(on: nats) { _ = try await nats.userInfo(timeout: forEver) }
        },
        AwaitPoint(
            calls: ["NATSConnection.trace(String, String)", "NATSConnection.trace(String, [UInt8])"],
            reason: "the confirmation of its inbox", ownDeadline: ClientDefaults.subscribeTimeout
        ) { nats, _ in
            WaitingCall(on: nats) { _ = try await nats.trace("a", timeout: forEver) }
        },
        AwaitPoint(
            calls: ["NATSConnection.trace(String, String)", "NATSConnection.trace(String, [UInt8])"], reason: "the reports",
            script: [.skip(toLineWithPrefix: "PING"), .send("PONG\r\n")]
        ) { nats, server in
            let isTraced: @Sendable () -> Bool = {
                server.connections.first?.text.contains("Nats-Trace-Dest") == true
            }
            return WaitingCall(on: nats, isWaiting: isTraced) { _ = try await nats.trace("a", timeout: forEver) }
        },
        AwaitPoint(
            calls: ["NATSConnection.roundTripTime()"], reason: "the PONG", ownDeadline: ClientDefaults.flushTimeout
        ) { nats, _ in
            WaitingCall(on: nats) { _ = try await nats.roundTripTime() }
        },
    ]

    private static func request(
        _ parameters: String, _ body: @escaping @Sendable (NATSConnection) async throws -> Void
    ) -> AwaitPoint {
        AwaitPoint(calls: ["NATSConnection.request(\(parameters))"], reason: "the reply") { nats, _ in
            // The inbox is there, so that only the reply is waited for.
            try await nats.core.ensureRequestInbox()
            return WaitingCall(on: nats) { try await body(nats) }
        }
    }
}
