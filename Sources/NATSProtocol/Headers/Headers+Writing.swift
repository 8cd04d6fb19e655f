extension Headers {
    /// Adds a header after the others; ones of the same name stay.
    ///
    /// Blanks at the ends of a value don't survive the wire (ADR-4), so they are left out here already.
    ///
    /// - Throws: `HeaderError` when the name is empty or has a byte outside of 33...126 or a colon, or when the value
    ///   has a CR or LF. Nothing is changed then.
    public mutating func append(_ name: String, _ value: String) throws(HeaderError) {
        if let defect = Self.defect(name: name, value: value) { throw defect }
        openBlock()
        block.removeLast(2)
        Self.write(name, value, to: &block)
        block.append(contentsOf: [0x0D, 0x0A])
    }

    /// Replaces all headers `name` by one, which stands where the first of them stood, or last when there was none.
    ///
    /// - Throws: as `append(_:_:)`; nothing is changed then.
    public mutating func set(_ name: String, _ value: String) throws(HeaderError) {
        if let defect = Self.defect(name: name, value: value) { throw defect }
        guard contains(name) else { return try append(name, value) }
        block = rewritten(without: name, replacement: value)
    }

    /// Removes every header `name`; does nothing when there is none.
    public mutating func remove(_ name: String, caseInsensitive: Bool = false) {
        guard contains(name, caseInsensitive: caseInsensitive) else { return }
        block = rewritten(without: name, caseInsensitive: caseInsensitive)
        if isEmpty && status == nil { block = [] }
    }

    /// Removes the last header `name`; others of the name stay. Does nothing when there is none.
    package mutating func removeLast(_ name: String) {
        guard let lines = view.last(for: name.utf8Span.span)?.lines else { return }
        block.removeSubrange(lines)
        if isEmpty && status == nil { block = [] }
    }

    /// Removes every header; a status stays.
    public mutating func removeAll() {
        block = emptyBlock()
        defect = nil
    }
}

// MARK: - The block

extension Headers {
    /// Sees to it that the block ends with an empty line right after its last header, and begins with a first line.
    ///
    /// That holds for everything that we and other clients wrote. A received block that breaks the format is written
    /// anew from what could be read of it.
    private mutating func openBlock() {
        if block.isEmpty {
            block.append(contentsOf: "NATS/1.0\r\n\r\n".utf8)
        } else if !isWellFormed {
            block = rewritten(without: "")
        }
    }

    private var isWellFormed: Bool {
        let end: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
        guard block.suffix(4).elementsEqual(end) else { return false }
        let view = self.view
        var fields = view.fields
        var lastEnd = fields.versionLine.upperBound &+ 2
        while let field = fields.next() { lastEnd = field.lines.upperBound }
        return fields.malformedLineCount == 0 && lastEnd == block.count &- 2
    }

    /// The block anew, without the headers `name`; `replacement` takes the place of the first one. No header has
    /// an empty name, so that one keeps all.
    private func rewritten(without name: String, caseInsensitive: Bool = false, replacement: String? = nil) -> [UInt8] {
        var rewritten = emptyBlock()
        if rewritten.isEmpty { rewritten.append(contentsOf: "NATS/1.0\r\n\r\n".utf8) }
        rewritten.removeLast(2)
        var replacement = replacement
        let view = self.view
        var fields = view.fields
        while let field = fields.next() {
            if view.name(field, equals: name.utf8Span.span, caseInsensitive: caseInsensitive) {
                if let value = replacement { Self.write(name, value, to: &rewritten) }
                replacement = nil
            } else {
                rewritten.append(copying: block.span.extracting(field.name))
                rewritten.append(contentsOf: [UInt8(ascii: ":"), 0x20])
                if field.isFolded {
                    rewritten.append(contentsOf: view.value(of: field).utf8)
                } else {
                    rewritten.append(copying: block.span.extracting(field.value))
                }
                rewritten.append(contentsOf: [0x0D, 0x0A])
            }
        }
        rewritten.append(contentsOf: [0x0D, 0x0A])
        return rewritten
    }

    /// The block that has the status and no header; empty when there is no status.
    private func emptyBlock() -> [UInt8] {
        let view = self.view
        guard view.statusCode != nil else { return [] }
        var bytes: [UInt8] = []
        bytes.append(copying: block.span.extracting(view.fields.versionLine))
        bytes.append(contentsOf: [0x0D, 0x0A, 0x0D, 0x0A])
        return bytes
    }

    /// `name: value↵`
    private static func write(_ name: String, _ value: String, to block: inout [UInt8]) {
        block.append(contentsOf: name.utf8)
        block.append(contentsOf: [UInt8(ascii: ":"), 0x20])
        let value = value.utf8Span.span
        block.append(copying: value.extracting(value.trimmingBlanks(0..<value.count)))
        block.append(contentsOf: [0x0D, 0x0A])
    }

    /// Whether a header can have this value: there is no CR or LF in it.
    package static func isValidValue(_ value: String) -> Bool {
        let bytes = value.utf8Span.span
        return bytes.firstLineEnd(from: 0) == bytes.count
    }

    /// Why this header can't be written; nil when it can.
    ///
    /// Source: ADR-4. Values may be any UTF-8, as all peers write it.
    internal static func defect(name: String, value: String) -> HeaderError? {
        let nameBytes = name.utf8Span.span
        if nameBytes.isEmpty { return HeaderError(.emptyName, name: name, offset: 0) }
        for index in nameBytes.indices {
            let byte = nameBytes[index]
            guard byte > 0x20, byte < 0x7F, byte != UInt8(ascii: ":") else {
                return HeaderError(.invalidName, name: name, offset: index)
            }
        }
        let valueBytes = value.utf8Span.span
        let lineEnd = valueBytes.firstLineEnd(from: 0)
        return lineEnd < valueBytes.count ? HeaderError(.invalidValue, name: name, offset: lineEnd) : nil
    }
}
