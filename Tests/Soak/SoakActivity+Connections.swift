import NATSClient
import Reactor
import TestSupport

extension SoakActivity {
    static let connections: [SoakActivity] = [
        SoakActivity(name: "connect and close", count: 20) { bench, count in
            for _ in 0..<count { await (try NATS.connect(bench.url, options: bench.options())).close() }
        },
        SoakActivity(name: "connect and close, TLS", count: 10) { bench, count in
            let options = bench.options { $0.tls = TLSConfiguration(trustRoots: .file(bench.authority)) }
            for _ in 0..<count { await (try NATS.connect(bench.url, options: options)).close() }
        },
        SoakActivity(name: "connect and close, WebSocket", count: 20) { bench, count in
            for _ in 0..<count { await (try NATS.connect(bench.webSocketURL, options: bench.options())).close() }
        },
        SoakActivity(name: "connect and abort", count: 20) { bench, count in
            for _ in 0..<count { try await NATS.connect(bench.url, options: bench.options()).abort() }
        },
        SoakActivity(name: "connect and drop", count: 20) { bench, count in
            for _ in 0..<count {
                let nats = try await NATS.connect(bench.url, options: bench.options())
                try await nats.subscribe("n") { _ in }
                try await nats.publish("n", "x")
            }
        },
        SoakActivity(name: "connect and drain", count: 20) { bench, count in
            for _ in 0..<count {
                let nats = try await NATS.connect(bench.url, options: bench.options())
                let subscription = try await nats.subscribe("n")
                try await nats.publish("n", "x")
                _ = try await subscription.next()
                guard try await nats.drain() == .complete else { throw Failure("the drain was incomplete") }
            }
        },
        SoakActivity(name: "withConnection", count: 20) { bench, count in
            for _ in 0..<count {
                try await NATS.withConnection(bench.url, options: bench.options()) { try await $0.publish("n", "x") }
            }
        },
        SoakActivity(name: "connect that is refused", count: 50) { bench, count in
            for _ in 0..<count {
                try await expectFailure("connect") { _ = try await NATS.connect("127.0.0.1:1", options: bench.options()) }
            }
        },
        SoakActivity(name: "connect that is cancelled", count: 50) { bench, count in
            for round in 0..<count {
                let task = Task(executorPreference: HelperExecutor.shared) {
                    try await NATS.connect(bench.url, options: bench.options())
                }
                for _ in 0..<round { await Task.yield() }
                task.cancel()
                if case .success(let nats) = await task.result { await nats.close() }
            }
        },
        SoakActivity(name: "move", count: 20) { bench, count in
            try await bench.withConnection { nats in
                for round in 1...count {
                    let events = nats.events
                    try await nats.reconnect()
                    try await become("it has moved") { nats.statistics.reconnects >= UInt64(round) }
                    _ = events
                }
            }
        },
        SoakActivity(name: "reconnect", count: 20) { bench, count in
            let server = try ScriptedServer([.handshake + [.close]], afterLastScript: .repeatLast)
            defer { server.stop() }
            let nats = try await NATS.connect(server.url, options: bench.options())
            try await become("it has reconnected") { nats.statistics.reconnects >= UInt64(count) }
            await nats.close()
        },
    ]
}
