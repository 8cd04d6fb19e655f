/// What the compiler takes on trust has its proof beside it.
struct ReasonRule: TidyRule {
    let testDescription = "unchecked concurrency is explained in a comment"
    private static let claims = ["@unchecked Sendable", "nonisolated(unsafe)"]
    /// How far above the claim the comment may end: the claim can stand in a later line of its declaration.
    private static let lineDistanceMax = 3

    func findings(in file: SourceFile) -> [Finding] {
        guard file.isSwift, file.isSource || file.isTest else { return [] }
        return Self.claims.flatMap { claim in
            file.code.occurrences(of: claim).compactMap { index -> Finding? in
                let line = file.line(ofByte: index)
                let nearby = file.lines[max(0, line - 1 - Self.lineDistanceMax)..<line]
                guard !nearby.contains(where: { $0.contains("//") }) else { return nil }
                return Finding(path: file.path, line: line, message: "\(claim) without a comment that proves it")
            }
        }
    }
}

/// Unsafe operations live in a few named files, each of which states its invariant at the top.
struct UnsafeFileRule: TidyRule {
    let testDescription = "unsafe operations stay in the named files"
    static let headerLineCount = 20

    var allowed: Set<String> = UnsafeFiles.named

    func findings(in file: SourceFile) -> [Finding] {
        guard file.isSwift, file.isSource else { return [] }
        let uses = file.code.occurrences(of: "unsafe", isWord: true).filter { index in
            // `nonisolated(unsafe)` is ReasonRule's.
            index == 0 || file.code[index - 1] != UInt8(ascii: "(")
        }
        let isNamed = allowed.contains(file.path)
        guard let first = uses.first else {
            guard isNamed else { return [] }
            return [Finding(path: file.path, line: 1, message: "is named in UnsafeFiles, but has nothing unsafe")]
        }
        guard isNamed else {
            let message = "\(uses.count) unsafe operations in a file that UnsafeFiles does not name"
            return [Finding(path: file.path, line: file.line(ofByte: first), message: message)]
        }
        let header = file.lines.prefix(Self.headerLineCount).filter { $0.contains("//") }
        guard !header.contains(where: { $0.lowercased().contains("invariant") }) else { return [] }
        return [Finding(path: file.path, line: 1, message: "states no invariant in a comment at its top")]
    }
}
