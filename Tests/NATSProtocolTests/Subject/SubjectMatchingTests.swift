import NATSProtocol
import Testing

@Suite("Subject matching")
struct SubjectMatchingTests {
    @Test(
        "A subject matches a pattern",
        arguments: [
            ("a", "a"), ("a.b", "a.b"), ("a.b", "a.*"), ("a.b", "*.b"), ("a.b", "*.*"), ("a.b", ">"), ("a", ">"),
            ("a.b.c", "a.>"),
            ("a.b.c.d", "a.*.>"), ("a.*", "a.*"), ("a.>", "a.*"), ("a*b", "a*b"), ("a.b>", "a.b>"),
        ])
    func matching(subject: String, pattern: String) {
        #expect(Subject.matches(subject, pattern: pattern))
    }

    @Test(
        "A subject doesn't match a pattern",
        arguments: [
            ("a", "b"), ("a", "A"), ("a", "a.b"), ("a.b", "a"), ("a", "a.>"), ("a", "*.*"), ("a.b.c", "a.*"),
            ("a.b.c", "*.*"), ("ab", "a"),
            ("a", "ab"), ("axb", "a*b"), ("a.b", "a.>.b"), ("a.x.b", "a.>.b"), ("", "a"), ("a", ""), ("", ""),
            ("", ">"), ("", "*"), ("a..b", "a.*.b"),
            ("a..b", "a.>"), ("a.", "a.>"), ("a.", "a.*"), ("a..b", "a..b"),
        ])
    func notMatching(subject: String, pattern: String) {
        #expect(!Subject.matches(subject, pattern: pattern))
    }

    @Test(
        "Two patterns overlap when one message could reach both",
        arguments: [
            ("a", "a", true), ("a.*", "*.b", true), ("a.>", "*.*.c", true), ("a.>", ">", true), ("a.>", "a", false),
            ("a.*", "b.*", false),
            ("a.*.c", "a.b.d", false), ("*", "*.*", false), (">", "*", true), ("a.>.b", "a.b", false),
            ("a..>", "a.>", false), ("a.>", "a.b.", false),
        ])
    func overlapping(first: String, second: String, expected: Bool) {
        #expect(Subject.overlaps(first, second) == expected)
        #expect(Subject.overlaps(second, first) == expected)
    }

    @Test("A subject overlaps a pattern exactly when it matches it, for all short ones")
    func agreement() {
        let tokens = ["a", "b", "*", ">"]
        let patterns = tokens + tokens.flatMap { first in tokens.map { "\(first).\($0)" } }
        let subjects = ["a", "b", "a.a", "a.b", "b.a", "b.b", "a.b.a", "b.b.b"]
        for pattern in patterns where Subject.subscriptionDefect(in: pattern) == nil {
            for subject in subjects {
                #expect(
                    Subject.matches(subject, pattern: pattern) == Subject.overlaps(subject, pattern),
                    "\(subject) \(pattern)")
            }
        }
    }

    @Test("Wildcards are whole tokens")
    func wildcards() {
        for subject in ["*", ">", "a.*.b", "a.>"] { #expect(Subject.hasWildcards(subject)) }
        for subject in ["a", "a*", "*a", "a.b>", ">>", ""] { #expect(!Subject.hasWildcards(subject)) }
    }

    @Test("The public checks name the defect")
    func defects() {
        #expect(Subject.subscriptionDefect(in: "a.>") == nil)
        #expect(Subject.literalDefect(in: "a.>")?.kind == .wildcard)
        #expect(Subject.literalDefect(in: "a..b")?.offset == 2)
    }
}
