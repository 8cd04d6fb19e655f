import Testing
import TestSupport

@Suite struct ScriptedServerTests {
    @Test func aHandshakeIsPlayedAndRecorded() async throws {
        try await withScriptedServer(.handshake) { server in
            let client = try RawClient(port: server.port)
            #expect(client.receive(count: ScriptedServer.defaultINFO.utf8.count) == ScriptedServer.defaultINFO)
            client.send("CONNECT {}\r\nPING\r\n")
            #expect(client.receive() == .text("PONG\r\n"))
            try await server.finish()
            #expect(server.connections.map(\.text) == ["CONNECT {}\r\nPING\r\n"])
        }
    }

    @Test func whatComesAfterTheScriptIsRecordedToo() async throws {
        try await withScriptedServer([.expect(line: "PING")]) { server in
            let client = try RawClient(port: server.port)
            client.send("PING\r\nPUB a 1\r\nx\r\n")
            client.finishWriting()
            try await eventually("the close is seen") { server.connections.first?.isClosedByClient == true }
            #expect(server.connections.map(\.text) == ["PING\r\nPUB a 1\r\nx\r\n"])
        }
    }

    @Test func aWrongLineIsAnIssueAndResetsTheConnection() async throws {
        try await withKnownIssue {
            try await withScriptedServer([.expect(line: "PING")]) { server in
                let client = try RawClient(port: server.port)
                client.send("PONG\r\n")
                #expect(client.receive() == .reset)
            }
        } matching: {
            $0.description.contains("step 1: expected the line 'PING', got 'PONG'")
        }
    }

    @Test func anExpectationThatIsNeverMetEndsAtItsDeadline() async throws {
        try await withKnownIssue {
            try await withScriptedServer([.expect(line: "PING")], stepDeadline: .milliseconds(20)) { server in
                let client = try RawClient(port: server.port)
                #expect(client.receive() == .reset)
            }
        } matching: {
            $0.description.contains("nothing came within")
        }
    }

    @Test func connectionsFollowTheirScriptsInOrderAndThenThePortIsShut() async throws {
        try await withScriptedServer([.send("first"), .close], [.send("second"), .reset]) { server in
            let first = try RawClient(port: server.port)
            #expect(first.receiveToEnd() == .init(text: "first", end: .end))
            let second = try RawClient(port: server.port)
            #expect(second.receive(count: 6) == "second" || second.receive() == .reset)
            try await server.finish()
            try await eventually("refused") { (try? RawClient(port: server.port)) == nil }
        }
    }

    @Test func theLastScriptCanRepeat() async throws {
        try await withScriptedServer([.send("again"), .close], afterLastScript: .repeatLast) { server in
            for _ in 0..<3 {
                let client = try RawClient(port: server.port)
                #expect(client.receiveToEnd() == .init(text: "again", end: .end))
            }
            #expect(server.connections.count == 3)
        }
    }

    @Test func aDripArrivesWhole() async throws {
        try await withScriptedServer([.drip("INFO {}\r\n", every: .milliseconds(1)), .close]) { server in
            let client = try RawClient(port: server.port)
            #expect(client.receiveToEnd() == .init(text: "INFO {}\r\n", end: .end))
        }
    }

    @Test func aReplyIsMadeOfTheLastLineAndAGateHoldsTheScript() async throws {
        let gate = ScriptGate()
        try await withScriptedServer(
            [.skip(toLineWithPrefix: "SUB "), .hold(until: gate), .reply { "+" + $0 }, .close]
        ) { server in
            let client = try RawClient(port: server.port)
            client.send("PING\r\nSUB a 1\r\n")
            try await eventually("both lines are there") { server.connections.first?.received.count == 15 }
            #expect(client.receive(isPatient: false) == .nothing)
            gate.open()
            #expect(client.receiveToEnd() == .init(text: "+SUB a 1", end: .end))
        }
    }

    @Test func aStalledServerStopsAtOnce() async throws {
        try await withScriptedServer([.stall]) { server in
            _ = try RawClient(port: server.port)
            try await server.finish()
        }
    }
}
