@testable import NATSClient
import TestSupport
import Testing

/// Bytes that aren't NATS end the connection with one clear cause, and the next one works. Pain point P15.
@Suite(.timeLimit(.minutes(1))) struct BadFrameTests {
    private static let bad = [
        "garbage\r\n", "\u{0}", "MSG a 1 -1\r\n", "MSG a 1 99999999999\r\n", "MSG a 1 18446744073709551616\r\n",
        "MSG a 1 9223372036854775807\r\n", "MSG a 1\r\n", "MSG a b c d e\r\n", "MSG a 1 1\r\nxyz\r\n",
        "MSG a 1 0x1\r\n",
        "HMSG a 1 5 4\r\nNATS\r\n", "HMSG a 1 -1 4\r\n", "HMSG a 1 4 -4\r\n", "HMSG a 1 99999999999 99999999999\r\n",
        "PINGX\r\n", "PING x\r\n", "INFO {\r\n", "MSG \(String(repeating: "a", count: 70_000)) 1 1\r\n",
        "PONG\rPONG\r\n", "\r\n\r\n", "-ERR \(String(repeating: "a", count: 70_000))\r\n",
    ]

    @Test(arguments: bad, TestBackend.available)
    func aBadFrameIsOneDisconnectAndTheNextConnectionIsClean(bytes: String, backend: TestBackend) async throws {
        let gate = ScriptGate()
        let first =
            .handshake + [
                .expect(line: "SUB a 1"), .hold(until: gate),
                // In one write: the client may have gone before a second one.
                .send("MSG a 1 2\r\nok\r\n" + bytes + "MSG a 1 9\r\nbehind it\r\n"),
            ]
        let second =
            .handshake + [
                .expect(line: "SUB a 1"), .expect(line: "PING"), .send("PONG\r\nMSG a 1 5\r\nagain\r\n"),
            ]
        try await withScriptedServer(first, second) { server in
            try await withClient(server, backend) { nats in
                let events = EventLog(nats)
                let subscription = try await nats.subscribe("a", confirmed: false)
                gate.open()
                let report = try await events.disconnected()
                #expect("\(report.cause)".contains("protocol violation"), "\(report.cause)")
                try await events.reconnected()
                #expect(try await subscription.next()?.string == "ok")
                #expect(try await subscription.next()?.string == "again")
                #expect(nats.statistics.reconnects == 1)
            }
        }
    }

    private static let unusual = [
        "msg a 1 2\r\nok\r\n", "Msg\ta\t1\t2\r\nok\r\n", "MSG  a   1 \t 2 \r\nok\r\n", "MSG a 1 r.s 2\r\nok\r\n",
        "hmsg a 1 12 14\r\nNATS/1.0\r\n\r\nok\r\n", "MSG a 99 3\r\nfor\r\nMSG a 1 2\r\nok\r\n",
        "PONG\r\nPONG\r\nMSG a 1 2\r\nok\r\n",
        "+OK\r\npong\r\nMSG a 1 2\r\nok\r\n", "MSG a 1048577 3\r\nold\r\nMSG a 1 2\r\nok\r\n",
        "MSG a 18446744073709551615 3\r\nbig\r\nMSG a 1 2\r\nok\r\n", "MSG a 0 3\r\nnil\r\nMSG a 1 2\r\nok\r\n",
        "HMSG a 1 3 5\r\n\r\r\rok\r\n",
    ]

    @Test(arguments: unusual, TestBackend.available)
    func whatIsUnusualButLegalIsDelivered(bytes: String, backend: TestBackend) async throws {
        let script = .handshake + [.expect(line: "SUB a 1"), .send(bytes)]
        try await withScriptedServer(script) { server in
            try await withClient(server, backend) { nats in
                let subscription = try await nats.subscribe("a", confirmed: false)
                let message = try await subscription.next()
                #expect(message?.string == "ok")
                _ = message?.headers
                #expect(nats.status == .connected)
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func messagesOfUnknownSubscriptionsAreCountedAndIgnored(backend: TestBackend) async throws {
        let script =
            .handshake + [
                .expect(line: "SUB a 1"), .send("MSG a 7 1\r\nx\r\nMSG a 1048577 1\r\nx\r\nMSG a 1 2\r\nok\r\n"),
            ]
        try await withScriptedServer(script) { server in
            try await withClient(server, backend) { nats in
                let subscription = try await nats.subscribe("a", confirmed: false)
                #expect(try await subscription.next()?.string == "ok")
                #expect(nats.statistics.messagesForEndedSubscriptions == 2)
            }
        }
    }

    /// Every message that a real server could send, torn at every byte, is whole again; also across blocks.
    @Test(arguments: TestBackend.available)
    func framesTornAtEveryByteAreWhole(backend: TestBackend) async throws {
        let stream = Array("MSG a 1 5\r\nhello\r\nHMSG a 1 r 18 21\r\nNATS/1.0\r\nA: 1\r\n\r\nend\r\n".utf8)
        let gates = (0..<stream.count).map { _ in ScriptGate() }
        var script = ScriptedServer.steps(.handshake, .expect(line: "SUB a 1"))
        for split in 1..<stream.count {
            script += [
                .send(Array(stream.prefix(split))), .hold(until: gates[split]), .send(Array(stream.dropFirst(split))),
            ]
        }
        try await withScriptedServer(script) { server in
            try await withClient(server, backend) { nats in
                let subscription = try await nats.subscribe("a", confirmed: false)
                var before = UInt64(ScriptedServer.defaultINFO.utf8.count + "PONG\r\n".utf8.count)
                for split in 1..<stream.count {
                    try await eventually("the first part is read") {
                        nats.statistics.bytesReceived >= before + UInt64(split)
                    }
                    gates[split].open()
                    #expect(try await subscription.next()?.string == "hello")
                    let last = try await subscription.next()
                    #expect(last?.string == "end")
                    #expect(last?.header("A") == "1")
                    before += UInt64(stream.count)
                }
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func aMessageLargerThanEveryBlockIsPutTogether(backend: TestBackend) async throws {
        let payload = String(repeating: "0123456789", count: 50_000)
        let frame = "MSG a 1 \(payload.utf8.count)\r\n\(payload)\r\n"
        let script = .handshake + [.expect(line: "SUB a 1"), .send(frame + frame + "MSG a 1 2\r\nok\r\n" + frame)]
        try await withScriptedServer(script) { server in
            try await withClient(server, backend) { nats in
                let subscription = try await nats.subscribe("a", confirmed: false)
                for expected in [payload, payload, "ok", payload] {
                    let matches = try await subscription.next()?.string == expected
                    #expect(matches)
                }
            }
        }
    }
}

extension ScriptedServer {
    /// A script that is made of parts.
    static func steps(_ first: [ScriptStep], _ more: ScriptStep...) -> [ScriptStep] { first + more }
}
