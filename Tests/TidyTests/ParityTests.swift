import Foundation
import Testing

/// `Docs/Parity.md`: one row for each capability that an official client has, and what shows that it works here.
struct ParityTable {
    struct Row: Equatable {
        let id: String
        let capability: String
        let status: String
        let evidence: String
    }

    /// Capabilities are numbered from 1 in each group. Of the core:
    static let coreGroupSizes: KeyValuePairs<Character, Int> = [
        "A": 30, "B": 30, "C": 37, "D": 22, "E": 23, "F": 24, "G": 27, "H": 11, "I": 29, "J": 14, "K": 15, "L": 21, "M": 8,
        "N": 9, "O": 16, "P": 23, "Q": 13, "R": 9, "V": 20,
    ]
    /// Of JetStream.
    static let jetStreamGroupSizes: KeyValuePairs<Character, Int> = [
        "A": 23, "B": 33, "C": 36, "D": 27, "E": 12, "F": 28, "G": 29, "H": 12, "I": 7, "J": 14, "K": 11,
        "L": 55, "M": 33,
    ]
    static let ids = ids("core", coreGroupSizes) + ids("js", jetStreamGroupSizes)
    private static let families = ["core-", "js-"]
    static let statuses: Set<String> = ["works", "partly", "not"]

    let rows: [Row]

    /// Reads every line that begins with an id.
    init(_ lines: [String]) {
        rows = lines.compactMap { line in
            let cells = line.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 6, cells[0].isEmpty, cells[5].isEmpty,
                Self.families.contains(where: { cells[1].hasPrefix($0) })
            else { return nil }
            return Row(id: cells[1], capability: cells[2], status: cells[3], evidence: cells[4])
        }
    }

    private static func ids(_ family: String, _ groupSizes: KeyValuePairs<Character, Int>) -> [String] {
        groupSizes.flatMap { group, count in (1...count).map { "\(family)-\(group)\($0)" } }
    }

    /// What is wrong with the table. `tests`: every test there is, as `Suite.function`.
    func defects(tests: Set<String>, ids: [String] = Self.ids) -> [String] {
        let counts = Dictionary(rows.map { ($0.id, 1) }, uniquingKeysWith: +)
        let missing = ids.filter { counts[$0] == nil }.map { "\($0) has no row" }
        let repeated = ids.filter { counts[$0, default: 0] > 1 }.map { "\($0) has several rows" }
        let unknown = Set(counts.keys).subtracting(ids).sorted().map { "\($0) is not in the list" }
        return missing + repeated + unknown + rows.flatMap { Self.defects(of: $0, tests: tests) }
    }

    private static func defects(of row: Row, tests: Set<String>) -> [String] {
        var defects: [String] = []
        if row.capability.isEmpty { defects.append("\(row.id) doesn't say what it is") }
        if !statuses.contains(row.status) { defects.append("\(row.id) has the unknown status '\(row.status)'") }
        if row.evidence.isEmpty { defects.append("\(row.id) says neither what shows it nor why not") }
        let named = namesOfTests(in: row.evidence)
        if row.status == "works", named.isEmpty { defects.append("\(row.id) works, and no test shows it") }
        return defects + named.filter { !tests.contains($0) }.map { "\(row.id) names the test \($0), which doesn't exist" }
    }

    /// `Suite.function` in backticks, where the outermost suite is named for what it is; other code in backticks is none.
    private static func namesOfTests(in text: String) -> [String] {
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map { String($0.element) }
            .filter { $0.wholeMatch(of: /[A-Z][A-Za-z0-9]*(?:Tests|Contract)(?:\.[A-Za-z0-9_]+)+/) != nil }
    }
}

extension ParityTable {
    /// Every test of the repository.
    static let tests = tests(in: SourceFile.all)

