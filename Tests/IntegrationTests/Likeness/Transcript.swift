import Foundation

/// What a server has said, without what differs from server to server.
struct Transcript: Equatable, CustomStringConvertible {
    private(set) var lines: [String] = []
    private var rest = ""

    mutating func append(_ bytes: [UInt8]) {
        rest += String(decoding: bytes, as: UTF8.self)
        while let end = rest.range(of: "\r\n") {
            note(String(rest[..<end.lowerBound]))
            rest = String(rest[end.upperBound...])
        }
    }

    mutating func end() {
        if !rest.isEmpty { lines.append("and \(rest)") }
        rest = ""
        lines.append("the end")
    }

    private mutating func note(_ line: String) {
        // Servers look after their clients when they please.
        if line == "PING" { return }
        lines.append(line.hasPrefix("INFO ") ? Self.essence(of: line.dropFirst(5)) : line)
    }

    /// The fields that a client acts upon.
    private static func essence(of json: Substring) -> String {
        guard let object = try? JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] else { return "INFO ?" }
        var fields: [String] = []
        for name in ["headers", "auth_required", "tls_required", "ldm", "connect_info"] where object[name] as? Bool == true {
            fields.append(name)
        }
        for name in ["max_payload", "proto"] { fields.append("\(name) \(object[name] ?? "-")") }
        for name in ["server_id", "server_name", "version", "nonce"] where object[name] is String { fields.append(name) }
        if object["client_id"] is Int { fields.append("client_id") }
        fields.append("\((object["connect_urls"] as? [String])?.count ?? 0) connect_urls")
        return "INFO \(fields.joined(separator: ", "))"
    }

    var description: String { lines.joined(separator: "\n") }
}
