/// Finds and reads the head of a response. The caller keeps the unread bytes and calls again with more of them; how
/// they were cut changes nothing.
///
/// Grammar: RFC 9112 section 4. Lines end with CR LF or a single LF; folded fields are refused.
struct HTTPResponseScanner: Sendable {
    /// Proxies add fields of their own, but a head has no business to be larger.
    static let byteCountMax = 16 << 10

    /// Where the current line starts and how far it was searched, from the head's first byte.
    private var lineStart = 0
    private var searchedCount = 0

    /// The head that starts at `start`, and where it ends; nil when there are too few bytes.
    mutating func next(
        _ bytes: Span<UInt8>, from start: Int
    ) throws(HTTPResponseError) -> (head: HTTPResponseHead, end: Int)? {
        guard start >= 0, start < bytes.count else { return nil }
        let head = bytes.extracting(start..<min(bytes.count, start + Self.byteCountMax))
        guard try Self.isHTTP(head) else { return nil }
        while searchedCount < head.count {
            let index = searchedCount
            searchedCount += 1
            guard head[index] == 0x0A else { continue }
            let line = Self.line(head, lineStart..<index)
            lineStart = index + 1
            if line.isEmpty {
                return (try Self.parse(head.extracting(0..<index)), start + index + 1)
            }
        }
        guard searchedCount < Self.byteCountMax else { throw .tooLong(limit: Self.byteCountMax) }
        return nil
    }

    /// Looks at the first bytes; false when there are too few to tell.
    private static func isHTTP(_ head: Span<UInt8>) throws(HTTPResponseError) -> Bool {
        let (http, info): (StaticString, StaticString) = ("HTTP/1.", "INFO ")
        let agreeing = head.agreeingCount(with: http, at: 0)
        if agreeing == http.utf8CodeUnitCount { return true }
        if agreeing == head.count { return false }
        let agreeingInfo = head.agreeingCount(with: info, at: 0)
        if agreeingInfo == info.utf8CodeUnitCount { throw .speaksNATS }
        if agreeingInfo == head.count { return false }
        throw .notHTTP
    }

    /// Without the CR at its end.
    private static func line(_ head: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        guard let last = range.last, head[last] == 0x0D else { return range }
        return range.lowerBound..<last
    }

    private static func parse(_ head: Span<UInt8>) throws(HTTPResponseError) -> HTTPResponseHead {
        var status: (code: Int, reason: String)?
        var fields: [HTTPField] = []
        var start = 0
        for index in head.indices where head[index] == 0x0A {
            let line = line(head, start..<index)
            start = index + 1
            if status == nil {
                status = try statusLine(head.extracting(line))
            } else {
                fields.append(try field(head, line))
            }
        }
        guard let status else { throw .malformed }
        return HTTPResponseHead(status: status.code, reason: status.reason, fields: fields)
    }

    /// `HTTP/1.x SP 3DIGIT [SP reason]`
    private static func statusLine(_ line: Span<UInt8>) throws(HTTPResponseError) -> (code: Int, reason: String) {
        guard line.count >= 12, line[7] &- 0x30 <= 9, line[8] == 0x20, let code = Decimal.parse(line, 9, 12),
            line.count == 12 || line[12] == 0x20
        else { throw .malformed }
        return (Int(code), String(harmless: line.extracting(droppingFirst: 13)))
    }

    private static func field(_ head: Span<UInt8>, _ line: Range<Int>) throws(HTTPResponseError) -> HTTPField {
        guard let colon = line.first(where: { head[$0] == UInt8(ascii: ":") }), colon > line.lowerBound else {
            throw .malformed
        }
        for index in line.lowerBound..<colon where !head[index].isHTTPTokenByte { throw .malformed }
        let value = head.trimmingBlanks(colon + 1..<line.upperBound)
        return HTTPField(
            String(repairing: head.extracting(line.lowerBound..<colon)), String(repairing: head.extracting(value)))
    }
}
