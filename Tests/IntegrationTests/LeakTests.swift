import NATSClient
import TestSupport
import Testing

/// Each in a process of its own: descriptors and threads are the process's.
@Suite("Leaks") struct LeakTests {
    private static let names = Backend.tested.map { $0 == .epoll ? "epoll" : "io_uring" }

    @Test("a whole life leaves no descriptor and no thread", arguments: names)
    func wholeLife(_ name: String) async throws {
        await #expect(processExitsWith: .success) { [name = name as String] in
            try await withNATSServer { server in
                try await withLeakGuard {
                    try await withEventLoop(name == "epoll" ? .epoll : .ioUring) { loop in
                        try await LeakScenario(server: server, loop: loop).run()
                    }
                }
            }
        }
    }

    @Test("failed and cancelled connects leave no descriptor and no thread", arguments: names)
    func failedConnects(_ name: String) async throws {
        await #expect(processExitsWith: .success) { [name = name as String] in
            try await withNATSServer(.with { $0.token = "right" }) { server in
                try await withLeakGuard {
                    try await withEventLoop(name == "epoll" ? .epoll : .ioUring) { loop in
                        try await LeakScenario(server: server, loop: loop).runFailures()
                    }
                }
            }
        }
    }

    @Test("a loop that is dropped with living connections closes everything", arguments: names)
    func dropped(_ name: String) async throws {
        await #expect(processExitsWith: .success) { [name = name as String] in
            try await withNATSServer { server in
                try await withLeakGuard {
                    var options = ConnectOptions()
                    options.eventLoop = EventLoop(
                        configuration: .init(backend: name == "epoll" ? .epoll : .ioUring, name: "dropped"))
                    let nats = try await NATS.connect(server.url, options: options)
                    try await nats.subscribe("n") { _ in }
                    try await nats.publish("n", "x")
                    try await nats.flush()
                }
            }
        }
    }
}

/// What is done between two looks at the process's resources.
private struct LeakScenario {
    let server: NATSServerProcess
    let loop: EventLoop

    private var options: ConnectOptions {
        var options = ConnectOptions()
        options.eventLoop = loop
        options.reconnect.baseDelay = .milliseconds(5)
        options.connectTimeout = .milliseconds(100)
        return options
    }

    func run() async throws {
        for round in 0..<5 {
            let nats = try await NATS.connect(server.url, options: options)
            try await nats.subscribe("echo") { view in try? view.respond(view.bytes) }
            let subscription = try await nats.subscribe("n")
            for number in 0..<100 { try await nats.publish("n", "\(number)") }
            #expect(try await subscription.strings(100).count == 100)
            #expect(try await nats.request("echo", "x").string == "x")
            try await nats.reconnect()
            try await eventually("reconnected") { nats.statistics.reconnects == 1 }
            switch round % 3 {
            case 0: #expect(try await nats.drain() == .complete)
            case 1: await nats.close()
            default: nats.abort()
            }
        }
    }

    func runFailures() async throws {
        let silent = try SilentPort()
        let unused = try UnusedPort()
        for url in [server.url, "nats://127.0.0.1:\(unused.port)", "nats://127.0.0.1:\(silent.port)"] {
            do {
                _ = try await NATS.connect(url, options: options)
                Issue.record("connected to \(url)")
            } catch {
                #expect(error is NATSError)
            }
        }
        var patient = options
        patient.connectTimeout = .seconds(60)
        let task = Task { [options = patient] in try await NATS.connect("nats://127.0.0.1:\(silent.port)", options: options) }
        try await eventually("under way") { loop.statistics.openStreams > 0 }
        task.cancel()
        _ = try? await task.value
    }
}
