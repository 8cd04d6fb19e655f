import NATSClient
import TestSupport
import Testing

@Suite("Connect") struct ConnectTests {
    @Test("connects, says who it is, and knows the server", arguments: Backend.tested)
    func plain(_ backend: Backend) async throws {
        try await withBench(backend, .with { $0.isMonitored = true }) { bench in
            let nats = try await bench.connect { $0.name = "ingest-1" }
            #expect(nats.status == .connected)
            #expect(nats.connectedServer == bench.server.url)
            #expect(nats.lastError == nil)
            let info = try #require(nats.serverInfo)
            #expect(info.port == Int(bench.server.port))
            #expect(info.isAtLeast(2, 12))
            #expect(info.maximumPayloadBytes == 1 << 20)
            #expect(nats.eventLoop === bench.loop)
            let page = try bench.server.monitor("/connz", as: ConnectionsPage.self)
            #expect(page.connections.map(\.name) == ["ingest-1"])
            #expect(page.connections.first?.lang == "swift")
        }
    }

    @Test("the scheme, and blanks around an address, may be left out", arguments: Backend.tested)
    func urlForms(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let port = bench.server.port
            for url in [
                "127.0.0.1:\(port)", "localhost:\(port)", " nats://127.0.0.1:\(port)/ ", "NATS://localhost:\(port)",
            ] {
                let nats = try await bench.connect(url)
                #expect(nats.status == .connected, "\(url)")
                #expect(try await nats.roundTripTime() > .zero)
            }
        }
    }

    @Test(
        "a wrong address is an error that says so",
        arguments: ["", " , ", "http://127.0.0.1", "nats://host:99999", "nats://"])
    func wrongAddress(_ url: String) async throws {
        try await withEventLoop(.epoll) { loop in
            var options = ConnectOptions()
            options.eventLoop = loop
            await expectError(.invalidAddress) { try await NATS.connect(url, options: options) }
        }
    }

    @Test("of several addresses a dead one is passed over", arguments: Backend.tested)
    func oneDead(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let dead = try UnusedPort()
            let nats = try await bench.connect("nats://127.0.0.1:\(dead.port),\(bench.server.url)") {
                $0.keepsServerOrder = true
            }
            #expect(nats.connectedServer == bench.server.url)
            let list = try await NATS.connect(
                ["nats://127.0.0.1:\(dead.port)", bench.server.url], options: bench.options())
            #expect(list.connectedServer == bench.server.url)
            await list.close()
        }
    }

    @Test("an unreachable port fails at once with its address", arguments: Backend.tested)
    func unreachable(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let dead = try UnusedPort()
            let error = await expectError(.connectFailed) { try await bench.connect("nats://127.0.0.1:\(dead.port)") }
            #expect(error?.server == "nats://127.0.0.1:\(dead.port)")
            #expect(error?.isRetryable == true)
        }
    }

    @Test("a server that says nothing meets the deadline of the attempt", arguments: Backend.tested)
    func silent(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let silent = try SilentPort()
            await expectError(.timedOut) {
                try await bench.connect("nats://127.0.0.1:\(silent.port)") { $0.connectTimeout = .milliseconds(100) }
            }
        }
    }

    @Test("a cancelled connect throws CancellationError and leaves nothing", arguments: Backend.tested)
    func cancelled(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let silent = try SilentPort()
            let task = Task { try await bench.connect("nats://127.0.0.1:\(silent.port)") }
            try await eventually("the attempt is under way") { bench.loop.statistics.openStreams == 1 }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            try await eventually("no stream is left") { bench.loop.statistics.openStreams == 0 }
        }
    }

    @Test("a connect that is cancelled before it begins does nothing", arguments: Backend.tested)
    func cancelledBefore(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let gate = Gate()
            let task = Task {
                await gate.pass()
                return try await bench.connect()
            }
            task.cancel()
            gate.open()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test("a server that comes up later is waited for, if asked to", arguments: Backend.tested)
    func comesUpLater(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            bench.server.kill()
            let task = Task { try await bench.connect { $0.reconnect.retriesFirstConnect = true } }
            try await bench.server.restart()
            let nats = try await task.value
            #expect(nats.status == .connected)
            try await nats.flush()
        }
    }

    @Test("a connect that waits for a server can be cancelled", arguments: Backend.tested)
    func cancelledWhileRetrying(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let dead = try UnusedPort()
            let task = Task {
                try await bench.connect("nats://127.0.0.1:\(dead.port)") { $0.reconnect.retriesFirstConnect = true }
            }
            try await eventually("the loop runs") { bench.loop.statistics.turns > 2 }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test("without an address NATS_URL decides", arguments: Backend.tested)
    func environment(_ backend: Backend) async throws {
        let backendName = backend == .epoll ? "epoll" : "ioUring"
        await #expect(processExitsWith: .success) { [backendName = backendName as String] in
            try await withBench(backendName == "epoll" ? .epoll : .ioUring) { bench in
                setEnvironment("NATS_URL", bench.server.url)
                let nats = try await NATS.connect(options: bench.options())
                #expect(nats.connectedServer == bench.server.url)
                await nats.close()
            }
        }
    }

    @Test("withConnection drains: what the body published has arrived", arguments: Backend.tested)
    func scope(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let observer = try await bench.connect()
            let subscription = try await observer.subscribe("scope")
            let escaped = try await NATS.withConnection(bench.server.url, options: bench.options()) { nats in
                for number in 0..<1_000 { try await nats.publish("scope", "\(number)") }
                return nats
            }
            #expect(escaped.status == .closed)
            #expect(escaped.statistics.publishesFenced == 1_000)
            #expect(try await subscription.strings(1_000) == (0..<1_000).map(String.init))
        }
    }

    @Test("withConnection closes, and passes the body's error on", arguments: Backend.tested)
    func scopeThrows(_ backend: Backend) async throws {
        struct Mishap: Error {}
        try await withBench(backend) { bench in
            let escaped = Recorder<NATSConnection>()
            await #expect(throws: Mishap.self) {
                try await NATS.withConnection(bench.server.url, options: bench.options()) { nats in
                    escaped.append(nats)
                    throw Mishap()
                }
            }
            #expect(escaped.all.map(\.status) == [.closed])
        }
    }

    @Test("the last reference going away ends the connection", arguments: Backend.tested)
    func dropped(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            var nats: NATSConnection? = try await NATS.connect(bench.server.url, options: bench.options())
            try await nats?.flush()
            #expect(bench.loop.statistics.openStreams == 1)
            nats = nil
            try await eventually("the stream is closed") { bench.loop.statistics.openStreams == 0 }
        }
    }
}
