import Foundation
import Glibc

/// A blocking TCP client with a receive deadline: what the test servers are tested with.
final class RawClient {
    enum Received: Equatable {
        case text(String)
        case end
        case reset
        case nothing
    }

    /// Everything until the end of a connection, and how it ended.
    struct Transcript: Equatable {
        let text: String
        let end: Received
    }

    private let descriptor: Int32

    struct Refused: Error {}

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Refused() }
    }

    deinit { close(descriptor) }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        unsafe _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// What the next read gives. `isPatient: false` asks only for what is there already.
    func receive(isPatient: Bool = true) -> Received {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let flags = isPatient ? 0 : Int32(MSG_DONTWAIT)
        let count = unsafe recv(descriptor, &bytes, bytes.count, flags)
        if count > 0 { return .text(String(decoding: bytes.prefix(count), as: UTF8.self)) }
        if count == 0 { return .end }
        return errno == ECONNRESET ? .reset : .nothing
    }

    struct NoText: Error {
        let received: Received
    }

    /// The text that the next read gives; throws when there is none.
    func receiveText() throws -> String {
        let received = receive()
        guard case .text(let text) = received else { throw NoText(received: received) }
        return text
    }

    /// Reads until exactly this many bytes have come, or the connection has ended.
    func receive(count: Int) -> String {
        var text = ""
        while text.utf8.count < count, case .text(let more) = receive() { text += more }
        return text
    }

    /// Reads to the end of the connection.
    func receiveToEnd() -> Transcript {
        var text = ""
        while true {
            let received = receive()
            guard case .text(let more) = received else { return Transcript(text: text, end: received) }
            text += more
        }
    }

    func finishWriting() { shutdown(descriptor, Int32(SHUT_WR)) }
}
