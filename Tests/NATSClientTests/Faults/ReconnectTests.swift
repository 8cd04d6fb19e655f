@testable import NATSClient
import TestSupport
import Testing

/// What a new connection is told, to the byte. Pain points P1, P2, P17, P41.
@Suite(.timeLimit(.minutes(1))) struct ReconnectTests {
    @Test(arguments: TestBackend.available)
    func subscriptionsComeBackWithGroupAndRemainingCountBeforeReplayedPublishesAndTheirFenceBeforeThose(
        backend: TestBackend
    ) async throws {
        let first =
            .handshake + [
                .expect(line: "SUB a q 1"), .expect(line: "SUB b 2"), .expect(line: "UNSUB 2 5"),
                .expect(line: "SUB c 3"),
                .expect(line: "UNSUB 3"), .send("MSG b 2 1\r\n1\r\nMSG b 2 1\r\n2\r\n"),
                .skip(toLineWithPrefix: "PUB sync"),
                .close,
            ]
        let refused: [ScriptStep] = [.close]
        let gate = ScriptGate()
        let second: [ScriptStep] =
            [.hold(until: gate), .send(ScriptedServer.defaultINFO)] + .expectConnectAndPing
            + [
                .send("PONG\r\n"),
                .expect(
                    bytes: Array("SUB a q 1\r\nSUB b 2\r\nUNSUB 2 3\r\nPING\r\nPUB p 1\r\nx\r\nPUB p r 1\r\ny\r\n".utf8)
                ),
                .send("PONG\r\n"), .skip(toLineWithPrefix: "PING"),
                .send("PONG\r\nMSG b 2 1\r\n3\r\nMSG b 2 1\r\n4\r\nMSG b 2 1\r\n5\r\nMSG b 2 1\r\n6\r\n"),
            ]
        try await withScriptedServer(first, refused, second) { server in
            try await withClient(server, backend) { nats in
                let events = EventLog(nats)
                let grouped = try await nats.subscribe("a", queueGroup: "q", confirmed: false)
                let limited = try await nats.subscribe("b", confirmed: false)
                limited.unsubscribe(after: 5)
                let ended = try await nats.subscribe("c", confirmed: false)
                ended.unsubscribe()
                #expect(try await limited.next()?.string == "1")
                try await nats.publish("sync", "")
                _ = try await events.disconnected()
                try await nats.publish("p", "x")
                try await nats.publish("p", "y", reply: "r")
                #expect(nats.statistics.publishesPending == 2)
                gate.open()
                try await events.reconnected()
                try await nats.flush()
                var texts: [String] = []
                for try await message in limited { texts.append(message.string) }
                #expect(texts == ["2", "3", "4", "5"])
                let account = nats.statistics
                #expect(account.publishesPending == 0)
                #expect(account.publishesLostUnknown == 1)
                #expect(account.publishesFenced == 2)
                #expect(account.messagesForEndedSubscriptions == 1)
                #expect(grouped.statistics.received == 0)
            }
        }
    }

    /// A frame of which the kernel took a part is sent again whole, or not at all; never its rest.
    @Test(arguments: TestBackend.available)
    func aHalfSentFrameIsNeverContinuedOnTheNextConnection(backend: TestBackend) async throws {
        let gate = ScriptGate()
        let size = 64_000
        let count = 100
        let first = .handshake + [.hold(until: gate), .reset]
        try await withScriptedServer(first, .handshake) { server in
            try await withClient(server, backend) {
                $0.socket.sendBufferSize = 8192
                $0.outbound.highWaterBytes = 64 << 20
                $0.outbound.whileDisconnected = .replay(maxBytes: 64 << 20)
            } _: { nats in
                let events = EventLog(nats)
                for index in 0..<count { try await nats.publish("big", Self.payload(index, size)) }
                try await eventually("the kernel is full") { nats.statistics.bytesWritten > 0 }
                gate.open()
                let report = try await events.disconnected()
                #expect(report.pending > 0)
                #expect(report.pending + report.unconfirmed == UInt64(count))
                try await events.reconnected()
                try await eventually("everything is written") { nats.statistics.publishesPending == 0 }
                let expectedBytes = Int(report.pending) * (size + "PUB big 64000\r\n\r\n".utf8.count)
                try await eventually("everything has arrived") {
                    server.connections.last.map { Self.replayed($0.received).count >= expectedBytes } ?? false
                }
                let replayed = Self.replayed(server.connections.last?.received ?? [])
                #expect(replayed.count == expectedBytes)
                let firstIndex = count - Int(report.pending)
                let expected = (firstIndex..<count).flatMap { index in
                    Array("PUB big \(size)\r\n".utf8) + Self.payload(index, size) + Array("\r\n".utf8)
                }
                let isExact = replayed.elementsEqual(expected)
                #expect(isExact)
            }
        }
    }

    private static func payload(_ index: Int, _ size: Int) -> [UInt8] {
        Array(repeating: UInt8(truncatingIfNeeded: index), count: size)
    }

    /// What came behind CONNECT and PING.
    private static func replayed(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return [] }
        return bytes[(end + 1)...].dropFirst("PING\r\n".utf8.count)
    }

    @Test(arguments: TestBackend.available)
    func aFlushNeverSucceedsAcrossALostConnection(backend: TestBackend) async throws {
        let first = .handshake + [.skip(toLineWithPrefix: "PING"), .close]
        let second = .handshake + [.skip(toLineWithPrefix: "PING"), .send("PONG\r\n")]
        try await withScriptedServer(first, second) { server in
            try await withClient(server, backend) { nats in
                let events = EventLog(nats)
                try await nats.publish("a", "1")
                let error = await natsError { try await nats.flush() }
                #expect(error?.code == .connectionLost)
                try await events.reconnected()
                try await nats.flush()
                #expect(nats.statistics.publishesLostUnknown == 1)
                #expect(nats.statistics.waitingCalls == 0)
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func aFlushDuringTheOutageWaitsForTheNextConnection(backend: TestBackend) async throws {
        let gate = ScriptGate()
        let second: [ScriptStep] =
            [.hold(until: gate)] + .handshake
            + [.expect(bytes: Array("PUB a 1\r\n1\r\nPING\r\n".utf8)), .send("PONG\r\n")]
        try await withScriptedServer(.handshake + [.close], second) { server in
            try await withClient(server, backend) { nats in
                try await eventually("the connection is lost") { nats.status == .reconnecting }
                try await nats.publish("a", "1")
                let flush = Task { try await nats.flush() }
                try await eventually("the flush waits") { nats.statistics.waitingCalls == 1 }
                gate.open()
                try await flush.value
                #expect(nats.statistics.publishesFenced == 1)
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func underFailFastNothingIsKeptAndPublishesAreRefusedUntilTheConnectionIsBack(backend: TestBackend) async throws {
        let gate = ScriptGate()
        let second: [ScriptStep] =
            [.hold(until: gate)] + .handshake + [.expect(line: "PUB b 1")]
        try await withScriptedServer(.handshake + [.close], second) { server in
            try await withClient(server, backend) {
                $0.outbound.whileDisconnected = .failFast
            } _: { nats in
                let events = EventLog(nats)
                try await eventually("the connection is lost") { nats.status == .reconnecting }
                let error = await natsError { try await nats.publish("a", "1") }
                #expect(error?.code == .disconnected)
                let request = await natsError { _ = try await nats.request("a", "1") }
                #expect(request?.code == .disconnected)
                gate.open()
                try await events.reconnected()
                try await nats.publish("b", "2")
                try await server.finish()
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func theReplayBufferIsBoundedAndRefusesTheNewest(backend: TestBackend) async throws {
        let gate = ScriptGate()
        let frame = "PUB a 1\r\n0\r\n"
        let second: [ScriptStep] =
            [.hold(until: gate)] + .handshake + [.expect(bytes: Array("PUB a 1\r\n0\r\nPUB a 1\r\n1\r\n".utf8))]
        try await withScriptedServer(.handshake + [.close], second) { server in
            try await withClient(server, backend) {
                $0.outbound.whileDisconnected = .replay(maxBytes: 2 * frame.utf8.count)
            } _: { nats in
                try await eventually("the connection is lost") { nats.status == .reconnecting }
                func publish(_ text: String) throws { try nats.publish("a", text) }
                try publish("0")
                try publish("1")
                let error = await natsError { try publish("2") }
                #expect(error?.code == .outboundFull)
                gate.open()
                try await server.finish()
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func aMessageTooLargeForTheNewServerIsGivenUpAndTheLinkIsKept(backend: TestBackend) async throws {
        let gate = ScriptGate()
        let second: [ScriptStep] =
            [.hold(until: gate), .send(ScriptedServer.info(maximumPayload: 4))] + .expectConnectAndPing
            + [.send("PONG\r\n"), .expect(bytes: Array("PUB a 2\r\nok\r\n".utf8))]
        try await withScriptedServer(.handshake + [.close], second) { server in
            try await withClient(server, backend) { nats in
                try await eventually("the connection is lost") { nats.status == .reconnecting }
                try await nats.publish("a", "larger")
                try await nats.publish("a", "ok")
                gate.open()
                try await server.finish()
                #expect(nats.statistics.publishesDiscarded == 1)
                let error = await natsError { try await nats.publish("a", "larger") }
                #expect(error?.code == .payloadTooLarge)
            }
        }
    }

    /// An ended session makes no further connection, in whatever order its commands come.
    @Test(arguments: TestBackend.available)
    func aReconnectThatIsOvertakenByAnAbortConnectsNoMore(backend: TestBackend) async throws {
        for _ in 0..<50 {
            try await withScriptedServer(.handshake) { server in
                let nats = try await NATS.connect(server.url, options: backend.options())
                try await nats.reconnect()
                nats.abort()
                await nats.close()
                #expect(nats.status == .closed)
                #expect(server.connections.count <= 2)
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func theFirstConnectCanBeRetriedUntilAServerIsThere(backend: TestBackend) async throws {
        try await withScriptedServer([.close], [.reset], [.send("garbage\r\n")], .handshake) { server in
            try await withClient(server, backend) {
                $0.reconnect.retriesFirstConnect = true
            } _: { nats in
                #expect(nats.status == .connected)
                #expect(server.connections.count == 4)
            }
        }
    }
}
