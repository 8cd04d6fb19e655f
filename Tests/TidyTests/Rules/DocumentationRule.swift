/// Everything that a user can type is documented. Properties in adjacent lines may share one comment.
struct DocumentationRule: TidyRule {
    let testDescription = "public declarations have a doc comment"

    private static let kinds: Set<String> = [
        "func", "var", "let", "init", "subscript", "struct", "class", "enum", "actor", "protocol", "typealias",
        "associatedtype", "macro",
    ]
    /// Requirements of the standard library's protocols: their documentation is inherited.
    private static let witnesses = [
        "var description", "var debugDescription", "func == ", "func < ", "func hash(into", "func encode(to",
        "init(from decoder", "func next(", "func makeAsyncIterator(", "func makeIterator(", "var startIndex",
        "var endIndex", "func index(", "subscript(position", "typealias Element", "typealias AsyncIterator",
        "typealias Iterator", "typealias Failure", "typealias Index", "init(stringLiteral", "init(integerLiteral",
        "init(dictionaryLiteral", "init(arrayLiteral", "var errorDescription", "func enqueue(",
    ]

    func findings(in file: SourceFile) -> [Finding] {
        guard file.isSwift, file.isSource else { return [] }
        return file.codeLines.indices.compactMap { index in
            guard Self.isPublicDeclaration(file.codeLines[index]), !Self.isDocumented(file, before: index) else {
                return nil
            }
            return Finding(path: file.path, line: index + 1, message: "a public declaration without documentation")
        }
    }

    static func isPublicDeclaration(_ line: String) -> Bool {
        var words = withoutAttributes(line).split(separator: " ").map(String.init)
        guard let first = words.first, first == "public" || first == "open" else { return false }
        words.removeFirst()
        let declared = words.contains { word in kinds.contains(String(word.prefix { $0.isLetter })) }
        guard declared, words.first != "import", words.first != "extension" else { return false }
        return !witnesses.contains { line.contains($0) }
    }

    /// Drops leading attributes, with their arguments.
    private static func withoutAttributes(_ line: String) -> Substring {
        var rest = line.drop { $0 == " " || $0 == "\t" }
        while rest.first == "@" {
            rest = rest.drop { $0 != " " && $0 != "(" }
            if rest.first == "(" {
                guard let close = rest.firstIndex(of: ")") else { return "" }
                rest = rest[rest.index(after: close)...]
            }
            rest = rest.drop { $0 == " " }
        }
        return rest
    }

    /// Looks above attributes, conditional compilation, and properties of the same run.
    private static func isDocumented(_ file: SourceFile, before index: Int) -> Bool {
        var above = index - 1
        while above >= 0 {
            let line = file.lines[above].drop { $0 == " " || $0 == "\t" }
            let isSameRun = isOneLineProperty(file.codeLines[index]) && isOneLineProperty(file.codeLines[above])
            guard line.hasPrefix("@") || line.hasPrefix("#") || isSameRun else {
                return line.hasPrefix("///") || line.hasSuffix("*/")
            }
            above -= 1
        }
        return false
    }

    private static func isOneLineProperty(_ line: String) -> Bool {
        let words = line.split(separator: " ")
        return words.first == "public" && (words.contains("let") || words.contains("var")) && words.last != "{"
    }
}
