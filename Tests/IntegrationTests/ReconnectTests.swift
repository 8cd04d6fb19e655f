import NATSClient
import TestSupport
import Testing

@Suite("Reconnect") struct ReconnectTests {
    /// Kills the server, waits for the loss to be noticed, runs `meanwhile`, starts it again on the same port.
    private static func interrupt(
        _ bench: Bench, _ log: EventLog, reconnects: Int = 1, meanwhile: () async throws -> Void = {}
    ) async throws {
        bench.server.kill()
        try await eventually("lost") { log.matching { $0.disconnectReport }.count == reconnects }
        try await meanwhile()
        try await bench.server.restart()
        try await eventually("reconnected") { log.matching { $0.isReconnected }.count == reconnects }
    }

    @Test("every kind of subscription is restored, with its queue group", arguments: Backend.tested)
    func subscriptions(_ backend: Backend) async throws {
        try await withBench(backend, .with { $0.isMonitored = true }) { bench in
            let nats = try await bench.connect()
            let log = EventLog(nats)
            let plain = try await nats.subscribe("plain")
            let wild = try await nats.subscribe("wild.>")
            let group = try await [nats.subscribe("q", queueGroup: "g"), nats.subscribe("q", queueGroup: "g")]
            let inline = Counter()
            try await nats.subscribe("inline") { _ in inline.increase() }
            try await nats.subscribe("echo") { view in try? view.respond(view.bytes) }
            #expect(try await nats.request("echo", "before").string == "before")
            let ended = try await nats.subscribe("ended")
            ended.unsubscribe()

            for round in 1...2 {
                try await Self.interrupt(bench, log, reconnects: round)
                let page = try bench.server.monitor("/connz?subs=1", as: ConnectionsPage.self)
                // The seventh is the inbox of requests.
                #expect(page.connections.first?.subscriptionsList?.count == 7)
                for subject in ["plain", "wild.a.b", "inline"] { try await nats.publish(subject, "\(round)") }
                for _ in 0..<100 { try await nats.publish("q", "\(round)") }
                #expect(try await plain.required().string == "\(round)")
                #expect(try await wild.required().subject == "wild.a.b")
                #expect(try await nats.request("echo", "after").string == "after")
                try await nats.flush()
                #expect(inline.value == round)
                // Shared, not doubled.
                #expect(group.reduce(0) { $0 + $1.statistics.received } == UInt64(100 * round))
            }
            #expect(nats.statistics.reconnects == 2)
        }
    }

