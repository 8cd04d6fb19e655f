import AwaitPointKit
import TestSupport
import Testing

@testable import NATSClient

extension AwaitPoint {
    /// What ends a connection, and what waits for a server that is gone. A close ends a drain, whose result says so.
    static let endings: [AwaitPoint] = [
        AwaitPoint(
            calls: ["NATSConnection.drain()"], reason: "the end of its subscriptions", closed: .returned
        ) { nats, _ in
            _ = try await nats.subscribe("a", confirmed: false) { _ in }
            return WaitingCall(on: nats) { try await nats.drain(timeout: forEver) }
        },
        AwaitPoint(
            calls: ["NATSConnection.drain()"], reason: "its consumers",
            script: [
                .skip(toLineWithPrefix: "SUB"), .send("MSG a 1 1\r\nx\r\n"),
                .skip(toLineWithPrefix: "PING"), .send("PONG\r\n"),
            ], closed: .returned
        ) { nats, _ in
            let subscription = try await nats.subscribe("a", confirmed: false)
            try await eventually("the message is there") { subscription.statistics.pendingMessages == 1 }
            return WaitingCall(on: nats, check: { _ = subscription }) { try await nats.drain(timeout: forEver) }
        },
        AwaitPoint(calls: ["NATSConnection.drain()"], reason: "the PONG of its publishes", closed: .returned) { nats, _ in
            try nats.outbound.publish("a", "x")
            return WaitingCall(on: nats) { try await nats.drain(timeout: forEver) }
        },
        AwaitPoint(
            calls: ["NATSConnection.close()"], reason: "the PONG", cancelled: .returned, closed: .returned
        ) { nats, _ in
            WaitingCall(on: nats) { await nats.close() }
        },
    ]

    /// The server has gone, and the next attempt is far away.
    static let reconnects: [AwaitPoint] = [
        reconnect("NATSConnection.flush()") { try await $0.flush(timeout: forEver) },
        reconnect("NATSConnection.request(String)") { _ = try await $0.request("a", timeout: forEver) },
        reconnect("NATSConnection.subscribe(String)", ownDeadline: ClientDefaults.subscribeTimeout) {
            _ = try await $0.subscribe("a")
        },
    ]

    private static func reconnect(
        _ call: String, ownDeadline: Duration? = nil, _ body: @escaping @Sendable (NATSConnection) async throws -> Void
    ) -> AwaitPoint {
        AwaitPoint(
            calls: [call], reason: "a new connection", script: [.skip(toLineWithPrefix: "PUB gone"), .close],
            ownDeadline: ownDeadline,
            options: {
                $0.reconnect.baseDelay = forEver
                $0.reconnect.maximumDelay = forEver
            }
        ) { nats, _ in
            try nats.outbound.publish("gone", "x")
            try await eventually("the connection is lost") { nats.status == .reconnecting }
            return WaitingCall(on: nats) { try await body(nats) }
        }
    }
}
