/// A header block read line by line, without a thought for speed.
struct PlainHeaders {
    struct Field: Equatable {
        var name: [UInt8]
        /// Without blanks outside; folded lines are joined by one space.
        var value: [UInt8]
        var isFolded = false

        var nameText: String { String(decoding: name, as: UTF8.self) }
        var valueText: String { String(decoding: value, as: UTF8.self) }
    }

    private(set) var fields: [Field] = []
    private(set) var malformedLineCount = 0
    private(set) var statusCode: Int?

    init(_ block: [UInt8]) {
        guard !block.isEmpty else { return }
        var lines = block.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
            line.last == 0x0D ? Array(line.dropLast()) : Array(line)
        }
        if block.last == 0x0A { lines.removeLast() }
        let first = lines.removeFirst()
        if !readVersion(first) { malformedLineCount += 1 }
        var continued: [[UInt8]] = []
        for line in lines {
            if line.isEmpty { break }
            if Self.isBlank(line[0]), line[0] != 0x0D, isInField {
                continued.append(line)
                fields[fields.count - 1].isFolded = true
                fields[fields.count - 1].value = Self.join(continued)
                continue
            }
            isInField = false
            let name = line.prefix { $0 > 0x20 && $0 != UInt8(ascii: ":") }
            guard !name.isEmpty, name.endIndex < line.endIndex, line[name.endIndex] == UInt8(ascii: ":") else {
                malformedLineCount += 1
                continue
            }
            isInField = true
            continued = [Array(line[(name.endIndex + 1)...])]
            fields.append(Field(name: Array(name), value: Self.join(continued)))
        }
    }

    private var isInField = false

    private mutating func readVersion(_ line: [UInt8]) -> Bool {
        let version = Array("NATS/1.0".utf8)
        guard line.starts(with: version) else { return false }
        let rest = line.dropFirst(version.count)
        guard let blank = rest.first else { return true }
        guard blank == 0x20 || blank == 0x09 else { return false }
        let words = Self.trim(Array(rest))
        let code = words.prefix(3)
        guard code.count == 3, code.allSatisfy({ (0x30...0x39).contains($0) }) else { return true }
        if words.count == 3 || words[3] == 0x20 || words[3] == 0x09 { statusCode = Int(String(decoding: code, as: UTF8.self)) }
        return true
    }

    private static func join(_ lines: [[UInt8]]) -> [UInt8] {
        var lines = lines.map(trim)[...]
        lines = lines.drop { $0.isEmpty }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return Array(lines.joined(separator: [0x20]))
    }

    static func trim(_ bytes: [UInt8]) -> [UInt8] {
        let start = bytes.drop(while: isBlank)
        guard let last = start.lastIndex(where: { !isBlank($0) }) else { return [] }
        return Array(start[...last])
    }

    private static func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0D, 0x0A].contains(byte) }
}
