import NATSProtocol
import Testing

/// A whole life of a client with NATSProtocol alone: this target links nothing else.
@Suite struct WholeSessionTests {
    private static let info =
        #"INFO {"server_id":"S","version":"2.12.1","proto":1,"headers":true,"max_payload":1048576}"# + "\r\n"

    private func connect(_ client: SessionClient, pieceSize: Int) {
        client.connectTransport()
        client.receive(Self.info, pieceSize: pieceSize)
        client.receive("+OK\r\nPING\r\n", pieceSize: pieceSize)
        client.receive("PONG\r\n", pieceSize: pieceSize)
    }

    @Test(arguments: [1, 2, 3, 7, 64, 4096])
    func wholeLifeInPiecesOfAnySize(pieceSize: Int) throws {
        let client = try SessionClient(servers: ["nats://a:4222", "nats://b:4222"])
        connect(client, pieceSize: pieceSize)
        #expect(client.status == .connected)
        let hello = client.takeSent()
        #expect(hello.hasPrefix("CONNECT {") && hello.hasSuffix("}\r\nPING\r\nPONG\r\n"))

        let orders = try client.subscribe("orders.>", queueGroup: "billing")
        let ticks = try client.subscribe("ticks")
        client.unsubscribe(ticks, after: 3)
        let secret = try client.subscribe("secret")
        #expect(
            client.takeSent() == """
                SUB orders.> billing 1\r\nPING\r\nSUB ticks 2\r\nPING\r\nUNSUB 2 3\r\nSUB secret 3\r\nPING\r\n
                """)
        client.receive(
            "PONG\r\nMSG ticks 2 2\r\nt1\r\nPONG\r\n"
                + "-ERR 'Permissions Violation for Subscription to \"secret\"'\r\nPONG\r\n"
                + "HMSG orders.a 1 reply 12 14\r\nNATS/1.0\r\n\r\no1\r\nMSG nobody 99 1\r\nx\r\n",
            pieceSize: pieceSize)
        #expect(client.confirmed == [orders, ticks])
        #expect(client.messages == ["t1", "o1"])
        guard case .denied = client.ended[secret] else {
            Issue.record("the denied subscription lives on")
            return
        }

        client.receive("-ERR 'Stale Connection'\r\n", pieceSize: pieceSize)
        client.loseTransport()
        #expect(client.status == .reconnecting)
        client.advanceToDeadline()
        connect(client, pieceSize: pieceSize)
        #expect(client.takeSent().hasSuffix("SUB orders.> billing 1\r\nSUB ticks 2\r\nUNSUB 2 2\r\nPING\r\n"))
        client.receive(
            "PONG\r\nMSG ticks 2 2\r\nt2\r\nMSG ticks 2 2\r\nt3\r\nMSG ticks 2 2\r\nt4\r\n", pieceSize: pieceSize)
        #expect(client.status == .connected)
        #expect(client.messages == ["t1", "o1", "t2", "t3"])
        #expect(client.ended[ticks] == .limitReached)

        client.drain()
        #expect(client.takeSent() == "UNSUB 1\r\nPING\r\n")
        client.receive("MSG orders.b 1 2\r\no2\r\nPONG\r\n", pieceSize: pieceSize)
        #expect(client.ended[orders] == .drained)
        #expect(client.takeSent() == "PING\r\n")
        client.receive("PONG\r\n", pieceSize: pieceSize)
        #expect(client.drainResult == .complete)
        #expect(client.isClosed)
        #expect(client.messages == ["t1", "o1", "t2", "t3", "o2"])
        #expect(client.deadline == nil)
        let names = client.events.map { String("\($0)".prefix { $0 != "(" }) }
        #expect(
            names == [
                "connected", "serverError", "serverError", "disconnected", "reconnected", "disconnected",
            ])
    }

    @Test func serverThatIsNotNATSIsLeftWithoutATrap() throws {
        let client = try SessionClient(servers: ["a"])
        client.connectTransport()
        client.receive("HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n")
        #expect(client.isClosed)
        guard case .attemptFailed(let failure) = client.events.last else {
            Issue.record("no reason given")
            return
        }
        #expect("\(failure)".contains("a:4222"))
    }

    @Test func noBytesOfAnyServerReachATrap() throws {
        var random = RandomSource(seed: 5)
        let words = [
            "INFO {}\r\n", Self.info, "PONG\r\n", "PING\r\n", "+OK\r\n", "-ERR 'x'\r\n", "-ERR\r\n",
            "MSG s 1 1\r\nx\r\n", "MSG s 18446744073709551615 0\r\n\r\n", "MSG s 1 99999999999999999999\r\n",
            "HMSG s 1 9 1\r\n", "\r\n", "MSG",
            "-ERR 'Permissions Violation for Subscription to \"s\" (sid \"99999999999999999999\")'\r\n",
            "INFO {\"connect_urls\":[\"\",\"[::1]\",\"x:y\"]}\r\n", "\u{0}\u{1}\u{2}",
        ]
        for _ in 0..<300 {
            let client = try SessionClient(servers: ["a", "b"])
            _ = try client.subscribe("s")
            for _ in 0..<20 {
                client.connectTransport()
                let word = words[Int(random.next(below: UInt64(words.count)))]
                client.receive(word, pieceSize: Int(random.next(below: 9)) + 1)
                if random.next(below: 5) == 0 { client.advanceToDeadline() }
            }
            #expect(client.messages.allSatisfy { $0.count <= 1 })
        }
    }
}
