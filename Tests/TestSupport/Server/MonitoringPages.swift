import Glibc

/// What tests read of `/connz` (with `?subs=1` for the subscriptions).
package struct ConnectionsPage: Decodable, Sendable {
    package struct Connection: Decodable, Sendable {
        package let cid: UInt64
        package let name: String?
        package let lang: String?
        package let version: String?
        package let subscriptions: Int
        package let in_msgs: Int
        package let out_msgs: Int
        package let in_bytes: Int
        package let out_bytes: Int
        package let pending_bytes: Int
        package let subscriptions_list: [String]?
    }

    package let num_connections: Int
    package let connections: [Connection]
}

/// What tests read of `/subsz`.
package struct SubscriptionsPage: Decodable, Sendable {
    package let num_subscriptions: Int
}

/// What tests read of `/varz`.
package struct ServerPage: Decodable, Sendable {
    package let connections: Int
    package let total_connections: Int
    package let subscriptions: Int
    package let in_msgs: Int
    package let out_msgs: Int
    package let in_bytes: Int
    package let out_bytes: Int
    package let slow_consumers: Int
}

/// The smallest HTTP client: one GET on loopback, blocking, with a deadline.
enum HTTPGet {
    static func body(port: UInt16, path: String, within limit: Duration = .seconds(5)) throws -> [UInt8] {
        let socket = try Socket.connect(port: port)
        let never = try WakePipe()
        let end = ContinuousClock.now.advanced(by: limit)
        let request = Array("GET \(path) HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n".utf8)
        guard socket.write(request[...]) == request.count else { throw SocketError(operation: "send") }
        var response: [UInt8] = []
        reading: while true {
            guard wait(for: POLLIN, on: socket, wake: never, until: end) == .ready else {
                throw SocketError(operation: "GET \(path)", code: ETIMEDOUT)
            }
            switch socket.read(atMost: 65_536) {
            case .bytes(let bytes): response += bytes
            case .wouldBlock: continue
            case .end: break reading
            case .failed(let error): throw error
            }
        }
        let isOK = response.starts(with: Array("HTTP/1.0 200".utf8))
        guard isOK, let start = bodyStart(of: response) else { throw SocketError(operation: "GET \(path)", code: EPROTO) }
        return Array(response[start...])
    }

    private static func bodyStart(of response: [UInt8]) -> Int? {
        guard response.count >= 4 else { return nil }
        let blankLine = Array("\r\n\r\n".utf8)
        return (0...(response.count - 4)).first { response[$0..<$0 + 4].elementsEqual(blankLine) }.map { $0 + 4 }
    }
}
