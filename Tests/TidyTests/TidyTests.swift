import Testing

/// The house rules that a machine can check, over the whole repository.
@Suite struct TidyTests {
    static let rules: [any TidyRule] = [
        ImportRule(), FileLengthRule(), FunctionLengthRule(), TrapRule(), ForceUnwrapRule(), LeftoverRule(),
        ReasonRule(), UnsafeFileRule(), DocumentationRule(), PortableTextRule(), ScriptRule(),
    ]

    @Test(arguments: TidyTests.rules)
    func theRepositoryKeepsTheRule(_ rule: any TidyRule) {
        let findings = SourceFile.all.flatMap(rule.findings)
        let list = findings.map(\.description).joined(separator: "\n")
        #expect(findings.isEmpty, "\(rule.testDescription):\n\(list)")
    }

    @Test func theRepositoryIsSeen() {
        let paths = Set(SourceFile.all.map(\.path))
        #expect(paths.isSuperset(of: ["Package.swift", "LICENSE", "Scripts/test", ".ci/run"]))
        #expect(Set(SourceFile.all.compactMap(\.module)).isSuperset(of: ImportRule.allowed.keys))
    }

    @Test func everyFileThatMayBeUnsafeExists() {
        #expect(UnsafeFiles.named.subtracting(SourceFile.all.map(\.path)).isEmpty)
    }
}
