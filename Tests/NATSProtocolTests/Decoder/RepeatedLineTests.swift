import CNATSBytes
import Testing

@testable import NATSProtocol

/// Recognising the line of the message before is a short cut: it must change nothing but the cost.
@Suite("Repeated control lines")
struct RepeatedLineTests {
    /// Around the sizes that are kept (16 to 64 bytes), and around the steps in which they are compared.
    static let sizes = [15, 16, 17, 31, 32, 33, 63, 64, 65]
    /// Room for the wide reads of the fast path behind the last message.
    static let padding = bytes("PING\r\n" + String(repeating: "MSG x", count: 16))

    /// Decodes with the short cut, without it, and plainly.
    @discardableResult
    private static func expectAgreement(
        _ input: [UInt8], limits: DecoderLimits = DecoderLimits(), atEverySplit: Bool = true,
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> ReferenceDecoder.Result {
        let reference = ReferenceDecoder.decode(input, limits: limits)
        let slow = decodeSlowly(input, limits: limits)
        let agrees =
            slow.items == reference.items && slow.error?.kind == reference.error
            && slow.leftoverCount == reference.leftoverCount
        #expect(agrees, "slow \(slow), reference \(reference)", sourceLocation: sourceLocation)
        for split in atEverySplit ? 0...input.count : 0...0 {
            let fast = decode(input, splitAt: [split], limits: limits)
            guard fast == slow else {
                let text = String(decoding: input, as: UTF8.self)
                Issue.record("split at \(split): \(fast), not \(slow), of \(text)", sourceLocation: sourceLocation)
                return reference
            }
        }
        return reference
    }

    @Test("Lines of 16 to 64 bytes are recognised, if only their sizes differ", arguments: sizes)
    func recognition(size: Int) throws {
        for line in [CommonLine("MSG", size: size), CommonLine("HMSG", size: size)] {
            for form in LineForm.allCases {
                let first = line.message(payload: bytes("first"))
                let second = line.message(form, payload: bytes("the second"), blank: 2)
                let input = first + second + Self.padding
                var machine = FrameDecoder()
                var frame = DecodedFrame()
                let kind = try machine.next(input.span, at: 0, &frame)
                #expect(kind == .message)
                #expect(machine.repeated.prefix.count == ((16...64).contains(size) ? size : 0))
                let repeated = machine.repeatedMessage(input.span, at: frame.end, &frame)
                let isRecognised = form.isRepetition && (16...64).contains(size)
                #expect(repeated == (isRecognised ? .message : nil), "\(form)")
                if isRecognised { #expect(frame.end == first.count + second.count) }
            }
        }
    }

    @Test("Runs of messages in any form, split anywhere", arguments: sizes, 0..<4)
    func runs(size: Int, seed: Int) {
        var random = RandomSource(seed: UInt64(size * 100 + seed))
        let other = Self.sizes[Int(random.next(below: UInt64(Self.sizes.count)))]
        let lines = [
            CommonLine("MSG", size: size), CommonLine("HMSG", size: size),
            seed % 2 == 0
                ? CommonLine("MSG", size: size, lastLetter: "b") : CommonLine("HMSG", size: other, sid: "123"),
        ]
        let count = 8
        let run = randomRun(lines, count: count, &random)
        let result = Self.expectAgreement(run + bytes("PING\r\n"))
        #expect(result.items.count { $0 != .ping } == count)
        #expect(result.leftoverCount == 0)
        Self.expectAgreement(run + Self.padding, atEverySplit: false)
        #expect(decode(run, splitAt: Array(0...run.count)).items == decodeSlowly(run).items, "byte by byte")
    }

    @Test("Many runs in one piece", arguments: sizes)
    func manyRuns(size: Int) {
        var random = RandomSource(seed: UInt64(size))
        for _ in 0..<300 {
            let other = Self.sizes[Int(random.next(below: UInt64(Self.sizes.count)))]
            let lines = [
                CommonLine("MSG", size: size), CommonLine("HMSG", size: other), CommonLine("MSG", size: size, sid: "8"),
            ]
            let run = randomRun(lines, count: 12, &random)
            Self.expectAgreement(run + Self.padding, atEverySplit: false)
        }
    }

    @Test("Sizes of one to four digits, split anywhere, and of five", arguments: ["MSG", "HMSG"])
    func digits(operation: String) {
        let line = CommonLine(operation, size: 33)
        func run(_ counts: [Int]) -> [UInt8] {
            counts.flatMap { count in
                let headers = line.hasHeaders ? Array(bytes("NATS/1.0\r\n\r\n").prefix(count)) : []
                return line.message(headers: headers, payload: line.lookalike(count - headers.count))
            } + bytes("PING\r\n")
        }
        #expect(Self.expectAgreement(run([9, 10, 0, 1, 99, 100, 9_999, 3])).items.count == 9)
        let counts = [999, 1_000, 9_999, 10_000, 0, 99_999, 100_000]
        #expect(Self.expectAgreement(run(counts), atEverySplit: false).items.count == 8)
    }

    @Test("A payload that reads like the line is a payload, and a line behind a shorter size is a line", arguments: sizes)
    func lookalikes(size: Int) {
        for line in [CommonLine("MSG", size: size), CommonLine("HMSG", size: size)] {
            let payload = line.lookalike(150)
            let message = line.message(payload: payload)
            let whole = Self.expectAgreement(message + message + message + bytes("PING\r\n"))
            #expect(whole.items.count == 4)
            // An empty message, whose line end is the first two bytes of what follows.
            let empty = bytes(line.beginning + (line.hasHeaders ? "0 0" : "0") + "\r\n")
            let cut = Self.expectAgreement(message + empty + line.lookalike + bytes("PING\r\n"))
            #expect(cut.items.count == 4)
        }
    }

    @Test("A line that differs in one byte from the one before is read for itself", arguments: 16...64)
    func oneByte(size: Int) {
        for operation in ["MSG", "HMSG"] {
            let message = CommonLine(operation, size: size).message(payload: bytes("abc"))
            for place in 0..<size {
                for changed in [message[place] ^ 0x20, message[place] &+ 1, 0x20, 0x09] {
                    var other = message
                    other[place] = changed
                    let input = message + message + other + message + Self.padding
                    let result = Self.expectAgreement(input, atEverySplit: false)
                    #expect(result.items.count == 5 || result.error != nil)
                }
            }
        }
    }
}

// MARK: - Defects

extension RepeatedLineTests {
    /// What stands behind the beginning of a line that was recognised, and what is wrong with it.
    struct Defect: Sendable, CustomTestStringConvertible {
        let rest: String
        let error: ProtocolError.Kind
        var testDescription: String { "\(rest.prefix(20).debugDescription): \(error)" }

        init(_ rest: String, _ error: ProtocolError.Kind) {
            self.rest = rest
            self.error = error
        }
    }

    static let limits = DecoderLimits(controlLineBytes: 120, headerBytes: 20, payloadBytes: 100)
    private static let anything = String(repeating: "x", count: 30)

    static let messageDefects: [Defect] = [
        Defect("101\r\n" + anything, .messageTooLong), Defect("99999999999999999999\r\n" + anything, .messageTooLong),
        Defect("9223372036854775807\r\n" + anything, .messageTooLong),
        Defect("9999999999999999\r\n" + anything, .messageTooLong),
        Defect("-1\r\nx\r\n" + anything, .malformedSize), Defect("1x\r\nx\r\n" + anything, .malformedSize),
        Defect("0x1\r\nx\r\n" + anything, .malformedSize), Defect("\r\nx\r\n" + anything, .malformedArguments),
        Defect("1 1 1\r\nx\r\n" + anything, .malformedArguments), Defect("3\nabc\r\n" + anything, .malformedLine),
        Defect("3\r\r\nabc\r\n" + anything, .malformedLine), Defect("3\r\nabcd\r\n" + anything, .missingMessageEnd),
        Defect("3\r\nab\r\n" + anything, .missingMessageEnd), Defect("3\r\nabc\n\n" + anything, .missingMessageEnd),
        Defect(String(repeating: "0", count: 110) + "3\r\nabc\r\n", .controlLineTooLong),
        Defect(String(repeating: "r", count: 110) + " 3\r\nabc\r\n", .controlLineTooLong),
    ]

    static let headerMessageDefects: [Defect] = [
        Defect("5 4\r\nabcd\r\n" + anything, .headersLongerThanMessage),
        Defect("21 22\r\n" + anything, .headersTooLong), Defect("2 101\r\n" + anything, .messageTooLong),
        Defect("12 5 4\r\nabcd\r\n" + anything, .headersLongerThanMessage),
        Defect("9999999999999999 9999999999999999\r\n" + anything, .headersTooLong),
        Defect("18446744073709551617 3\r\nabc\r\n" + anything, .headersLongerThanMessage),
        Defect("-1 3\r\nabc\r\n" + anything, .malformedSize), Defect("1 3x\r\nabc\r\n" + anything, .malformedSize),
        Defect("3\r\nabc\r\n" + anything, .malformedArguments), Defect("1 3\nabc\r\n" + anything, .malformedLine),
        Defect("1\r\n3\r\nabc\r\n" + anything, .malformedArguments),
        Defect("1 3\r\nabcd\r\n" + anything, .missingMessageEnd),
        Defect("0 " + String(repeating: "0", count: 110) + "3\r\nabc\r\n", .controlLineTooLong),
    ]

    @Test("A defect behind a recognised line is found, split anywhere", arguments: sizes, messageDefects)
    func messageDefect(size: Int, defect: Defect) {
        Self.expect(defect, behind: CommonLine("MSG", size: size))
    }

    @Test("A defect behind a recognised line with headers is found, split anywhere", arguments: sizes, headerMessageDefects)
    func headerMessageDefect(size: Int, defect: Defect) {
        Self.expect(defect, behind: CommonLine("HMSG", size: size))
    }

    private static func expect(_ defect: Defect, behind line: CommonLine) {
        let message = line.message(headers: bytes("NATS/1.0\r\n\r\n"), payload: bytes("hello"))
        let result = expectAgreement(message + message + bytes(line.beginning + defect.rest) + message, limits: limits)
        #expect(result.error == defect.error)
        #expect(result.items.count == 2)
    }

    @Test("The limits of lines, headers and messages are exact", arguments: sizes)
    func limits(size: Int) {
        for line in [CommonLine("MSG", size: size), CommonLine("HMSG", size: size)] {
            let headers = [UInt8](repeating: 0x68, count: line.hasHeaders ? 20 : 0)
            let largest = line.message(headers: headers, payload: [UInt8](repeating: 0x70, count: 100 - headers.count))
            let sizesCount = line.hasHeaders ? 6 : 3
            for excess in -2...2 {
                let exact = DecoderLimits(
                    controlLineBytes: size + sizesCount - excess, headerBytes: 20, payloadBytes: 100)
                let small = line.message(payload: [])
                let run = small + largest + small + bytes("PING\r\n")
                let result = Self.expectAgreement(run, limits: exact, atEverySplit: false)
                #expect(result.error == (excess > 0 ? .controlLineTooLong : nil))
                #expect(result.items.count == (excess > 0 ? 1 : 4))
            }
            for (headerBytes, payloadBytes) in [(20, 99), (19, 100)] where line.hasHeaders || payloadBytes < 100 {
                let smaller = DecoderLimits(headerBytes: headerBytes, payloadBytes: payloadBytes)
                let small = line.message(headers: [], payload: bytes("hello"))
                let result = Self.expectAgreement(small + largest + small, limits: smaller)
                #expect(result.error == (headerBytes < 20 ? .headersTooLong : .messageTooLong))
                #expect(result.items.count == 1)
            }
        }
    }
}
