import AwaitPointKit
import Reactor
import TestSupport
import Testing

@testable import NATSClient

/// `withConnection` leaves in order whatever happens to its task, and `reconnect` waits for nothing.
@Suite(.timeLimit(.minutes(2))) struct ScopePointTests {
    /// A close asks once, a drain twice.
    private static func answer(pings: Int) -> [ScriptStep] {
        (0..<pings).flatMap { _ in [ScriptStep.skip(toLineWithPrefix: "PING"), .send("PONG\r\n")] }
    }

    /// Who cancels a program wants it to end in order; what it published before is not given up.
    @Test(arguments: TestBackend.available, [true, false])
    func aScopeWhoseTaskIsCancelledHandsOnWhatWasPublished(backend: TestBackend, bodyThrows: Bool) async throws {
        let isCancelled = ScriptGate()
        try await withScriptedServer(.handshake + [.hold(until: isCancelled)] + Self.answer(pings: bodyThrows ? 1 : 2)) {
            server in
            let published = Flag()
            let task = Task {
                try await NATS.withConnection(server.url, options: backend.options()) { nats in
                    try nats.outbound.publish("a", "x")
                    published.set()
                    do { try await Task.sleep(for: forEver) } catch { if bodyThrows { throw error } }
                    return nats
                }
            }
            try await eventually("it has published") { published.isSet }
            task.cancel()
            isCancelled.open()
            let result = await task.result
            let connection = try #require(server.connections.first)
            #expect(connection.text.contains("PUB a 1\r\nx\r\n"))
            if bodyThrows {
                #expect(throws: CancellationError.self) { try result.get() }
            } else {
                #expect(try result.get().statistics.publishesFenced == 1)
            }
            try await eventually("it has closed") { server.connections.first?.isClosedByClient == true }
        }
    }

    @Test(arguments: TestBackend.available)
    func theScopesDrainEndsWhenTheConnectionIsClosed(backend: TestBackend) async throws {
        try await withScriptedServer(.handshake) { server in
            let options = backend.options { $0.drainTimeout = forEver }
            try await withDeadline(.seconds(60)) {
                try await NATS.withConnection(server.url, options: options) { nats in
                    try nats.outbound.publish("a", "x")
                    Task {
                        try await eventually("it drains") { nats.statistics.waitingCalls == 1 }
                        nats.abort()
                    }
                }
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func reconnectNeverWaits(backend: TestBackend) async throws {
        try await withScriptedServer(.handshake, .handshake) { server in
            try await withClient(server, backend) { nats in
                let task = Task {
                    cancelThisTask()
                    try await nats.reconnect()
                }
                try await task.value
                #expect(nats.statistics.waitingCalls == 0)
                try await eventually("a new connection is made") {
                    server.connections.count == 2 && server.connections.last?.isScriptDone == true
                }
            }
        }
    }
}
