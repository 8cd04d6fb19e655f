// The README's samples of values as payloads. Scripts/check-readme compares them with the README word for word.

import NATSClient
import NATSFoundation

enum Values {
    struct Query: Codable {
        var id: Int
    }

    struct User: Codable {
        var id: Int
        var name: String
    }

    static func request(_ nats: NATSConnection) async throws {
        let users = try await nats.subscribe("users.get")
        Task {
            for try await message in users {
                let query = try message.decode(Query.self)
                try message.respond(encoding: User(id: query.id, name: "Ada"))
            }
        }
        let user: User = try await nats.request("users.get", encoding: Query(id: 7))
        print(user.name)
    }
}
