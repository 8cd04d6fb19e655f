import Testing
import TestSupport

@Suite struct CuttingProxyTests {
    private static let script = "PUB a 5\r\nhello\r\n"

    @Test(arguments: 0...script.utf8.count)
    func aFinishAfterByteKLetsExactlyKBytesThrough(_ k: Int) async throws {
        try await withScriptedServer([]) { server in
            let cuts = [[CuttingProxy.Cut(.clientToServer, afterBytes: k, .finish)]]
            try await withCuttingProxy(to: server.port, cuts: cuts) { proxy in
                let client = try RawClient(port: proxy.port)
                client.send(Self.script)
                #expect(client.receiveToEnd() == .init(text: "", end: .end))
                try await eventually("the server sees the end") { server.connections.first?.isClosedByClient == true }
                #expect(server.connections.first?.text == String(Self.script.prefix(utf8Count: k)))
                #expect(proxy.links.map { $0.forwarded[.clientToServer] } == [k])
            }
        }
    }

    @Test func aFinishInTheOtherDirectionIsAsExact() async throws {
        try await withScriptedServer([.send("0123456789")]) { server in
            let cuts = [[CuttingProxy.Cut(.serverToClient, afterBytes: 4, .finish)]]
            try await withCuttingProxy(to: server.port, cuts: cuts) { proxy in
                let client = try RawClient(port: proxy.port)
                #expect(client.receiveToEnd() == .init(text: "0123", end: .end))
                client.finishWriting()
                try await eventually("closed") { proxy.links.first?.isClosed == true }
                #expect(proxy.links.first?.appliedCuts == 1)
            }
        }
    }

    @Test func aResetReachesTheClientAsOneAndTheServerKeepsTheBytes() async throws {
        try await withScriptedServer([]) { server in
            let cuts = [[CuttingProxy.Cut(.clientToServer, afterBytes: 3, .reset)]]
            try await withCuttingProxy(to: server.port, cuts: cuts) { proxy in
                let client = try RawClient(port: proxy.port)
                client.send("abcdef")
                #expect(client.receive() == .reset)
                try await eventually("the server sees the end") { server.connections.first?.isClosedByClient == true }
                #expect(server.connections.first?.text == "abc")
            }
        }
    }

    @Test func aResetLosesNothingForAServerThatIsSendingItself() async throws {
        // More than all socket buffers hold and nobody reads: a careless close would reset the server's side too.
        let flood = [UInt8](repeating: UInt8(ascii: "x"), count: 32 << 20)
        try await withScriptedServer([.send(flood), .expect(bytes: Array("abc".utf8))]) { server in
            let cuts = [[CuttingProxy.Cut(.clientToServer, afterBytes: 3, .reset)]]
            try await withCuttingProxy(to: server.port, cuts: cuts) { proxy in
                let client = try RawClient(port: proxy.port)
                client.send("abcdef")
                try await server.finish()
                #expect(server.connections.first?.text == "abc")
            }
        }
    }

    @Test func aStallHoldsOneDirectionAndLetsTheOtherLive() async throws {
        try await withScriptedServer([.expect(bytes: Array("ab".utf8)), .send("still here")]) { server in
            let cuts = [[CuttingProxy.Cut(.clientToServer, afterBytes: 2, .stall)]]
            try await withCuttingProxy(to: server.port, cuts: cuts) { proxy in
                let client = try RawClient(port: proxy.port)
                client.send("abcd")
                #expect(client.receive(count: 10) == "still here")
                #expect(server.connections.first?.text == "ab")
            }
        }
    }

    @Test func aBlackholeSwallowsEverythingAndClosesNothing() async throws {
        try await withScriptedServer([]) { server in
            let cuts = [[CuttingProxy.Cut(.clientToServer, afterBytes: 1, .blackhole)]]
            try await withCuttingProxy(to: server.port, cuts: cuts) { proxy in
                let client = try RawClient(port: proxy.port)
                client.send("abcd")
                try await eventually("the first byte is there") { server.connections.first?.received.count == 1 }
                client.send("efgh")
                #expect(client.receive(isPatient: false) == .nothing)
                #expect(proxy.links.first?.isClosed == false)
                #expect(server.connections.first?.text == "a")
            }
        }
    }

    @Test func aPartitionClosesNothingAndLosesNothing() async throws {
        try await withScriptedServer([.expect(line: "ab"), .send("yes"), .expect(line: "cd"), .send("again")], []) { server in
            try await withCuttingProxy(to: server.port) { proxy in
                let client = try RawClient(port: proxy.port)
                client.send("ab\n")
                #expect(client.receive(count: 3) == "yes")
                proxy.setPartitioned(true)
                // A chunk that was on its way may still pass; an answer to this line can't.
                let late = try RawClient(port: proxy.port)
                client.send("cd\n")
                #expect(late.receive(isPatient: false) == .nothing)
                #expect(proxy.links.count == 1)
                proxy.setPartitioned(false)
                #expect(client.receive(count: 5) == "again")
                try await eventually("the late one is served") { proxy.links.count == 2 }
            }
        }
    }

    @Test func aDripDeliversEverythingInTheEnd() async throws {
        try await withScriptedServer([.send("0123456789"), .close]) { server in
            let drip = CuttingProxy.Effect.drip(chunkSize: 1, interval: .milliseconds(1))
            let cuts = [[CuttingProxy.Cut(.serverToClient, afterBytes: 2, drip)]]
            try await withCuttingProxy(to: server.port, cuts: cuts) { proxy in
                let client = try RawClient(port: proxy.port)
                #expect(client.receiveToEnd() == .init(text: "0123456789", end: .end))
            }
        }
    }

    @Test func laterConnectionsPassThroughAndAreCaptured() async throws {
        try await withScriptedServer([], [.expect(line: "PING"), .send("PONG\r\n"), .close]) { server in
            let cuts = [[CuttingProxy.Cut(.clientToServer, afterBytes: 0, .finish)]]
            try await withCuttingProxy(to: server.port, cuts: cuts, isCapturing: true) { proxy in
                let first = try RawClient(port: proxy.port)
                #expect(first.receive() == .end)
                let second = try RawClient(port: proxy.port)
                second.send("PING\r\n")
                #expect(second.receiveToEnd() == .init(text: "PONG\r\n", end: .end))
                second.finishWriting()
                try await eventually("closed") { proxy.links.last?.isClosed == true }
                #expect(proxy.links.last?.captured[.clientToServer] == Array("PING\r\n".utf8))
                #expect(proxy.links.last?.captured[.serverToClient] == Array("PONG\r\n".utf8))
            }
        }
    }

    @Test func liveLinksCanBeHarmedAndNewOnesRefused() async throws {
        try await withScriptedServer([.send("x")]) { server in
            try await withCuttingProxy(to: server.port) { proxy in
                let client = try RawClient(port: proxy.port)
                #expect(client.receive() == .text("x"))
                proxy.harmAll(.reset)
                #expect(client.receive() == .reset)
                proxy.setRefusing(true)
                let refused = try? RawClient(port: proxy.port)
                #expect(refused == nil || refused?.receive() == .reset)
                #expect(proxy.links.count == 1)
            }
        }
    }
}

extension String {
    fileprivate func prefix(utf8Count: Int) -> String { String(decoding: utf8.prefix(utf8Count), as: UTF8.self) }
}
