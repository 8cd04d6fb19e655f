/// Finds the JWT and the seed in the text of a `.creds` file, or of a file with only one of them.
///
/// A block is a line that begins and ends with three or more dashes, one line with the value, and such a line again:
///
///     -----BEGIN NATS USER JWT-----
///     eyJ0eXAi…
///     ------END NATS USER JWT------
///
/// What the lines with dashes say doesn't matter, nor does anything between blocks. Lines end with LF or CR LF; blanks
/// around them and empty lines are ignored; the last line needs no end. A value with a dot in it is a JWT and one
/// without is a seed, whichever comes first, so that a seed is never taken for a JWT and sent. The first of each
/// counts. A text without blocks may hold the bare values, one in a line: a JWT, and a seed, which begins with S.
///
/// Source: `creds_utils.go` of nats-io/nkeys, which takes the blocks by their order and knows no blanks inside them.
package struct CredentialsText {
    /// A value and where it stands.
    struct Value {
        let range: Range<Int>
        let line: Int
    }

    private(set) var jwt: Value?
    private(set) var seed: Value?

    init(scanning text: Span<UInt8>) throws(CredentialsError) {
        var blocks = BlockScanner()
        var lineCount = 0
        var start = 0
        while start < text.count {
            let end = text.lineFeed(from: start) ?? text.count
            lineCount += 1
            let line = text.trimmingBlanks(start..<end)
            if !line.isEmpty, let value = blocks.take(text.kind(of: line), Value(range: line, line: lineCount)) {
                set(value, in: text)
            }
            start = end + 1
        }
        guard blocks.hasLines else {
            throw CredentialsError(.empty, "the text is empty; it should hold a JWT and a seed")
        }
        if let open = blocks.unterminated {
            throw CredentialsError(
                .unterminated, "the block isn't closed by a line of dashes; was the file cut off?", line: open.line)
        }
        guard !blocks.hasBlocks else { return }
        for value in blocks.bareValues
        where text[value.range.lowerBound] == UInt8(ascii: "S") || text.contains(UInt8(ascii: "."), in: value.range) {
            set(value, in: text)
        }
    }

    private mutating func set(_ value: Value, in text: Span<UInt8>) {
        if text.contains(UInt8(ascii: "."), in: value.range) {
            jwt = jwt ?? value
        } else {
            seed = seed ?? value
        }
    }
}

/// Follows the lines that aren't empty.
private struct BlockScanner {
    enum State {
        case outside
        case opened
        case value(CredentialsText.Value)
    }

    private var state = State.outside
    private(set) var hasLines = false
    private(set) var hasBlocks = false
    private(set) var bareValues: [CredentialsText.Value] = []

    /// The value of the block that is still open at the end.
    var unterminated: CredentialsText.Value? {
        if case .value(let value) = state { value } else { nil }
    }

    /// Takes a line and gives the value of the block that it closes.
    mutating func take(_ kind: CredentialsLine, _ line: CredentialsText.Value) -> CredentialsText.Value? {
        hasLines = true
        switch (kind, state) {
        case (.marker, .value(let value)):
            hasBlocks = true
            state = .outside
            return value
        case (.marker, .outside), (.marker, .opened): state = .opened
        case (.value, .opened): state = .value(line)
        case (.value, .outside):
            if bareValues.count < 16 { bareValues.append(line) }
        case (.value, .value), (.other, _): state = .outside
        }
        return nil
    }
}

private enum CredentialsLine {
    case marker, value, other
}

extension Span<UInt8> {
    fileprivate func lineFeed(from start: Int) -> Int? {
        var index = start
        while index < count {
            if self[index] == 0x0A { return index }
            index += 1
        }
        return nil
    }

    fileprivate func contains(_ byte: UInt8, in range: Range<Int>) -> Bool {
        for index in range where self[index] == byte { return true }
        return false
    }

    fileprivate func kind(of line: Range<Int>) -> CredentialsLine {
        if isMarker(line) { return .marker }
        for index in line where !self[index].isCredentialsByte { return .other }
        return .value
    }

    /// Three dashes or more at the start and, apart from those, at the end.
    fileprivate func isMarker(_ line: Range<Int>) -> Bool {
        guard line.count >= 6 else { return false }
        let ends = [line.lowerBound..<line.lowerBound + 3, line.upperBound - 3..<line.upperBound]
        return ends.allSatisfy { end in end.allSatisfy { self[$0] == UInt8(ascii: "-") } }
    }
}

extension UInt8 {
    /// Letters, digits and `_ - . =`: what JWTs and seeds consist of.
    fileprivate var isCredentialsByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "="):
            true
        default: false
        }
    }
}
