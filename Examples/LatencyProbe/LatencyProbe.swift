// Measures the round trip of a message through the server, with no thread but the reactor's: pinned to a CPU, polling
// instead of sleeping, the next message published by the handler of the one before. A closed loop of one message.
//
//     example-latency-probe [round trips [cpu [url]]]

import NATSClient

@main
struct LatencyProbe {
    static func main() async throws {
        var arguments = CommandLine.arguments.dropFirst()
        let count = max(1, arguments.popFirst().flatMap { Int($0) } ?? 10_000)
        let cpu = arguments.popFirst().flatMap { Int($0) } ?? 0
        let url = arguments.popFirst()

        var options = ConnectOptions()
        // Polls for up to 200 µs before it sleeps: costs a CPU, saves the wake-up.
        options.eventLoop = EventLoop(
            configuration: .init(name: "latency-probe", cpu: cpu, busyPoll: .microseconds(200)))

        try await NATS.withConnection(url, options: options) { nats in
            let probe = Probe(count: count)
            let ball = try nats.publisher(for: "probe.ball")
            // The handler runs on the reactor's thread, with a borrowed view: no copy, no queue, no task, no hop.
            let subscription = try await nats.subscribe("probe.ball") { message in
                if probe.isDone(at: .now) { return }
                // Refused only when the connection is closed, and then `ended()` below tells why.
                try? ball.publish(message.bytes)
            }
            subscription.unsubscribe(after: count)
            probe.start(at: .now)
            try ball.publish("ping")
            if let error = try await subscription.ended() { throw error }

            let sorted = probe.durations.sorted()
            print("\(count) round trips on \(nats.eventLoop.backend?.description ?? "?")")
            for percent in [50, 90, 99] { print("p\(percent)  \(sorted[sorted.count * percent / 100])") }
            print("max  \(sorted[sorted.count - 1])")
        }
    }
}
