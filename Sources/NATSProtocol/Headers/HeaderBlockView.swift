/// One header in a block, as ranges of the block's bytes. Nothing is copied or decoded.
package struct HeaderField: Equatable, Sendable {
    /// Where the header's first line starts; after its last one.
    package let lines: Range<Int>
    package let name: Range<Int>
    /// Without the blanks around it. A folded value includes the line ends and blanks between its parts.
    package let value: Range<Int>
    /// The value goes on over several lines.
    package let isFolded: Bool
}

/// A look at a header block, from whatever bytes came: lazy, and total over all of them.
///
/// A block is the line `NATS/1.0 [status [description]]`, header lines `Name: value`, and an empty line. What breaks
/// these rules is skipped and counted: lines without a colon or without a name, a first line of another protocol.
/// Lines end with LF, with or without CR before it; the block ends at the empty line or where the bytes end; a line
/// that begins with a blank continues the value before it (only foreign writers do that).
///
/// Source: ADR-4.
package struct HeaderBlockView: ~Escapable {
    internal let bytes: Span<UInt8>

    @_lifetime(copy bytes)
    package init(_ bytes: Span<UInt8>) {
        self.bytes = bytes
    }

    /// Walks the headers in the order of the block.
    package var fields: HeaderFieldIterator {
        @_lifetime(copy self)
        get { HeaderFieldIterator(bytes) }
    }

    /// How many headers there are; walks the block.
    package var count: Int {
        var iterator = fields
        var count = 0
        while iterator.next() != nil { count &+= 1 }
        return count
    }

    /// How many lines break the rules; walks the block.
    package var malformedLineCount: Int {
        var iterator = fields
        while iterator.next() != nil {}
        return iterator.malformedLineCount
    }

    /// The status in the first line. nil when there is none, which is the rule, or when it isn't three digits.
    package var status: HeaderStatus? {
        guard let code = statusCode else { return nil }
        let line = fields.versionLine
        let description = bytes.trimmingBlanks(line.lowerBound &+ Self.version.utf8CodeUnitCount..<line.upperBound)
        let text = bytes.trimmingBlanks(description.lowerBound &+ 3..<description.upperBound)
        return HeaderStatus(code: code, description: String(repairing: bytes.extracting(text)))
    }

    /// The code of `status`, without making a string.
    package var statusCode: Int? {
        let line = fields.versionLine
        guard !line.isEmpty else { return nil }
        let rest = bytes.trimmingBlanks(line.lowerBound &+ Self.version.utf8CodeUnitCount..<line.upperBound)
        guard rest.count >= 3, let code = Decimal.parse(bytes, rest.lowerBound, rest.lowerBound &+ 3) else {
            return nil
        }
        // `NATS/1.0 5034` isn't a status.
        guard rest.count == 3 || bytes[rest.lowerBound &+ 3].isSpaceOrTab else { return nil }
        return Int(truncatingIfNeeded: code)
    }

    /// The first header with this name.
    package func first(for name: Span<UInt8>, caseInsensitive: Bool = false) -> HeaderField? {
        var iterator = fields
        while let field = iterator.next() {
            if self.name(field, equals: name, caseInsensitive: caseInsensitive) { return field }
        }
        return nil
    }

    /// The last header with this name. Servers append: of a name that a message had before, the last one is theirs. Walks the block.
    package func last(for name: Span<UInt8>) -> HeaderField? {
        var iterator = fields
        var last: HeaderField?
        while let field = iterator.next() {
            if self.name(field, equals: name, caseInsensitive: false) { last = field }
        }
        return last
    }

    package func name(_ field: HeaderField, equals name: Span<UInt8>, caseInsensitive: Bool) -> Bool {
        guard field.name.count == name.count else { return false }
        for index in 0..<name.count {
            let (left, right) = (bytes[field.name.lowerBound &+ index], name[index])
            guard left != right else { continue }
            guard caseInsensitive, left.lowercasedASCII == right.lowercasedASCII else { return false }
        }
        return true
    }

    package func name(of field: HeaderField) -> String {
        String(repairing: bytes.extracting(field.name))
    }

    /// The value as text; the parts of a folded one are joined by one space.
    package func value(of field: HeaderField) -> String {
        guard field.isFolded else { return String(repairing: bytes.extracting(field.value)) }
        var joined = ByteBuffer(minimumCapacity: field.value.count)
        var start = field.value.lowerBound
        while start < field.value.upperBound {
            let line = HeaderFieldIterator.line(bytes, from: start, upTo: field.value.upperBound)
            if start > field.value.lowerBound { joined.append(0x20) }
            joined.append(bytes.extracting(bytes.trimmingBlanks(line.content)))
            start = line.end
        }
        return String(repairing: joined.span)
    }

    internal static var version: StaticString { "NATS/1.0" }
}
