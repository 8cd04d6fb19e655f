// Publishes ten temperatures, and ends when the server has them.
//
//     example-publish [url]

import NATSClient

@main
struct Publish {
    static func main() async throws {
        let url = CommandLine.arguments.dropFirst().first  // nil: $NATS_URL, else nats://127.0.0.1:4222

        // At the end of the scope the connection drains: what was published is at the server, then it closes.
        try await NATS.withConnection(url) { nats in
            // In asynchronous code `publish` suspends while the outbound buffer (8 MiB) is full, and only then.
            try await nats.publish("sensors.hall.temperature", "21.5")

            // Headers travel beside the payload; a repeated name keeps all its values.
            try await nats.publish("sensors.hall.temperature", "21.6", headers: ["Unit": "°C", "Trace": "c0ffee"])

            // For a subject that is published to a million times: checked and encoded once, no allocation afterwards.
            let temperature = try nats.publisher(for: "sensors.hall.temperature")
            for step in 0..<8 {
                try await temperature.ready()  // suspends at the high-water mark, as `publish` above does by itself
                try temperature.publish("22.\(step)")
            }

            // A fence: returns when the server has everything up to here.
            try await nats.flush()
            let account = nats.statistics
            print("published \(account.publishesAccepted), at the server \(account.publishesFenced)")
        }
    }
}
