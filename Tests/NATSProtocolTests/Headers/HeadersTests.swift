import Testing

@testable import NATSProtocol

@Suite("Headers")
struct HeadersTests {
    private func wire(_ headers: Headers) -> String { String(decoding: headers.block, as: UTF8.self) }

    @Test("No headers take no bytes")
    func empty() {
        let headers = Headers()
        #expect(headers.block.isEmpty)
        #expect(headers.wireByteCount == 0)
        #expect(headers.isEmpty)
        #expect(headers.count == 0)
        #expect(headers.status == nil)
        #expect(headers.malformedLineCount == 0)
        #expect(headers["a"] == nil)
    }

    @Test("Appending writes one line per value, in order and with its case")
    func append() throws {
        var headers = Headers()
        try headers.append("Trace", "1")
        try headers.append("tag", " eu\t")
        try headers.append("tag", "")
        #expect(wire(headers) == "NATS/1.0\r\nTrace: 1\r\ntag: eu\r\ntag: \r\n\r\n")
        #expect(headers.count == 3)
        #expect(headers.values(for: "tag") == ["eu", ""])
        #expect(headers.map(\.name) == ["Trace", "tag", "tag"])
        #expect(headers.map(\.value) == ["1", "eu", ""])
    }

    @Test("Lookups are exact unless told otherwise")
    func lookups() {
        let headers: Headers = ["Nats-Msg-Id": "1", "nats-msg-id": "2"]
        #expect(headers["Nats-Msg-Id"] == "1")
        #expect(headers["nats-msg-id"] == "2")
        #expect(headers["NATS-MSG-ID"] == nil)
        #expect(headers.first(for: "NATS-MSG-ID", caseInsensitive: true) == "1")
        #expect(headers.values(for: "NATS-MSG-ID", caseInsensitive: true) == ["1", "2"])
        #expect(!headers.contains("NATS-MSG-ID"))
        #expect(headers.contains("NATS-MSG-ID", caseInsensitive: true))
        #expect(headers[HeaderName.messageID] == "1")
        #expect(!headers.contains("Nats-Msg-I"))
        #expect(!headers.contains(""))
    }

    @Test("Setting replaces all values at the place of the first")
    func set() throws {
        var headers: Headers = ["a": "1", "b": "2", "a": "3"]
        try headers.set("a", "4")
        #expect(wire(headers) == "NATS/1.0\r\na: 4\r\nb: 2\r\n\r\n")
        try headers.set("c", "5")
        headers["b"] = nil
        headers["d"] = "6"
        #expect(wire(headers) == "NATS/1.0\r\na: 4\r\nc: 5\r\nd: 6\r\n\r\n")
    }

    @Test("Removing the last header leaves nothing; a status stays")
    func remove() throws {
        var headers: Headers = ["a": "1", "A": "2"]
        headers.remove("x")
        #expect(headers.count == 2)
        headers.remove("A", caseInsensitive: true)
        #expect(headers == Headers())
        var answer = Headers(block: bytes("NATS/1.0 503 No Responders\r\na: 1\r\n\r\n"))
        answer.remove("a")
        #expect(wire(answer) == "NATS/1.0 503 No Responders\r\n\r\n")
        try answer.append("b", "2")
        #expect(wire(answer) == "NATS/1.0 503 No Responders\r\nb: 2\r\n\r\n")
        answer.removeAll()
        #expect(answer.isEmpty)
        #expect(answer.status?.code == 503)
    }