    /// Every test of some files, as `Suite.function`: a function behind `@Test`, in the type at the left margin, and in the suite
    /// inside it if there is one.
    static func tests(in files: [SourceFile]) -> Set<String> {
        var found: Set<String> = []
        for file in files where file.isTest && file.isSwift {
            var suites: [String] = []
            var isTest = false
            for line in file.codeLines {
                let isAtMargin = line.utf8.first.map { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "}") } ?? false
                let hasAttribute = line.utf8.contains(UInt8(ascii: "@"))
                guard isAtMargin || hasAttribute || isTest else { continue }
                if isAtMargin || line.contains("@Suite"), let type = name(after: typeKeywords, in: line) {
                    suites = isAtMargin ? [type] : suites.prefix(1) + [type]
                }
                if hasAttribute, line.contains("@Test") { isTest = true }
                if isTest, let function = name(after: ["func"], in: line) {
                    found.insert((suites + [function]).joined(separator: "."))
                    isTest = false
                }
            }
        }
        return found
    }

    private static let typeKeywords: Set<Substring> = ["struct", "class", "enum", "actor", "extension"]

    private static func name(after keywords: Set<Substring>, in line: String) -> String? {
        let words = line.split { !$0.isLetter && !$0.isNumber && $0 != "_" && $0 != "." }
        guard let index = words.firstIndex(where: keywords.contains), index + 1 < words.count else { return nil }
        return String(words[index + 1])
    }
}

@Suite struct ParityTests {
    @Test func everyCapabilityIsAccountedFor() throws {
        let document = try #require(SourceFile.all.first { $0.path == "Docs/Parity.md" })
        let defects = ParityTable(document.lines).defects(tests: ParityTable.tests)
        #expect(defects.isEmpty, "\(defects.joined(separator: "\n"))")
    }

    @Test func thisVeryTestIsFound() {
        let tests = ParityTable.tests
        #expect(tests.contains("ParityTests.thisVeryTestIsFound"))
        #expect(tests.contains("TidyRuleTests.aForeignImportIsFound"))
        #expect(!tests.contains("ParityTests.defects"))
    }

    @Test(arguments: [
        ([], ["core-A1 has no row"]),
        (["| core-A1 | b | works | `XTests.a` |", "| core-A1 | b | works | `XTests.a` |"], ["core-A1 has several rows"]),
        (["| core-A1 | b | works | `XTests.a` |", "| core-A2 | b | not | c |"], ["core-A2 is not in the list"]),
        (["| core-A1 | b | planned | c |"], ["core-A1 has the unknown status 'planned'"]),
        (["| core-A1 | b | works | because |"], ["core-A1 works, and no test shows it"]),
        (["| core-A1 | b | works | `a` |"], ["core-A1 works, and no test shows it"]),
        (["| core-A1 | b | not |  |"], ["core-A1 says neither what shows it nor why not"]),
        (["| core-A1 |  | not | c |"], ["core-A1 doesn't say what it is"]),
        (["| core-A1 | b | partly | `XTests.b` |"], ["core-A1 names the test XTests.b, which doesn't exist"]),
        (["| core-A1 | b | works | `XTests.a`, `YTests.a` |"], ["core-A1 names the test YTests.a, which doesn't exist"]),
        (["| core-A1 | b | works | `XTests.a`"], ["core-A1 has no row"]),
    ])
    func aDefectIsFound(lines: [String], defects: [String]) {
        #expect(ParityTable(lines).defects(tests: ["XTests.a"], ids: ["core-A1"]) == defects)
    }

    @Test(arguments: [
        "| core-A1 | b | works | `XTests.a` |", "| core-A1 | b | works | `XTests.a`, beside `other.code` |",
        "| core-A1 | b | not | planned: JetStream |", "| core-A1 | b | partly | `a()` does, without `b` |",
    ])
    func aSoundRowIsNone(line: String) {
        #expect(ParityTable([line]).defects(tests: ["XTests.a"], ids: ["core-A1"]).isEmpty)
    }

    @Test func onlyFunctionsBehindTheirAttributeAreTests() {
        let text = """
            @Suite("a") struct ATests {
                @Test("some words", arguments: [1])
                func one(_ number: Int) {}
                func helper() {}
            }
            // @Test func comment() {}
            extension BTests {
                @Test func two() {}
            }
            extension CContract {
                @Suite struct Parts {
                    @Test("x") func three() {}
                }
            }
            """
        let file = SourceFile(path: "Tests/X/A.swift", text: text)
        #expect(ParityTable.tests(in: [file]) == ["ATests.one", "BTests.two", "CContract.Parts.three"])
        #expect(ParityTable.tests(in: [SourceFile(path: "Sources/X/A.swift", text: file.text)]).isEmpty)
    }
}
