import Foundation
import Glibc

/// One connection of a tunnel proxy, on a thread of its own.
final class Tunnel {
    private struct Stop: Error {}

    private let proxy: TunnelProxy
    private let client: Socket
    private var unread: [UInt8] = []

    init(proxy: TunnelProxy, client: Socket) {
        self.proxy = proxy
        self.client = client
    }

    func run() {
        do {
            let port = try proxy.kind == .http ? answerHTTP() : answerSOCKS5()
            guard let server = try? Socket.connect(port: port) else { return }
            try send(success, to: client)
            try forward(server)
        } catch {
            // The client has gone, was refused, or the proxy is being stopped.
        }
    }

    private var success: [UInt8] {
        switch proxy.kind {
        case .http: Array("HTTP/1.1 200 Connection established\r\nVia: a test\r\n\r\n".utf8)
        case .socks5: [5, 0, 0, 1, 127, 0, 0, 1, 0, 80]
        }
    }

    // MARK: Handshakes

    private func answerHTTP() throws -> UInt16 {
        while !String(decoding: unread, as: UTF8.self).contains("\r\n\r\n") { try receive() }
        let lines = String(decoding: unread, as: UTF8.self).components(separatedBy: "\r\n")
        unread = []
        let words = lines[0].split(separator: " ")
        guard words.count == 3, words[0] == "CONNECT", let port = words[1].split(separator: ":").last.flatMap({ UInt16($0) })
        else { return try refuse("400 Bad Request") }
        proxy.note(target: String(words[1]))
        if let credentials = proxy.credentials {
            let text = Data("\(credentials.user):\(credentials.password)".utf8).base64EncodedString()
            guard lines.contains("Proxy-Authorization: Basic \(text)") else {
                return try refuse("407 Proxy Authentication Required")
            }
        }
        try behave { _ = try refuse("403 Forbidden") }
        return port
    }

    private func refuse(_ status: String) throws -> UInt16 {
        try send(Array("HTTP/1.1 \(status)\r\nContent-Length: 0\r\n\r\n".utf8), to: client)
        try awaitEnd()
    }

    private func answerSOCKS5() throws -> UInt16 {
        let offer = try take(2)
        let methods = try take(Int(offer[1]))
        let method: UInt8 = proxy.credentials == nil ? 0 : 2
        guard offer[0] == 5, methods.contains(method) else {
            try send([5, 0xFF], to: client)
            try awaitEnd()
        }
        try send([5, method], to: client)
        if let credentials = proxy.credentials {
            let user = try take(Int(try take(2)[1]))
            let password = try take(Int(try take(1)[0]))
            let isRight = user == Array(credentials.user.utf8) && password == Array(credentials.password.utf8)
            try send([1, isRight ? 0 : 1], to: client)
            if !isRight { try awaitEnd() }
        }
        let request = try take(4)
        let host: String
        switch request[3] {
        case 1: host = try take(4).map(String.init).joined(separator: ".")
        case 3: host = String(decoding: try take(Int(try take(1)[0])), as: UTF8.self)
        default: host = "v6(\(try take(16)))"
        }
        let port = try take(2)
        let number = UInt16(port[0]) << 8 | UInt16(port[1])
        proxy.note(target: "\(host):\(number)")
        try behave {
            try send([5, 2, 0, 1, 0, 0, 0, 0, 0, 0], to: client)
            try awaitEnd()
        }
        return number
    }

    private func behave(_ refuse: () throws -> Void) throws {
        switch proxy.manner {
        case .helpful: break
        case .refusing: try refuse()
        case .silent: try awaitEnd()
        case .closing: throw Stop()
        }
    }

    // MARK: Bytes

    private func take(_ count: Int) throws -> [UInt8] {
        while unread.count < count { try receive() }
        defer { unread.removeFirst(count) }
        return Array(unread.prefix(count))
    }

    private func receive() throws {
        guard let bytes = try read(client) else { throw Stop() }
        unread += bytes
    }

    private func awaitEnd() throws -> Never {
        while try read(client) != nil {}
        throw Stop()
    }

    /// Nil at the end.
    private func read(_ socket: Socket) throws -> [UInt8]? {
        while true {
            guard wait(for: POLLIN, on: socket, wake: proxy.wake, until: .now.advanced(by: .seconds(3600))) == .ready else {
                throw Stop()
            }
            switch socket.read(atMost: 65_536) {
            case .bytes(let bytes): return bytes
            case .wouldBlock: continue
            case .end, .failed: return nil
            }
        }
    }

    private func send(_ bytes: [UInt8], to socket: Socket) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let sent = socket.write(rest) else { throw Stop() }
            rest = rest.dropFirst(sent)
            guard sent == 0 else { continue }
            guard wait(for: POLLOUT, on: socket, wake: proxy.wake, until: .now.advanced(by: .seconds(30))) == .ready else {
                throw Stop()
            }
        }
    }

    /// Both directions, until one side ends. One at a time: a test's traffic never fills both buffers.
    private func forward(_ server: Socket) throws {
        if !unread.isEmpty { try send(unread, to: server) }
        var entries = [proxy.wake.readEnd, client.descriptor, server.descriptor].map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        while true {
            unsafe _ = poll(&entries, nfds_t(entries.count), 1000)
            if entries[0].revents != 0 { return }
            if entries[1].revents != 0 {
                guard let bytes = try read(client) else { return }
                try send(bytes, to: server)
            }
            if entries[2].revents != 0 {
                guard let bytes = try read(server) else { return }
                try send(bytes, to: client)
            }
        }
    }
}
