import Glibc

/// The smallest HTTP client: one GET on loopback, blocking, with a deadline.
enum HTTPGet {
    static func body(port: UInt16, path: String, within limit: Duration = .seconds(30)) throws -> [UInt8] {
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
        guard isOK, let start = bodyStart(of: response) else {
            throw SocketError(operation: "GET \(path)", code: EPROTO)
        }
        return Array(response[start...])
    }

    private static func bodyStart(of response: [UInt8]) -> Int? {
        guard response.count >= 4 else { return nil }
        let blankLine = Array("\r\n\r\n".utf8)
        return (0...(response.count - 4)).first { response[$0..<$0 + 4].elementsEqual(blankLine) }.map { $0 + 4 }
    }
}
