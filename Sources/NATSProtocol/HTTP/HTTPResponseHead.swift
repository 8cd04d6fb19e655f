/// The head of a response of HTTP/1: what an upgrade and a CONNECT are answered with.
struct HTTPResponseHead: Equatable, Sendable {
    let status: Int
    /// The text behind the status, made harmless for logs: printable ASCII, at most 80 characters.
    let reason: String
    let fields: [HTTPField]

    /// The values of all fields of that name; names are compared without case.
    func values(of name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    /// The members of comma-separated lists, of all fields of that name, without blanks around them.
    func list(_ name: String) -> [String] {
        values(of: name).flatMap { $0.split(separator: ",") }.map { String($0).trimmingBlanks() }
    }

    func hasMember(_ member: String, in name: String) -> Bool {
        list(name).contains { $0.lowercased() == member.lowercased() }
    }
}

/// A field of an HTTP head.
package struct HTTPField: Hashable, Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// Whether it can be written into a request without changing the rest of it (RFC 9110 section 5).
    package var isWellFormed: Bool {
        !name.isEmpty && name.utf8.allSatisfy(\.isHTTPTokenByte)
            && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    }
}

extension UInt8 {
    /// The characters of names in HTTP.
    var isHTTPTokenByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(self)
        }
    }
}

/// Why an answer isn't the head of a response of HTTP/1.
package enum HTTPResponseError: Error, Hashable, Sendable {
    /// The peer speaks another protocol.
    case notHTTP
    /// The peer sent INFO: it is a NATS server's port for clients without WebSocket.
    case speaksNATS
    case tooLong(limit: Int)
    case malformed
}

extension HTTPResponseError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notHTTP: "the peer doesn't answer in HTTP"
        case .speaksNATS: "the peer is a NATS server's port for nats:// and tls://"
        case .tooLong(let limit): "the head of the response has more than \(limit) bytes"
        case .malformed: "the head of the response can't be read"
        }
    }
}
