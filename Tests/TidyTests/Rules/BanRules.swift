/// Library code has no way to crash on purpose, and says nothing on standard output.
struct TrapRule: TidyRule {
    let testDescription = "no traps and no printing in Sources"
    private static let banned = ["try!", "as!", "fatalError(", "preconditionFailure(", "print(", "debugPrint("]

    func findings(in file: SourceFile) -> [Finding] {
        guard file.isSwift, file.isSource else { return [] }
        return Self.banned.flatMap { word in
            file.code.occurrences(of: word, isWord: true).map { index in
                Finding(path: file.path, line: file.line(ofByte: index), message: "\(word) is banned in Sources")
            }
        }
    }
}

/// Bytes from the wire never reach a force unwrap.
struct ForceUnwrapRule: TidyRule {
    let testDescription = "no force unwrap in NATSProtocol"

    func findings(in file: SourceFile) -> [Finding] {
        guard file.isSwift, file.module == "NATSProtocol" else { return [] }
        let code = file.code
        return code.indices.compactMap { index in
            guard code[index] == UInt8(ascii: "!"), index > 0 else { return nil }
            let before = code[index - 1]
            let follows = [UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: "\"")].contains(before)
            let isComparison = index + 1 < code.count && code[index + 1] == UInt8(ascii: "=")
            guard before.isWordByte || follows, !isComparison else { return nil }
            return Finding(path: file.path, line: file.line(ofByte: index), message: "a force unwrap, or a type with !")
        }
    }
}

/// Nothing is left for later, and no test is switched off.
struct LeftoverRule: TidyRule {
    let testDescription = "no reminders, no disabled tests"
    private static let folders = ["Sources/", "Tests/", "Scripts/", "Benchmarks/", "Examples/"]
    // Put together here, so that this file passes its own rule.
    private static let reminders = ["TO" + "DO", "FIX" + "ME", "X" + "XX"]

    func findings(in file: SourceFile) -> [Finding] {
        guard Self.folders.contains(where: file.path.hasPrefix) else { return [] }
        let bytes = Array(file.text.utf8)
        let reminders = Self.reminders.flatMap { word in
            bytes.occurrences(of: word, isWord: true).map { index in
                let line = 1 + bytes[..<index].count { $0 == UInt8(ascii: "\n") }
                return Finding(path: file.path, line: line, message: "'\(word)' is left")
            }
        }
        let disabled = file.code.occurrences(of: ".disabled(").map { index in
            Finding(path: file.path, line: file.line(ofByte: index), message: "a disabled test")
        }
        return reminders + disabled
    }
}
