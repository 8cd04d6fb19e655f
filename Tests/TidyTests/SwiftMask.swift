import Foundation

/// Blanks comments and the insides of string literals, so that rules look at code only. Line breaks stay.
struct SwiftMask {
    private let input: [UInt8]
    private var output: [UInt8]
    private var index = 0

    static func masked(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        var mask = SwiftMask(input: bytes, output: bytes)
        mask.run()
        return mask.output
    }

    private mutating func run() {
        while index < input.count {
            // Most bytes begin neither; asking further for each would take most of the time of all rules.
            guard input[index] == UInt8(ascii: "/") || StringLiteral.mayBegin(with: input[index]) else {
                index += 1
                continue
            }
            if starts(with: "//") {
                blank(to: endOfLine(from: index))
            } else if starts(with: "/*") {
                blank(to: endOfBlockComment(from: index))
            } else if let literal = StringLiteral(at: index, in: input) {
                let end = literal.end(in: input)
                index = literal.contentStart
                blank(to: max(literal.contentStart, end - literal.delimiterCount))
                index = end
            } else {
                index += 1
            }
        }
    }

    private func starts(with text: StaticString) -> Bool { input.matches(text, at: index) }

    private mutating func blank(to end: Int) {
        while index < min(end, input.count) {
            if input[index] != UInt8(ascii: "\n") { output[index] = UInt8(ascii: " ") }
            index += 1
        }
    }

    private func endOfLine(from start: Int) -> Int {
        input[start...].firstIndex(of: UInt8(ascii: "\n")) ?? input.count
    }

    /// Block comments nest.
    private func endOfBlockComment(from start: Int) -> Int {
        var depth = 0
        var position = start
        while position < input.count {
            if input.matches("/*", at: position) {
                depth += 1
                position += 2
            } else if input.matches("*/", at: position) {
                depth -= 1
                position += 2
                if depth == 0 { return position }
            } else {
                position += 1
            }
        }
        return position
    }
}

/// Where a string literal begins and how it must end: `"`, `"""`, and both with `#` around.
private struct StringLiteral {
    let contentStart: Int
    let hashCount: Int
    let quoteCount: Int

    var delimiterCount: Int { hashCount + quoteCount }

    static func mayBegin(with byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "#") }

    init?(at start: Int, in input: [UInt8]) {
        var position = start
        while position < input.count, input[position] == UInt8(ascii: "#") { position += 1 }
        guard position < input.count, input[position] == UInt8(ascii: "\"") else { return nil }
        hashCount = position - start
        quoteCount = input.matches("\"\"\"", at: position) ? 3 : 1
        contentStart = position + quoteCount
    }

    /// One past the closing delimiter; the end of the text when there is none.
    func end(in input: [UInt8]) -> Int {
        var position = contentStart
        while position < input.count {
            if isDelimiter(at: position, in: input) { return position + delimiterCount }
            if isEscape(at: position, in: input) {
                position += 1 + hashCount
                let isInterpolation = position < input.count && input[position] == UInt8(ascii: "(")
                position = isInterpolation ? Self.endOfInterpolation(from: position, in: input) : position + 1
            } else {
                position += 1
            }
        }
        return input.count
    }

    private func isDelimiter(at position: Int, in input: [UInt8]) -> Bool {
        guard position + delimiterCount <= input.count else { return false }
        return input[position..<position + quoteCount].allSatisfy { $0 == UInt8(ascii: "\"") }
            && input[position + quoteCount..<position + delimiterCount].allSatisfy { $0 == UInt8(ascii: "#") }
    }

    private func isEscape(at position: Int, in input: [UInt8]) -> Bool {
        guard input[position] == UInt8(ascii: "\\"), position + hashCount < input.count else { return false }
        return input[position + 1..<position + 1 + hashCount].allSatisfy { $0 == UInt8(ascii: "#") }
    }

    private static func endOfInterpolation(from start: Int, in input: [UInt8]) -> Int {
        var depth = 0
        var position = start
        while position < input.count {
            if mayBegin(with: input[position]), let inner = StringLiteral(at: position, in: input) {
                position = inner.end(in: input)
                continue
            }
            if input[position] == UInt8(ascii: "(") { depth += 1 }
            if input[position] == UInt8(ascii: ")") { depth -= 1 }
            position += 1
            if depth == 0 { return position }
        }
        return position
    }
}

extension [UInt8] {
    func matches(_ text: StaticString, at index: Int) -> Bool {
        let length = text.utf8CodeUnitCount
        guard index + length <= count else { return false }
        return self[index..<index + length].elementsEqual(text.description.utf8)
    }

    /// Where these bytes stand; `isWord` asks that no letter, digit or underscore touches them.
    func occurrences(of text: String, isWord: Bool = false) -> [Int] {
        let needle = Array(text.utf8)
        guard !needle.isEmpty else { return [] }
        var found: [Int] = []
        var index = 0
        while let start = firstOccurrence(of: needle, from: index) {
            index = start + 1
            let touches =
                isWord
                && ((start > 0 && self[start - 1].isWordByte)
                    || (start + needle.count < count && needle[needle.count - 1].isWordByte
                        && self[start + needle.count].isWordByte))
            if !touches { found.append(start) }
        }
        return found
    }

    private func firstOccurrence(of needle: [UInt8], from start: Int) -> Int? {
        var index = start
        while let candidate = firstIndex(of: needle[0], from: index), candidate + needle.count <= count {
            if self[candidate..<candidate + needle.count].elementsEqual(needle) { return candidate }
            index = candidate + 1
        }
        return nil
    }

    /// The C library's search: in debug builds, a loop in Swift takes a hundred times as long.
    private func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        guard start < count else { return nil }
        return unsafe withUnsafeBytes { (bytes: UnsafeRawBufferPointer) -> Int? in
            guard let base = bytes.baseAddress,
                let found = unsafe memchr(base + start, Int32(byte), bytes.count - start)
            else { return nil }
            return unsafe UnsafeRawPointer(found) - base
        }
    }
}

extension UInt8 {
    var isWordByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
