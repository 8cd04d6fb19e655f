@testable import NATSClient
import TestSupport
import Testing

/// INFO on a living connection: limits, cluster, lame duck mode.
@Suite(.timeLimit(.minutes(1))) struct ServerInfoTests {
    @Test(arguments: TestBackend.available)
    func aNewLimitHoldsFromItsINFOOn(backend: TestBackend) async throws {
        let script =
            .handshake + [
                .expect(line: "PING"), .send(ScriptedServer.info(maximumPayload: 3) + "PONG\r\n"),
                .expect(line: "PING"),
                .send(ScriptedServer.info(maximumPayload: 90, supportsHeaders: false) + "PONG\r\n"),
            ]
        try await withScriptedServer(script) { server in
            try await withClient(server, backend) { nats in
                try await nats.flush()
                #expect(nats.serverInfo?.maximumPayloadBytes == 3)
                let tooLarge = await natsError { try await nats.publish("a", "1234") }
                #expect(tooLarge?.code == .payloadTooLarge)
                try await nats.flush()
                try await nats.publish("a", "1234")
                let error = await natsError { try await nats.publish("a", "1", headers: ["A": "1"]) }
                #expect(error?.code == .headersNotSupported)
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func aServerThatNamesNoLimitHasNone(backend: TestBackend) async throws {
        let script: [ScriptStep] =
            [.send("INFO {\"server_id\":\"a\"}\r\n")] + .expectConnectAndPing + [
                .send("PONG\r\n"), .expect(line: "PUB a 1"),
            ]
        try await withScriptedServer(script) { server in
            try await withClient(server, backend) { nats in
                try await nats.publish("a", "1")
                try await server.finish()
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func discoveredServersAreReportedOnceAndUsed(backend: TestBackend) async throws {
        let gate = ScriptGate()
        let other = try ScriptedServer([.handshake])
        defer { other.stop() }
        let info = ScriptedServer.info(extraFields: "\"connect_urls\":[\"127.0.0.1:\(other.port)\"]")
        let script = .handshake + [.hold(until: gate), .send(info + info), .close]
        try await withScriptedServer(script) { server in
            try await withClient(server, backend) { nats in
                let events = EventLog(nats)
                gate.open()
                var discoveries: [[String]] = []
                try await events.next { event -> Void? in
                    if case .discoveredServers(let servers) = event { discoveries.append(servers) }
                    if case .reconnected = event { return () }
                    return nil
                }
                #expect(discoveries.count == 1)
                #expect(discoveries.first?.first?.contains("\(other.port)") == true)
                #expect(nats.connectedServer?.contains("\(other.port)") == true)
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func discoveredServersCanBeIgnored(backend: TestBackend) async throws {
        let info = ScriptedServer.info(extraFields: "\"connect_urls\":[\"127.0.0.1:1\"]")
        try await withScriptedServer(.handshake + [.send(info), .close], .handshake) { server in
            try await withClient(server, backend) {
                $0.ignoresDiscoveredServers = true
            } _: { nats in
                try await eventually("connected again") { nats.statistics.reconnects == 1 }
                #expect(nats.lastError == nil)
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func lameDuckModeIsReportedOncePerConnection(backend: TestBackend) async throws {
        let gate = ScriptGate()
        let lameDuck = ScriptedServer.info(extraFields: "\"ldm\":true")
        let script = .handshake + [.hold(until: gate), .send(lameDuck + lameDuck + lameDuck + "PING\r\n"), .close]
        try await withScriptedServer(script, .handshake) { server in
            try await withClient(server, backend) { nats in
                let events = EventLog(nats)
                gate.open()
                var count = 0
                try await events.next { event -> Void? in
                    if case .lameDuck = event { count += 1 }
                    if case .reconnected = event { return () }
                    return nil
                }
                #expect(count == 1)
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func theFirstEventIsTheStatusOfTheMoment(backend: TestBackend) async throws {
        try await withScriptedServer(.handshake) { server in
            try await withClient(server, backend) { nats in
                let status = try await EventLog(nats).next { if case .status(let status) = $0 { status } else { nil } }
                #expect(status == .connected)
            }
        }
    }
}
