@testable import NATSProtocol

// `#expect` takes no expression with a span in it, so the tests ask arrays.

extension [UInt8] {
    var firstBlank: Int { span.firstBlank }
    func firstLineEnd(from start: Int) -> Int { span.firstLineEnd(from: start) }
    func blanks64(at offset: Int) -> UInt64 { span.blanks64(at: offset) }
    func word32(at offset: Int) -> UInt32 { span.word32(at: offset) }
    func byte(at offset: Int) -> UInt8 { span.byte(at: offset) }
    func hasLineEnd(at offset: Int) -> Bool { span.hasLineEnd(at: offset) }
    func decimal(from start: Int, to end: Int) -> UInt64? { span.decimal(from: start, to: end) }
    func parsedDecimal(from start: Int, to end: Int) -> UInt64? { Decimal.parse(span, start, end) }
}

extension ByteBuffer {
    var bytes: [UInt8] { span.indices.map { span[$0] } }
    var text: String { String(repairing: span) }
}
