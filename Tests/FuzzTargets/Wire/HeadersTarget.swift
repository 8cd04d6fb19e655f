import NATSProtocol

/// Header blocks: what a plain parser finds, and what is written to one is found again.
enum HeadersTarget: FuzzTarget {
    static let name = "headers"

    static func run(_ input: Span<UInt8>) throws(FuzzFinding) {
        let block = [UInt8](copying: input)
        let plain = PlainHeaders(block)
        try expectView(HeaderBlockView(input), input, plain)
        let headers = Headers(block: block)
        try expectSame(headers, plain.fields, "as it came")
        try expectEqual(headers.malformedLineCount, plain.malformedLineCount, "malformed lines")
        try expectEqual(headers.status?.code, plain.statusCode, "the status")
        // What has no field but isn't empty may be passed on as it is.
        let isPublished = headers.publishedBytes.count == block.count
        try expect(isPublished || headers.publishedBytes.isEmpty && plain.fields.isEmpty, "published bytes")
        if block == Array("NATS/1.0\r\n\r\n".utf8) { try expect(!isPublished, "nothing is published as headers") }
        _ = "\(headers)"
        try expectWriting(headers, plain)
        try expectRoundTrip(plain.fields)
    }

    private static func expectView(
        _ view: HeaderBlockView, _ bytes: Span<UInt8>, _ plain: PlainHeaders
    ) throws(FuzzFinding) {
        try expectEqual(view.count, plain.fields.count, "the number of fields")
        try expectEqual(view.malformedLineCount, plain.malformedLineCount, "the number of malformed lines")
        try expectEqual(view.statusCode, plain.statusCode, "the status code")
        try expectEqual(view.status?.code, plain.statusCode, "the code of the status")
        var fields = view.fields
        var previousEnd = 0
        for expected in plain.fields {
            guard let field = fields.next() else { throw FuzzFinding("a field less than there are") }
            try expectEqual([UInt8](copying: bytes.extracting(field.name)), expected.name, "a name")
            try expectEqual(view.value(of: field), expected.valueText, "a value")
            try expectEqual(field.isFolded, expected.isFolded, "folding")
            try expect(field.lines.lowerBound >= previousEnd, "fields overlap")
            previousEnd = field.lines.upperBound
        }
        try expect(fields.next() == nil, "a field more than there are")
    }

    private static func expectSame(
        _ headers: Headers, _ fields: [PlainHeaders.Field], _ claim: String
    ) throws(FuzzFinding) {
        try expectEqual(headers.map(\.name), fields.map(\.nameText), "names \(claim)")
        try expectEqual(headers.map(\.value), fields.map(\.valueText), "values \(claim)")
        try expectEqual(headers.count, fields.count, "count \(claim)")
        try expectEqual(headers.isEmpty, fields.isEmpty, "isEmpty \(claim)")
        for field in fields {
            // What isn't UTF-8 has no name that anybody could ask for.
            guard Array(field.nameText.utf8) == field.name else { continue }
            let same = fields.filter { $0.name == field.name }.map(\.valueText)
            try expectEqual(headers.values(for: field.nameText), same, "values for a name \(claim)")
            try expectEqual(headers[field.nameText], same.first, "the first value for a name \(claim)")
        }
    }

    private static func expectWriting(_ headers: Headers, _ plain: PlainHeaders) throws(FuzzFinding) {
        var changed = headers
        let added = PlainHeaders.Field(name: Array("X-Fuzz".utf8), value: Array("v".utf8))
        do throws(HeaderError) { try changed.append("X-Fuzz", " v ") } catch { throw FuzzFinding("append: \(error)") }
        try expectSame(changed, plain.fields + [added], "after append")
        try expectEqual(changed.malformedLineCount, 0, "malformed lines after append")
        try expectEqual(changed.status, headers.status, "the status after append")
        guard let first = plain.fields.first, Array(first.nameText.utf8) == first.name else { return }

        var others = plain.fields.filter { $0.name != first.name }
        changed = headers
        changed.remove(first.nameText)
        try expectSame(changed, others, "after remove")
        try expectEqual(changed.status, headers.status, "the status after remove")

        changed = headers
        do throws(HeaderError) { try changed.set(first.nameText, "new") } catch {
            return try expect(!isSound(first), "a sound name is refused: \(error)")
        }
        others.insert(PlainHeaders.Field(name: first.name, value: Array("new".utf8)), at: 0)
        try expectSame(changed, others, "after set")
    }

    private static func expectRoundTrip(_ fields: [PlainHeaders.Field]) throws(FuzzFinding) {
        var written = Headers()
        var sound: [PlainHeaders.Field] = []
        for field in fields {
            do throws(HeaderError) {
                try written.append(field.nameText, field.valueText)
                sound.append(field)
            } catch {
                try expect(!isSound(field), "a sound field is refused: \(error)")
            }
        }
        try expectSame(written, sound, "after writing")
        try expectSame(Headers(copying: written.wireBytes), sound, "after the wire")
        try expectEqual(written.malformedLineCount, 0, "malformed lines in what was written")
    }

    private static func isSound(_ field: PlainHeaders.Field) -> Bool {
        field.name.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
            && !field.value.contains { $0 == 0x0D || $0 == 0x0A }
    }
}
