/// A file is one concept.
struct FileLengthRule: TidyRule {
    let testDescription = "files have at most 600 lines"
    static let lineCountMax = 600
    private static let suffixes = [".swift", ".c", ".h", ".bash"]

    func findings(in file: SourceFile) -> [Finding] {
        guard Self.suffixes.contains(where: file.path.hasSuffix) || file.path.hasPrefix("Scripts/") else { return [] }
        let count = file.lines.last == "" ? file.lines.count - 1 : file.lines.count
        guard count > Self.lineCountMax else { return [] }
        return [Finding(path: file.path, line: count, message: "\(count) lines, \(Self.lineCountMax) are the limit")]
    }
}

/// A function fits on a screen.
struct FunctionLengthRule: TidyRule {
    let testDescription = "functions have at most 70 lines"
    static let lineCountMax = 70

    func findings(in file: SourceFile) -> [Finding] {
        guard file.isSwift else { return [] }
        return FunctionScanner.functions(in: file.code).compactMap { function in
            let firstLine = file.line(ofByte: function.lowerBound)
            let count = file.line(ofByte: function.upperBound - 1) - firstLine + 1
            guard count > Self.lineCountMax else { return nil }
            return Finding(
                path: file.path, line: firstLine,
                message: "a function of \(count) lines, \(Self.lineCountMax) are the limit")
        }
    }
}

/// Finds functions, initialisers and subscripts in masked code by their keyword and their braces.
enum FunctionScanner {
    private static let keywords = ["func", "init", "deinit", "subscript"]
    /// A line that begins like this, outside parentheses, ends a signature that has no body.
    private static let declarations: Set<String> = [
        "func", "init", "deinit", "subscript", "var", "let", "case", "associatedtype", "typealias", "static", "class",
        "struct", "enum", "actor", "extension", "protocol", "mutating", "nonmutating", "borrowing", "consuming",
        "public", "package", "internal", "fileprivate", "private", "override", "final", "import",
    ]

    /// From the keyword to the closing brace.
    static func functions(in code: [UInt8]) -> [Range<Int>] {
        keywords.flatMap { keyword in
            code.occurrences(of: keyword, isWord: true).compactMap { start -> Range<Int>? in
                guard !isMemberAccess(code, start) else { return nil }
                guard let open = bodyStart(code, from: start + keyword.utf8.count) else { return nil }
                return start..<bodyEnd(code, from: open)
            }
        }
    }

    private static func isMemberAccess(_ code: [UInt8], _ start: Int) -> Bool {
        start > 0 && (code[start - 1] == UInt8(ascii: ".") || code[start - 1] == UInt8(ascii: "`"))
    }

    private static func bodyStart(_ code: [UInt8], from start: Int) -> Int? {
        var depth = 0
        for index in start..<code.count {
            switch code[index] {
            case UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"):
                depth -= 1
                if depth < 0 { return nil }
            case UInt8(ascii: "{") where depth == 0: return index
            case UInt8(ascii: "}") where depth == 0: return nil
            case UInt8(ascii: "\n") where depth == 0:
                if beginsDeclaration(code, from: index + 1) { return nil }
            default: break
            }
        }
        return nil
    }

    private static func beginsDeclaration(_ code: [UInt8], from start: Int) -> Bool {
        let rest = code[start...].drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        if rest.first == UInt8(ascii: "@") || rest.first == UInt8(ascii: "#") { return true }
        return declarations.contains(String(decoding: rest.prefix { $0.isWordByte }, as: UTF8.self))
    }

    private static func bodyEnd(_ code: [UInt8], from open: Int) -> Int {
        var depth = 0
        for index in open..<code.count {
            if code[index] == UInt8(ascii: "{") { depth += 1 }
            if code[index] == UInt8(ascii: "}") { depth -= 1 }
            if depth == 0 { return index + 1 }
        }
        return code.count
    }
}
