import Testing

@testable import NATSProtocol

@Suite("Header block view")
struct HeaderBlockViewTests {
    private func fields(_ block: String) -> [String] {
        let block = bytes(block)
        let view = HeaderBlockView(block.span)
        var iterator = view.fields
        var fields: [String] = []
        while let field = iterator.next() { fields.append("\(view.name(of: field))=\(view.value(of: field))") }
        return fields
    }

    private func malformed(_ block: String) -> Int {
        let block = bytes(block)
        return HeaderBlockView(block.span).malformedLineCount
    }

    private func status(_ line: String) -> HeaderStatus? {
        let block = bytes(line)
        return HeaderBlockView(block.span).status
    }

    @Test(
        "Fields are read in order, blanks around values dropped",
        arguments: [
            ("NATS/1.0\r\n\r\n", []), ("NATS/1.0\r\na:1\r\nb:  2 \t\r\n\r\n", ["a=1", "b=2"]),
            ("NATS/1.0\r\na: x:y\r\n\r\n", ["a=x:y"]), ("NATS/1.0\r\na:\r\n\r\n", ["a="]), ("NATS/1.0\r\na:", ["a="]),
            ("NATS/1.0\na: 1\n\nb: 2\n", ["a=1"]), ("NATS/1.0\r\na: 1\rstill 1\r\n\r\n", ["a=1\rstill 1"]),
            ("NATS/1.0\r\na: 1\r\n  2\r\n\t3\r\nb: 4\r\n\r\n", ["a=1 2 3", "b=4"]),
            ("NATS/1.0\r\na: 1\r\n \r\n\r\n", ["a=1"]),
            ("", []), ("\r\n", []), ("NATS/1.0", []),
        ])
    func fields(block: String, expected: [String]) {
        #expect(fields(block) == expected)
    }

    @Test(
        "Lines that break the format are skipped and counted",
        arguments: [
            ("NATS/1.0\r\na: 1\r\n\r\n", 0, ["a=1"]), ("NATS/1.0\r\nnonsense\r\na: 1\r\n: 2\r\n\r\n", 2, ["a=1"]),
            ("NATS/1.0\r\na b: 1\r\n\r\n", 1, []), ("NATS/1.0\r\n folded first\r\na: 1\r\n\r\n", 1, ["a=1"]),
            ("HTTP/1.1 200\r\na: 1\r\n\r\n", 1, ["a=1"]), ("NATS/1.05\r\na: 1\r\n\r\n", 1, ["a=1"]), ("", 0, []),
        ])
    func malformed(block: String, count: Int, expected: [String]) {
        #expect(malformed(block) == count)
        #expect(fields(block) == expected)
    }

    @Test(
        "The status is three digits and a description",
        arguments: [
            ("NATS/1.0 503\r\n\r\n", 503, ""), ("NATS/1.0 503 No Responders\r\n\r\n", 503, "No Responders"),
            ("NATS/1.0\t100  Idle Heartbeat \r\n\r\n", 100, "Idle Heartbeat"), ("NATS/1.0   404", 404, ""),
            ("NATS/1.0 007\r\n", 7, ""),
        ])
    func status(line: String, code: Int, description: String) {
        #expect(status(line) == HeaderStatus(code: code, description: description))
    }

    @Test(
        "What isn't a status gives none",
        arguments: [
            "NATS/1.0\r\n\r\n", "NATS/1.0 \r\n\r\n", "NATS/1.0 50\r\n\r\n", "NATS/1.0 5034\r\n\r\n",
            "NATS/1.0 abc\r\n\r\n", "NATS/1.0503\r\n\r\n",
            "NATS/1.05 503\r\n\r\n", "nats/1.0 503\r\n\r\n", "", "503", "NATS/1.0 -12\r\n\r\n",
        ])
    func noStatus(line: String) {
        #expect(status(line) == nil)
    }

    @Test("Random blocks never trap, and every field lies within the block")
    func total() {
        var random = RandomSource(seed: 21)
        let parts =
            ["NATS/1.0", " 503", "\r\n", "\n", "\r", ":", " ", "\t", "a", "Name: v", "é"].map(bytes) + [[0xFF], [0]]
        for _ in 0..<30_000 {
            var block: [UInt8] = []
            for _ in 0..<random.next(below: 14) { block += parts[Int(random.next(below: UInt64(parts.count)))] }
            let headers = Headers(block: block)
            let view = headers.view
            var iterator = view.fields
            var count = 0
            while let field = iterator.next() {
                count += 1
                guard field.lines.upperBound <= block.count, field.name.upperBound < field.lines.upperBound,
                    field.value.lowerBound >= field.lines.lowerBound || field.value.isEmpty
                else {
                    Issue.record("\(field) of \(block)")
                    return
                }
            }
            guard headers.map({ $0 }).count == count, headers.count == count else {
                Issue.record("\(count) fields of \(block)")
                return
            }
            _ = headers.status
            var changed = headers
            try? changed.append("x", "y")
            guard changed.count == count + 1, changed.malformedLineCount == 0 else {
                Issue.record("append to \(block) gave \(changed.block)")
                return
            }
        }
    }
}
