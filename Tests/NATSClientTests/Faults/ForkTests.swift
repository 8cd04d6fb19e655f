@testable import NATSClient
import TestSupport
import Testing

/// The handles of a parent are of no use in its forked child, say so, and touch nothing that is the parent's.
@Suite(.timeLimit(.minutes(1))) struct ForkTests {
    @Test(arguments: TestBackend.available)
    func aForkedChildIsToldAndTheParentGoesOn(backend: TestBackend) async throws {
        try await withScriptedServer(.handshake + [.expect(line: "PUB parent 0")]) { server in
            try await withClient(server, backend) { nats in
                let publisher = try nats.publisher(for: "child")
                let status = ForkedChild.run {
                    do throws(NATSError) {
                        try nats.publish("child", "")
                        return 1
                    } catch {
                        guard error.code == .usedAfterFork else { return 2 }
                    }
                    do throws(NATSError) {
                        try publisher.publish("")
                        return 3
                    } catch {
                        guard error.code == .usedAfterFork else { return 4 }
                    }
                    nats.kick()
                    nats.abort()
                    return nats.status == .connected ? 0 : 5
                }
                #expect(status == 0)
                try await nats.publish("parent", "")
                try await server.finish()
                #expect(nats.statistics.publishesAccepted == 1)
            }
        }
    }
}
