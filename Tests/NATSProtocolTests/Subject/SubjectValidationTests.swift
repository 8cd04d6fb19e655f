import Testing

@testable import NATSProtocol

@Suite("Subject validation")
struct SubjectValidationTests {
    private typealias Rule = (_ text: String) -> SubjectDefect?
    private let publish: Rule = { SubjectValidation.validatePublish($0.utf8Span.span) }
    private let literal: Rule = { SubjectValidation.validateLiteral($0.utf8Span.span) }
    private let subscribe: Rule = { SubjectValidation.validateSubscribe($0.utf8Span.span) }
    private let queueGroup: Rule = { SubjectValidation.validateQueueGroup($0.utf8Span.span) }
    private let inboxPrefix: Rule = { SubjectValidation.validateInboxPrefix($0.utf8Span.span) }

    @Test(
        "Sound literal subjects pass everywhere",
        arguments: ["a", "a.b.c", "$SYS.x", "_INBOX.abc.1", "a*.b>c", "ünï.çødé", "A-_=:/\\"])
    func sound(subject: String) {
        for rule in [publish, literal, subscribe, queueGroup, inboxPrefix] { #expect(rule(subject) == nil) }
    }

    @Test("Nothing passes that the server would read as something else")
    func injection() {
        for rule in [publish, literal, subscribe, queueGroup, inboxPrefix] {
            #expect(rule("") == SubjectDefect(.empty, offset: 0))
            for scalar in (0...0x20).compactMap(Unicode.Scalar.init) {
                #expect(rule(String(scalar)) == SubjectDefect(.blank, offset: 0))
                #expect(rule("foo\(scalar)bar") == SubjectDefect(.blank, offset: 3))
                #expect(rule("foo.bar.baz.some.longer.subject\(scalar)") == SubjectDefect(.blank, offset: 31))
            }
            #expect(rule("a 0\r\n\r\nPUB admin 4\r\n")?.kind == .blank)
        }
    }

    @Test("Every position of a blank is found, at every length")
    func everyPosition() {
        for count in 1...70 {
            #expect(publish(String(repeating: "a", count: count)) == nil)
            for position in 0..<count {
                let subject =
                    String(repeating: "a", count: position) + " " + String(repeating: "a", count: count - position - 1)
                #expect(publish(subject) == SubjectDefect(.blank, offset: position))
            }
        }
    }

    @Test(
        "Empty tokens are refused where tokens matter",
        arguments: [("a..b", 2), (".a", 0), ("a.", 2), (".", 0), ("..", 0), ("a.b..", 4), ("*..>", 2)])
    func emptyTokens(subject: String, offset: Int) {
        #expect(subscribe(subject) == SubjectDefect(.emptyToken, offset: offset))
        #expect(publish(subject) == nil)
        #expect(queueGroup(subject) == nil)
    }

    @Test("Wildcards are tokens of subscriptions only, and > is the last")
    func wildcards() {
        for subject in ["*", ">", "a.*", "a.>", "*.*.>", "a.*.b"] {
            #expect(subscribe(subject) == nil)
            #expect(publish(subject) == nil)
            #expect(literal(subject)?.kind == .wildcard)
            #expect(inboxPrefix(subject)?.kind == .wildcard)
        }
        #expect(subscribe("a.>.b") == SubjectDefect(.fullWildcardNotLast, offset: 2))
        #expect(subscribe(">.") == SubjectDefect(.fullWildcardNotLast, offset: 0))
        #expect(literal("a.*") == SubjectDefect(.wildcard, offset: 2))
    }

    @Test("A subject has at most as many bytes as a received message can represent")
    func length() {
        let longest = String(repeating: "a", count: SubjectValidation.byteCountMax)
        for rule in [publish, literal, subscribe, queueGroup, inboxPrefix] {
            #expect(rule(longest) == nil)
            #expect(rule(longest + "a")?.kind == .tooLong)
        }
    }

    @Test("Every defect has a sentence of its own")
    func sentences() {
        let sentences = SubjectDefect.Kind.allCases.map { SubjectDefect($0, offset: 7).description }
        #expect(Set(sentences).count == SubjectDefect.Kind.allCases.count)
        #expect(sentences.filter { $0.contains("7") }.count == sentences.count - 1)  // all but "empty" name the byte
    }
}
