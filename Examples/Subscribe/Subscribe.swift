// Prints what is published, and ends after so many messages.
//
//     example-subscribe [subject [count [url]]]

import NATSClient

@main
struct Subscribe {
    static func main() async throws {
        var arguments = CommandLine.arguments.dropFirst()
        let subject = arguments.popFirst() ?? "sensors.>"
        let count = arguments.popFirst().flatMap { Int($0) } ?? 10
        let url = arguments.popFirst()

        try await NATS.withConnection(url) { nats in
            // What happens to the connection meanwhile: lost, restored, a consumer that is too slow …
            let observer = Task {
                for await event in nats.events {
                    if case .disconnected(let report) = event { print("lost the server: \(report.cause)") }
                    if case .slowConsumer(let report) = event { print("too slow: \(report.droppedMessages) dropped") }
                }
            }
            defer { observer.cancel() }

            // Returns when the server has accepted it. Messages wait in a bounded queue until the loop takes them.
            let subscription = try await nats.subscribe(subject)
            // The server counts too; the sequence ends behind the last message.
            subscription.unsubscribe(after: count)
            print("listening on \(subject) for \(count) messages")

            for try await message in subscription {
                let unit = message.header("Unit") ?? ""
                print("\(message.subject)  \(message.string) \(unit)")
            }
        }
    }
}
