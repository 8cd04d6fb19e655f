// A service that answers, a client that asks, and what happens when nobody answers.
//
//     example-request-reply [url]

import NATSClient

@main
struct RequestReply {
    static func main() async throws {
        let url = CommandLine.arguments.dropFirst().first

        try await NATS.withConnection(url) { nats in
            let users = try await nats.subscribe("users.get", queueGroup: "users")
            let service = Task {
                for try await request in users {
                    try request.respond("\(request.string) is called Ada")
                }
            }

            // All requests of a connection share one inbox; each has a deadline (5 s unless said otherwise).
            let reply = try await nats.request("users.get", "user-7", timeout: .seconds(2))
            print(reply.string)

            // Many at once: each task waits for its own reply.
            try await withThrowingTaskGroup(of: String.self) { group in
                for id in 0..<5 {
                    group.addTask { try await nats.request("users.get", "user-\(id)").string }
                }
                for try await answer in group { print(answer) }
            }

            // Nobody listens there: known at once, not after the deadline.
            do {
                _ = try await nats.request("users.delete", "user-7")
            } catch let error as NATSError where error.code == .noResponders {
                print("as expected, \(error)")
            }

            // Takes no further requests, answers what has arrived, and ends the service's loop.
            try await users.drain()
            try await service.value
        }
    }
}
