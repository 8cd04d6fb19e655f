import NATSClient
import Synchronization

let latest = Atomic(0)

func store(_ bytes: Span<UInt8>) { latest.store(bytes.count, ordering: .relaxed) }

/// Runs every sample once, against `NATS_URL`.
@main
struct Snippets {
    static func main() async throws {
        let nats = try await NATS.connect()
        Account.observe(nats)
        try await Tour.subscribe(nats)
        try await Tour.publish(nats)
        try await nats.publish("orders.new", "2 pears")
        try await Tour.request(nats)
        try await Values.request(nats)
        // Where a backup may be written to, when the server has JetStream.
        if let folder = CommandLine.arguments.dropFirst().first {
            try await Managing.run(nats, folder: folder)
            try await Objects.readme(nats)
        }
        guard Account.isBalanced(nats) else { return print("the account doesn't add up") }
        try await Tour.drain(nats)
        try await NATS.withConnection(options: Tuning.lowLatency()) { try await Tour.publish($0) }
        print("every snippet has run")
    }
}
