internal import Glibc
import NATSProtocol

/// Short texts of a server: errors, versions, times.
enum ServerTextsTarget: FuzzTarget {
    static let name = "server-texts"
    static let byteCountMax = 256

    static func run(_ input: Span<UInt8>) throws(FuzzFinding) {
        try expectError(input)
        let words = input.text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        try expectVersions(words[0], words.count > 1 ? words[1] : "2.10.0-RC.1")
        try expectTime(input.text)
    }

    private static func expectError(_ input: Span<UInt8>) throws(FuzzFinding) {
        let error = ServerError(input)
        try expectEqual(ServerError(text: input.text).kind, error.kind, "the kind of a text")
        // What has been trimmed has nothing to trim.
        try expectEqual(ServerError(text: error.text).kind, error.kind, "the kind of the trimmed text")
        try expect(!error.advice.isEmpty, "no advice")
        try expect(!error.isTransient || !error.closesConnection, "closes the connection, and is transient")
        switch error.kind {
        case .subscriptionPermissionViolation, .publishPermissionViolation, .replyPermissionViolation: break
        default: try expect(error.subject == nil && error.reply == nil, "a subject in another error")
        }
    }

    private static func expectVersions(_ first: String, _ second: String) throws(FuzzFinding) {
        guard let left = ServerVersion(first) else { return }
        try expectEqual(ServerVersion("\(left)"), left, "the description of a version")
        guard let right = ServerVersion(second) else { return }
        let orders = [left < right, right < left, left == right]
        try expectEqual(orders.count { $0 }, 1, "\(left) and \(right) are in \(orders)")
    }

    private static func expectTime(_ text: String) throws(FuzzFinding) {
        guard let time = ServerTime(text) else { return }
        try expectEqual(time.duration(since: time), .zero, "the time since itself")
        let bytes = Array(text.utf8)
        guard bytes.count >= 19 else { throw FuzzFinding("a time of \(bytes.count) bytes") }
        func number(_ range: Range<Int>) -> Int32 { Int32(String(decoding: bytes[range], as: UTF8.self)) ?? -1 }
        var parts = unsafe tm()
        unsafe (parts.tm_year, parts.tm_mon, parts.tm_mday) = (number(0..<4) - 1900, number(5..<7) - 1, number(8..<10))
        unsafe (parts.tm_hour, parts.tm_min, parts.tm_sec) = (number(11..<13), number(14..<16), number(17..<19))
        var seconds = unsafe timegm(&parts)
        if bytes.last != UInt8(ascii: "Z"), bytes.last != UInt8(ascii: "z") {
            let end = bytes.count
            let offset = Int(number(end - 5..<end - 3)) * 3600 + Int(number(end - 2..<end)) * 60
            seconds -= bytes[end - 6] == UInt8(ascii: "-") ? -offset : offset
        }
        let found = time.nanosecondsSince1970
        let (quotient, remainder) = found.quotientAndRemainder(dividingBy: 1_000_000_000)
        try expectEqual(Int(remainder < 0 ? quotient - 1 : quotient), seconds, "the seconds of \(text)")
    }
}
