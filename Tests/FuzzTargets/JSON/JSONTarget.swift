import NATSProtocol

/// Any bytes as JSON: read, skipped and by a plain parser; numbers by their definition; and what is written is read again.
enum JSONTarget: FuzzTarget {
    static let name = "json"

    static func run(_ input: Span<UInt8>) throws(FuzzFinding) {
        let bytes = [UInt8](copying: input)
        let plain = PlainJSON(bytes)
        var found: PlainJSON?
        do throws(JSONError) {
            found = try read(input)
        } catch {
            try expect(error.offset >= 0 && error.offset <= bytes.count, "an error at \(error.offset) of \(bytes.count)")
            _ = "\(error)"
        }
        try expectEqual(found, plain, "reading")
        try expectEqual(canSkip(input), PlainJSON(bytes, checksTexts: false) != nil, "skipping")
        guard let plain else { return }
        try expectNumbers(plain)
        var writer = JSONWriter()
        write(plain, to: &writer)
        try expectEqual(try? read(writer.bytes), normal(plain), "reading what was written")
    }

    private static func read(_ bytes: Span<UInt8>) throws(JSONError) -> PlainJSON {
        var reader = JSONReader(bytes)
        let value = try read(&reader)
        try reader.finish()
        return value
    }

    private static func read(_ reader: inout JSONReader) throws(JSONError) -> PlainJSON {
        switch reader.nextKind() {
        case .object:
            var members: [PlainJSON.Member] = []
            try reader.beginObject()
            while let key = try reader.nextKey() {
                let name = key.string ?? ""
                members.append(PlainJSON.Member(name: name, value: try read(&reader)))
            }
            return .object(members)
        case .array:
            var elements: [PlainJSON] = []
            try reader.beginArray()
            while try reader.nextElement() { elements.append(try read(&reader)) }
            return .array(elements)
        case .string: return .string(try reader.readString())
        case .number: return .number(try reader.readNumberText())
        case .bool: return .bool(try reader.readBool())
        case .null:
            _ = try reader.readNull()
            return .null
        case nil:
            try reader.skipValue()
            return .null
        }
    }

    private static func canSkip(_ bytes: Span<UInt8>) -> Bool {
        var reader = JSONReader(bytes)
        do throws(JSONError) {
            try reader.skipValue()
            try reader.finish()
            return true
        } catch {
            return false
        }
    }

    // MARK: - Numbers

    private static func expectNumbers(_ value: PlainJSON) throws(FuzzFinding) {
        switch value {
        case .number(let text):
            let bytes = Array(text.utf8)
            let whole = PlainNumber(text).whole
            try expectEqual(
                first(bytes) { (reader: inout JSONReader) throws(JSONError) in try reader.readInt64() },
                whole.flatMap { Int64($0) }, "\(text) as Int64")
            try expectEqual(
                first(bytes) { (reader: inout JSONReader) throws(JSONError) in try reader.readUInt64() },
                whole.flatMap { UInt64($0) }, "\(text) as UInt64")
            try expectEqual(
                first(bytes) { (reader: inout JSONReader) throws(JSONError) in try reader.readDouble() },
                Double(text).flatMap { $0.isFinite ? $0 : nil }, "\(text) as Double")
        case .array(let elements): for element in elements { try expectNumbers(element) }
        case .object(let members): for member in members { try expectNumbers(member.value) }
        case .string, .bool, .null: break
        }
    }

    private static func first<Value>(
        _ bytes: [UInt8], _ read: (inout JSONReader) throws(JSONError) -> Value
    ) -> Value? {
        var reader = JSONReader(bytes.span)
        return try? read(&reader)
    }

    // MARK: - Writing

    /// Names are literals in the code that writes, so an object becomes an array of names and values.
    private static func write(_ value: PlainJSON, to writer: inout JSONWriter) {
        switch value {
        case .object(let members):
            writer.beginArray()
            for member in members {
                writer.value(member.name)
                write(member.value, to: &writer)
            }
            writer.endArray()
        case .array(let elements):
            writer.beginArray()
            for element in elements { write(element, to: &writer) }
            writer.endArray()
        case .string(let text): writer.value(text)
        case .number(let text):
            if let number = Int64(text) { writer.value(number) } else { writer.value(text) }
        case .bool(let value): writer.value(value)
        case .null: writer.null()
        }
    }

    /// What comes back of what `write` wrote.
    private static func normal(_ value: PlainJSON) -> PlainJSON {
        switch value {
        case .object(let members): .array(members.flatMap { [.string($0.name), normal($0.value)] })
        case .array(let elements): .array(elements.map(normal))
        case .number(let text): Int64(text).map { .number("\($0)") } ?? .string(text)
        case .string, .bool, .null: value
        }
    }
}

/// A JSON number as a decimal text without point and exponent.
private struct PlainNumber {
    /// nil: it has a fraction, or more digits than any integer.
    let whole: String?

    init(_ text: String) {
        let isNegative = text.hasPrefix("-")
        let parts = text.drop { $0 == "-" }.split { $0 == "e" || $0 == "E" }
        let mantissa = parts[0].split(separator: ".")
        var digits = mantissa.joined()[...]
        // Far beyond all integers, and far from overflow.
        let far = 1 << 40
        var scale = parts.count > 1 ? Int(parts[1]) ?? (parts[1].hasPrefix("-") ? -far : far) : 0
        scale = max(-far, min(far, scale))
        if mantissa.count > 1 { scale -= mantissa[1].count }
        digits = digits.drop { $0 == "0" }
        while digits.last == "0" {
            digits.removeLast()
            scale += 1
        }
        guard !digits.isEmpty else {
            whole = "0"
            return
        }
        guard scale >= 0, scale <= 20 else {
            whole = nil
            return
        }
        whole = (isNegative ? "-" : "") + digits + String(repeating: "0", count: scale)
    }
}
