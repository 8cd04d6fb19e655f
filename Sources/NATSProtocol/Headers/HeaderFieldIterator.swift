/// Walks the headers of a block in order.
package struct HeaderFieldIterator: ~Escapable {
    private let bytes: Span<UInt8>
    private var offset: Int
    /// The first line without its line end; empty when it isn't `NATS/1.0`, alone or followed by a blank.
    internal let versionLine: Range<Int>
    /// How many lines before the current one break the rules.
    package private(set) var malformedLineCount: Int

    @_lifetime(copy bytes)
    internal init(_ bytes: Span<UInt8>) {
        self.bytes = bytes
        let first = Self.line(bytes, from: 0, upTo: bytes.count)
        let version = HeaderBlockView.version
        let hasVersion =
            bytes.agreeingCount(with: version, at: 0) == version.utf8CodeUnitCount
            && (first.content.count == version.utf8CodeUnitCount || bytes[version.utf8CodeUnitCount].isSpaceOrTab)
        versionLine = hasVersion ? first.content : 0..<0
        malformedLineCount = hasVersion || bytes.isEmpty ? 0 : 1
        offset = first.end
    }

    /// The next header; nil after the last one, again and again.
    @_lifetime(self: copy self)
    package mutating func next() -> HeaderField? {
        while offset < bytes.count {
            let start = offset
            let line = Self.line(bytes, from: start, upTo: bytes.count)
            if line.content.isEmpty {
                offset = bytes.count
                return nil
            }
            offset = line.end
            guard let colon = nameEnd(in: line.content) else {
                malformedLineCount &+= 1
                continue
            }
            var value = colon &+ 1..<line.content.upperBound
            var isFolded = false
            while offset < bytes.count, bytes[offset].isSpaceOrTab {
                let continuation = Self.line(bytes, from: offset, upTo: bytes.count)
                value = value.lowerBound..<continuation.content.upperBound
                offset = continuation.end
                isFolded = true
            }
            return HeaderField(
                lines: start..<offset, name: start..<colon, value: bytes.trimmingBlanks(value), isFolded: isFolded)
        }
        return nil
    }

    /// Goes on at `offset`, where a line starts.
    @_lifetime(self: copy self)
    internal mutating func skip(to offset: Int) {
        self.offset = offset
    }

    /// Where the colon after the name is; nil when the line has no name. A name may hold anything but blanks: what
    /// others wrote is passed on as it is.
    private func nameEnd(in line: Range<Int>) -> Int? {
        var index = line.lowerBound
        while index < line.upperBound, bytes[index] > 0x20 {
            if bytes[index] == UInt8(ascii: ":") { return index > line.lowerBound ? index : nil }
            index &+= 1
        }
        return nil
    }

    /// The line that starts at `start`: its content without the line end, and where the next line starts.
    internal static func line(
        _ bytes: Span<UInt8>, from start: Int, upTo limit: Int
    ) -> (content: Range<Int>, end: Int) {
        var index = start
        while index < limit, bytes[index] != 0x0A { index &+= 1 }
        let end = index < limit ? index &+ 1 : limit
        if index > start, bytes[index &- 1] == 0x0D { index &-= 1 }
        return (start..<index, end)
    }
}
