import NATSClient
import Reactor
import TestSupport

extension SoakActivity {
    static let subscriptions: [SoakActivity] = [
        SoakActivity(name: "subscribe and unsubscribe", count: 200) { bench, count in
            try await bench.withConnection { nats in
                for round in 0..<count { try await nats.subscribe("n.\(round)").unsubscribe() }
            }
        },
        SoakActivity(name: "subscribe and drop, unconfirmed", count: 200) { bench, count in
            try await bench.withConnection { nats in
                for round in 0..<count { _ = try await nats.subscribe("n.\(round)", queueGroup: "g", confirmed: false) }
            }
        },
        SoakActivity(name: "subscribe with a handler", count: 200) { bench, count in
            try await bench.withConnection { nats in
                for round in 0..<count {
                    let subscription = try await nats.subscribe("n.\(round)") { _ in }
                    subscription.unsubscribe()
                    _ = try await subscription.ended()
                }
            }
        },
        SoakActivity(name: "unsubscribe after some messages", count: 200) { bench, count in
            try await bench.withConnection { nats in
                for _ in 0..<count {
                    let subscription = try await nats.subscribe("n")
                    subscription.unsubscribe(after: 1)
                    try await nats.publish("n", "x")
                    for try await _ in subscription {}
                }
            }
        },
        SoakActivity(name: "drain a subscription", count: 200) { bench, count in
            try await bench.withConnection { nats in
                for _ in 0..<count {
                    let subscription = try await nats.subscribe("n")
                    try await nats.publish("n", "x")
                    try await subscription.drain()
                    for try await _ in subscription {}
                }
            }
        },
        SoakActivity(name: "subscribe that is cancelled", count: 200) { bench, count in
            try await bench.withConnection { nats in
                for round in 0..<count {
                    let task = Task(executorPreference: HelperExecutor.shared) { _ = try await nats.subscribe("n.\(round)") }
                    if round % 2 == 0 { await Task.yield() }
                    task.cancel()
                    _ = await task.result
                }
            }
        },
    ]

    static let requests: [SoakActivity] = [
        SoakActivity(name: "request", count: 500) { bench, count in
            try await bench.withConnection { nats in
                try await nats.subscribe("echo") { view in try? view.respond(view.bytes) }
                for _ in 0..<count { _ = try await nats.request("echo", "x") }
            }
        },
        SoakActivity(name: "request without responders", count: 200) { bench, count in
            try await bench.withConnection { nats in
                for _ in 0..<count { try await expectFailure("request") { _ = try await nats.request("nobody", "x") } }
            }
        },
        SoakActivity(name: "request that times out", count: 100) { bench, count in
            try await bench.withConnection { nats in
                try await nats.subscribe("silent") { _ in }
                for _ in 0..<count {
                    try await expectFailure("request") {
                        _ = try await nats.request("silent", "x", timeout: .microseconds(100))
                    }
                }
            }
        },
        SoakActivity(name: "request that is cancelled", count: 200) { bench, count in
            try await bench.withConnection { nats in
                try await nats.subscribe("silent") { _ in }
                for _ in 0..<count {
                    let task = Task(executorPreference: HelperExecutor.shared) {
                        _ = try await nats.request("silent", "x", timeout: .seconds(1_000))
                    }
                    await Task.yield()
                    task.cancel()
                    try await expectFailure("request") { try await task.value }
                }
            }
        },
    ]

    static let publishes: [SoakActivity] = [
        SoakActivity(name: "publish and flush", count: 500) { bench, count in
            try await bench.withConnection { nats in
                for _ in 0..<count {
                    try await nats.publish("n", "x", headers: ["A": "b"])
                    try await nats.flush()
                }
            }
        },
        SoakActivity(name: "publish that fails", count: 500) { bench, count in
            try await bench.withConnection { nats in
                let large = [UInt8](repeating: 1, count: 2 << 20)
                for _ in 0..<count {
                    try await expectFailure("an invalid subject") { try await nats.publish("a b", "x") }
                    try await expectFailure("an invalid header") { try await nats.publish("a", "x", headers: ["a\r": "b"]) }
                    try await expectFailure("too large") { try await nats.publish("a", large) }
                }
            }
        },
        SoakActivity(name: "prepared publishers", count: 500) { bench, count in
            try await bench.withConnection { nats in
                for round in 0..<count {
                    let publisher = try nats.publisher(for: "n.\(round)")
                    try await publisher.ready()
                    try publisher.publish("x")
                }
                try await nats.flush()
            }
        },
        SoakActivity(name: "flush that is cancelled", count: 500) { bench, count in
            try await bench.withConnection { nats in
                for round in 0..<count {
                    let task = Task(executorPreference: HelperExecutor.shared) { try await nats.flush() }
                    if round % 2 == 0 { await Task.yield() }
                    task.cancel()
                    _ = await task.result
                }
            }
        },
    ]
}
