import NATSClient
import NATSStores
import TestSupport
import Testing

extension JetStream {
    /// Publishes as any client can, and waits for the acknowledgement.
    func store(_ subject: String, _ payload: String = "", headers: Headers? = nil) async throws {
        // The other servers of a cluster hear of a new stream's subjects a little later.
        try await eventually("somebody listens on \(subject)") {
            do {
                let reply = try await connection.request(subject, payload, headers: headers)
                try #require(reply.string.contains(#""stream""#), "not stored: \(reply.string)")
                return true
            } catch let error as NATSError where error.code == .noResponders {
                return false
            }
        }
    }

    /// `<prefix>.1` to `<prefix>.<count>`, each with its number.
    func store(_ count: Int, on prefix: String) async throws {
        for number in 1...count { try await store("\(prefix).\(number)", "\(number)") }
    }
}

extension ServerTime {
    /// Noon of a day in October, in this year.
    static func october(_ day: Int, _ year: Int) -> ServerTime {
        ServerTime("\(year)-10-\(day < 10 ? "0" : "")\(day)T12:00:00Z") ?? ServerTime(nanosecondsSince1970: 0)
    }
}

extension [String: String] {
    /// Without what servers add.
    var withoutServers: Self { filter { !$0.key.hasPrefix("_nats.") } }
}
