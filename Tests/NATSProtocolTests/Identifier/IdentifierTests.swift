import Testing

@testable import NATSProtocol

@Suite("Random source")
struct RandomSourceTests {
    @Test("The row is that of xoshiro256** in the authors' reference")
    func reference() {
        var source = RandomSource(seed: (1, 2, 3, 4))
        #expect((0..<4).map { _ in source.next() } == [11_520, 0, 1_509_978_240, 1_215_971_899_390_074_240])
    }

    @Test("Equal seeds give equal rows, other seeds other ones")
    func seeds() {
        func row(_ seed: UInt64) -> [UInt64] {
            var source = RandomSource(seed: seed)
            return (0..<8).map { _ in source.next() }
        }
        #expect(row(7) == row(7))
        #expect(Set((0..<1_000).map { row($0) }).count == 1_000)
    }

    @Test("A seed of zeros works")
    func zeros() {
        var source = RandomSource(seed: (0, 0, 0, 0))
        #expect(Set((0..<100).map { _ in source.next() }).count == 100)
    }

    @Test("Numbers below a bound stay below it and reach all of it")
    func bounds() {
        var source = RandomSource(seed: 2)
        #expect(Set((0..<1_000).map { _ in source.next(below: 10) }) == Set(0..<10))
        #expect(source.next(below: 0) == 0)
        #expect(source.next(below: 1) == 0)
    }

    @Test("A split source goes its own way")
    func split() {
        var source = RandomSource(seed: 4)
        var other = source.split()
        #expect(Set((0..<100).map { _ in source.next() }).isDisjoint(with: (0..<100).map { _ in other.next() }))
    }
}

@Suite("NUID")
struct NUIDTests {
    @Test("A name is 22 letters and digits, the same written both ways")
    func form() {
        var random = RandomSource(seed: 1)
        var generator = NUIDGenerator(random: &random)
        for _ in 0..<1_000 {
            let nuid = generator.next()
            var buffer = ByteBuffer()
            nuid.append(to: &buffer)
            let text = buffer.text
            #expect(text == nuid.string)
            #expect(text.utf8.count == NUID.count)
            #expect(
                text.utf8.allSatisfy {
                    ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x41 && $0 <= 0x5A) || ($0 >= 0x61 && $0 <= 0x7A)
                })
        }
    }

    @Test("Names of one generator share the prefix and count up")
    func sequence() {
        var random = RandomSource(seed: 1)
        var generator = NUIDGenerator(random: &random)
        let names = (0..<1_000).map { _ in generator.next().string }
        #expect(Set(names.map { $0.prefix(12) }).count == 1)
        #expect(
            names.map { Array($0.utf8) }.elementsEqual(
                names.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }))
        #expect(Set(names).count == 1_000)
    }

    @Test("Many generators from one source never meet")
    func generators() {
        var random = RandomSource(seed: 8)
        var names: Set<NUID> = []
        for _ in 0..<200 {
            var generator = NUIDGenerator(random: &random)
            for _ in 0..<50 { names.insert(generator.next()) }
        }
        #expect(names.count == 10_000)
    }

    @Test("When the sequence is used up, a new prefix begins")
    func overflow() {
        var random = RandomSource(seed: 1)
        var generator = NUIDGenerator(random: &random)
        let first = generator.next().string.prefix(12)
        generator.skipToLastSequence()
        #expect(generator.next().string.hasSuffix("zzzzzzzzzz"))
        let next = generator.next().string
        #expect(next.prefix(12) != first)
    }
}

@Suite("Inbox")
struct InboxTests {
    @Test("An inbox is the prefix, a dot and a NUID")
    func form() {
        var random = RandomSource(seed: 1)
        var generator = NUIDGenerator(random: &random)
        let inbox = Inbox.make(using: &generator)
        #expect(inbox.hasPrefix("_INBOX."))
        #expect(inbox.utf8.count == 7 + 22)
        #expect(Subject.literalDefect(in: inbox) == nil)
        #expect(Inbox.make(prefix: "my.box", using: &generator).hasPrefix("my.box."))
    }

    @Test("A configured prefix is checked, and its final dot dropped")
    func prefixes() throws {
        #expect(try Inbox.prefix(custom: nil) == "_INBOX")
        #expect(try Inbox.prefix(custom: "my.box") == "my.box")
        #expect(try Inbox.prefix(custom: "my.box.") == "my.box")
        for prefix in ["", ".", "a..b", "a b", "a.*", ">", "a.."] {
            #expect(throws: SubjectDefect.self) { try Inbox.prefix(custom: prefix) }
        }
    }
}