    @Test("what remains of an auto-unsubscribe survives, to the message", arguments: Backend.tested)
    func remaining(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let log = EventLog(nats)
            let subscription = try await nats.subscribe("n")
            subscription.unsubscribe(after: 10)
            for number in 0..<4 { try await nats.publish("n", "\(number)") }
            try await nats.flush()
            try await Self.interrupt(bench, log)
            for number in 4..<6 { try await nats.publish("n", "\(number)") }
            try await nats.flush()
            try await Self.interrupt(bench, log, reconnects: 2)
            for number in 6..<30 { try await nats.publish("n", "\(number)") }
            #expect(try await subscription.remainder() == (0..<10).map(String.init))
        }
    }

    @Test("a limit that is set while there is no connection counts", arguments: Backend.tested)
    func limitWhileDisconnected(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let log = EventLog(nats)
            let subscription = try await nats.subscribe("n")
            let ended = try await nats.subscribe("n")
            for number in 0..<4 { try await nats.publish("n", "\(number)") }
            try await nats.flush()
            try await Self.interrupt(bench, log) {
                subscription.unsubscribe(after: 6)
                ended.unsubscribe(after: 3)
            }
            for number in 4..<10 { try await nats.publish("n", "\(number)") }
            #expect(try await subscription.remainder() == (0..<6).map(String.init))
            #expect(try await ended.remainder() == (0..<4).map(String.init))
        }
    }

    @Test("what is published while there is no connection is sent first, in order", arguments: Backend.tested)
    func replay(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let log = EventLog(nats)
            let subscription = try await nats.subscribe("n")
            try await Self.interrupt(bench, log) {
                for number in 0..<500 { try await nats.publish("n", "\(number)", headers: ["n": "\(number)"]) }
                #expect(nats.statistics.publishesPending == 500)
            }
            try await nats.publish("n", "500")
            #expect(try await subscription.strings(501) == (0...500).map(String.init))
            try await nats.flush()
            #expect(nats.statistics.publishesFenced == 501)
            #expect(nats.statistics.publishesLostUnknown == 0)
        }
    }

    @Test("the replay buffer is bounded exactly, and says when it is full", arguments: Backend.tested)
    func replayLimit(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let frame = "PUB n 100\r\n".utf8.count + 102
            let nats = try await bench.connect { $0.outbound.whileDisconnected = .replay(maxBytes: 10 * frame) }
            let log = EventLog(nats)
            let received = try await nats.subscribe("n")
            try await Self.interrupt(bench, log) {
                for seed in 0..<10 { try nats.outbound.publish("n", pattern(100, seed: seed)) }
                await expectError(.outboundFull) { try nats.outbound.publish("n", "") }
                #expect(nats.statistics.pendingBytes == 10 * frame)
            }
            for seed in 0..<10 { #expect(try await Array(received.required().payload) == pattern(100, seed: seed)) }
        }
    }

    @Test("failFast refuses publishes at once while there is no connection", arguments: Backend.tested)
    func failFast(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect { $0.outbound.whileDisconnected = .failFast }
            let log = EventLog(nats)
            let subscription = try await nats.subscribe("n")
            try await Self.interrupt(bench, log) {
                let error = await expectError(.disconnected) { try await nats.publish("n", "x") }
                #expect(error?.isRetryable == true)
                await expectError(.disconnected) { try nats.outbound.publish("n", "x") }
                #expect(nats.statistics.publishesPending == 0)
            }
            try await nats.publish("n", "again")
            #expect(try await subscription.required().string == "again")
        }
    }

    @Test(
        "requests wait for the next connection, or fail at once, as chosen", arguments: Backend.tested, [true, false])
    func requests(_ backend: Backend, _ keeps: Bool) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect { $0.requestsOnDisconnect = keeps ? .keep : .fail }
            let log = EventLog(nats)
            let requests = try await nats.subscribe("ask")
            let waiting = Task { try await nats.request("ask", "1", timeout: .seconds(60)) }
            let message = try await requests.required()
            bench.server.kill()
            _ = try await log.first("lost") { $0.disconnectReport }
            if !keeps { await expectError(.connectionLost) { try await waiting.value } }
            try await bench.server.restart()
            _ = try await log.first("reconnected") { $0.isReconnected }
            // The responder answers the old request on the new connection.
            try message.respond("late")
            if keeps {
                #expect(try await waiting.value.string == "late")
            } else {
                try await eventually("an orphan") { nats.statistics.orphanReplies == 1 }
            }
        }
    }

    @Test("a flush never succeeds across a loss", arguments: Backend.tested)
    func flush(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let proxy = try CuttingProxy(
                upstreamPort: bench.server.port, cuts: [[.init(.clientToServer, afterBytes: 1_000, .stall)]])
            defer { proxy.stop() }
            let nats = try await bench.connect("nats://127.0.0.1:\(proxy.port)")
            try await nats.publish("n", pattern(2_000))
            let waiting = Task { try await nats.flush() }
            try await eventually("it waits") { nats.statistics.waitingCalls == 1 }
            try await nats.reconnect()
            let error = await expectError(.connectionLost) { try await waiting.value }
            #expect(error?.isRetryable == true)
            // A later flush is about the new connection.
            try await nats.flush()
        }
    }

    @Test("a subscribe without a connection waits for the next, and is confirmed there", arguments: Backend.tested)
    func subscribeMeanwhile(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let log = EventLog(nats)
            bench.server.kill()
            _ = try await log.first("lost") { $0.disconnectReport }
            let confirmed = Task { try await nats.subscribe("a") }
            let unconfirmed = try await nats.subscribe("b", confirmed: false)
            try await nats.publish("b", "kept")
            try await bench.server.restart()
            let subscription = try await confirmed.value
            try await nats.publish("a", "x")
            #expect(try await subscription.required().string == "x")
            #expect(try await unconfirmed.required().string == "kept")
        }
    }

    @Test("an explicit reconnect restores everything and loses nothing", arguments: Backend.tested)
    func explicit(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let log = EventLog(nats)
            let subscription = try await nats.subscribe("n")
            let first = nats.serverInfo?.clientID
            try await nats.publish("n", "1")
            try await nats.flush()
            try await nats.reconnect()
            _ = try await log.first("reconnected") { $0.isReconnected }
            try await nats.publish("n", "2")
            #expect(try await subscription.strings(2) == ["1", "2"])
            #expect(nats.serverInfo?.clientID != first)
            #expect(nats.statistics.publishesLostUnknown == 0)
        }
    }

    @Test("after setServers the next connection goes there", arguments: Backend.tested)
    func setServers(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            try await withNATSServer { second in
                let nats = try await bench.connect()
                let log = EventLog(nats)
                let subscription = try await nats.subscribe("n")
                #expect(nats.knownServers.map(\.url) == [bench.server.url])
                try nats.setServers([second.url])
                #expect(nats.connectedServer == bench.server.url)
                try await eventually("the new list counts") { nats.knownServers.map(\.url) == [second.url] }
                #expect(nats.knownServers.allSatisfy { $0.isExplicit && $0.failedAttempts == 0 && !$0.isLameDuck })
                try await nats.reconnect()
                _ = try await log.first("reconnected") { $0.isReconnected }
                #expect(nats.connectedServer == second.url)
                try await nats.publish("n", "x")
                #expect(try await subscription.required().string == "x")
                await expectError(.invalidAddress) { try nats.setServers(["http://a"]) }
                await expectError(.invalidAddress) { try nats.setServers([]) }
                await nats.close()
                #expect(second.parseErrors == [])
            }
        }
    }

    @Test("when a server dies the next of the list is taken", arguments: Backend.tested)
    func secondServer(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            try await withNATSServer { second in
                let nats = try await bench.connect("\(bench.server.url),\(second.url)") { $0.keepsServerOrder = true }
                let log = EventLog(nats)
                #expect(nats.connectedServer == bench.server.url)
                let subscription = try await nats.subscribe("n")
                bench.server.kill()
                _ = try await log.first("reconnected") { $0.isReconnected }
                #expect(nats.connectedServer == second.url)
                try await nats.publish("n", "x")
                #expect(try await subscription.required().string == "x")
                await nats.close()
            }
        }
    }

    @Test("with reconnecting off a loss is the end, with its cause", arguments: Backend.tested)
    func off(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect { $0.reconnect.isEnabled = false }
            let subscription = try await nats.subscribe("n")
            try await nats.publish("n", "x")
            try await nats.flush()
            let log = EventLog(nats)
            bench.server.kill()
            await log.finished()
            #expect(try await subscription.required().string == "x")
            let error = await expectError(.connectionClosed) { try await subscription.next() }
            #expect(error?.underlying is NATSError)
            await expectError(.connectionClosed) { try await nats.publish("n", "x") }
            #expect(log.matching { $0.disconnectReport }.count == 1)
        }
    }

    @Test("giving up after so many attempts is the end, with its cause", arguments: Backend.tested)
    func attempts(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect { $0.reconnect.maximumAttempts = 3 }
            let log = EventLog(nats)
            bench.server.kill()
            await log.finished()
            #expect(log.matching { $0.failedAttempt }.map(\.code) == [.connectFailed, .connectFailed, .connectFailed])
            let error = await expectError(.connectionClosed) { try await nats.flush() }
            #expect((error?.underlying as? NATSError)?.code == .connectFailed)
        }
    }
}