    @Test(
        "A name or value that would break the wire is refused with its place, and nothing changes",
        arguments: [
            ("", "v", .emptyName, 0), ("a b", "v", .invalidName, 1), ("a:", "v", .invalidName, 1),
            ("Tracé", "v", .invalidName, 4),
            ("a\r\nX", "v", .invalidName, 1), ("a\u{7F}", "v", .invalidName, 1), ("a\u{0}", "v", .invalidName, 1),
            ("a", "x\r\ny: z", .invalidValue, 1), ("a", "xy\n", .invalidValue, 2), ("a", "\r", .invalidValue, 0),
            ("a", String(repeating: "x", count: 40) + "\n", .invalidValue, 40),
        ] as [(String, String, HeaderError.Kind, Int)])
    func refused(name: String, value: String, kind: HeaderError.Kind, offset: Int) {
        let original: Headers = ["kept": "1"]
        for change in 0..<2 {
            var headers = original
            let error = #expect(throws: HeaderError.self) {
                if change == 0 { try headers.append(name, value) } else { try headers.set(name, value) }
            }
            #expect(error?.kind == kind)
            #expect(error?.offset == offset)
            #expect(error?.name == name)
            #expect(headers == original)
        }
    }

    @Test("A literal remembers its first defect and keeps the rest")
    func literalDefect() {
        let headers: Headers = ["good": "1", "bad name": "2", "also": "x\n", "fine": "3"]
        #expect(headers.map(\.name) == ["good", "fine"])
        #expect(headers.defect?.name == "bad name")
        #expect((["good": "1"] as Headers).defect == nil)
    }

    @Test("A subscript that can't be written is remembered as well, and removing everything forgets it")
    func subscriptDefect() {
        var headers = Headers()
        headers["bad name"] = "1"
        #expect(headers.defect?.kind == .invalidName)
        #expect(headers.isEmpty)
        headers.removeAll()
        #expect(headers.defect == nil)
    }

    @Test("Values are any UTF-8; bytes that aren't read as U+FFFD")
    func text() throws {
        var headers = Headers()
        try headers.append("name", "žluťoučký 🐎")
        #expect(headers["name"] == "žluťoučký 🐎")
        let received = Headers(block: bytes("NATS/1.0\r\na: ") + [0xFF, 0x41] + bytes("\r\n\r\n"))
        #expect(received["a"] == "\u{FFFD}A")
    }

    @Test("Copies are independent; equality is that of the block")
    func values() throws {
        let original: Headers = ["a": "1"]
        var copy = original
        #expect(copy == original)
        try copy.append("b", "2")
        #expect(copy != original)
        #expect(original.count == 1)
        #expect(Set([original, copy, ["a": "1"]]).count == 2)
    }

    @Test("A received block that breaks the format can be changed, and is sound afterwards")
    func repairing() throws {
        let blocks = [
            "NATS/1.0\r\na: 1", "NATS/1.0\r\na: 1\r\n", "NATS/1.0\r\na: 1\r\nnonsense\r\n\r\n", "NATS/1.0\na:1\n\n",
            "a:1\r\na: 1\r\n\r\n",
            "NATS/1.0\r\na: 1\r\n\r\ntrailing\r\n\r\n", "NATS/1.0\r\na: \r\n 1\r\n\r\n",
        ]
        for block in blocks {
            var headers = Headers(block: bytes(block))
            try headers.append("b", "2")
            #expect(headers["a"] == "1", "\(block.debugDescription)")
            #expect(headers["b"] == "2", "\(block.debugDescription)")
            #expect(headers.malformedLineCount == 0)
            #expect(wire(headers).hasPrefix("NATS/1.0\r\n"))
            #expect(wire(headers).hasSuffix("\r\nb: 2\r\n\r\n"))
        }
    }

    @Test("The description shows everything")
    func description() {
        let headers = Headers(
            block: bytes(
                "NATS/1.0 408 Request Timeout\r\na: 1\r\nb: " + String(repeating: "x", count: 5_000) + "\r\n\r\n"))
        #expect(headers.description == "408 Request Timeout\na: 1\nb: " + String(repeating: "x", count: 5_000))
    }

    @Test("The last of several is removed, and the others stay")
    func removingTheLast() throws {
        var headers = Headers()
        for value in ["1", "2"] {
            try headers.append("A", value)
            try headers.append("B", value)
        }
        #expect(headers.last(for: "A") == "2" && headers.last(for: "C") == nil)
        headers.removeLast("A")
        headers.removeLast("C")
        #expect(headers.map { $0.value } == ["1", "1", "2"] && headers.last(for: "A") == "1" && headers.last(for: "B") == "2")
        for name in ["A", "B", "B", "B"] { headers.removeLast(name) }
        #expect(headers == Headers())
    }
}
