// The README's samples. Scripts/check-readme compares them with the README word for word; Scripts/run-examples runs them.

import NATSClient

enum Tour {
    static func connect() async throws -> NATSConnection {
        let nats = try await NATS.connect("nats://127.0.0.1:4222")
        return nats
    }

    static func publish(_ nats: NATSConnection) async throws {
        try await nats.publish("sensors.hall.temperature", "21.5")
        try await nats.publish("sensors.hall.temperature", "21.6", headers: ["Trace": "c0ffee"])

        // To one subject a million times: checked and encoded once.
        let temperature = try nats.publisher(for: "sensors.hall.temperature")
        try temperature.publish("21.7")

        try await nats.flush()  // the server has them all
    }

    static func subscribe(_ nats: NATSConnection) async throws {
        // 1. A sequence: one message after the other, on your task.
        let orders = try await nats.subscribe("orders.>", queueGroup: "billing")
        Task {
            for try await order in orders {
                print(order.subject, order.string)
                if order.reply != nil { try order.respond("accepted") }
            }
        }

        // 2. Batches: one hand-over for everything that waits.
        let readings = try await nats.subscribe("sensors.*.temperature")
        Task {
            for try await batch in readings.batches {
                for reading in batch { store(reading.bytes) }
            }
        }

        // 3. An inline handler: on the reactor's thread, a borrowed view, nothing copied or queued.
        let ticks = try await nats.subscribe("ticks.>") { tick in
            if tick.bytes.isEmpty { return }
            latest.store(tick.bytes.count, ordering: .relaxed)
        }
        ticks.unsubscribe(after: 1_000)
    }

    static func request(_ nats: NATSConnection) async throws {
        do {
            let reply = try await nats.request("orders.new", "3 apples", timeout: .seconds(2))
            print(reply.string)
        } catch let error as NATSError where error.code == .noResponders {
            print("nobody takes orders at the moment")
        }
    }

    static func drain(_ nats: NATSConnection) async throws {
        let outcome = try await nats.drain(timeout: .seconds(30))
        if outcome != .complete { print("not everything was delivered: \(outcome)") }
    }
}
