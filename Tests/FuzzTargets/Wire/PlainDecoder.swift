import NATSProtocol

/// What a server said, as values that don't depend on where the bytes lay.
enum WireItem: Equatable {
    case message(sid: UInt64, subject: [UInt8], reply: [UInt8], headers: [UInt8], payload: [UInt8])
    case info([UInt8])
    case error([UInt8])
    case ping
    case pong
    case ok
}

/// Items up to the end of the input or to the first error.
struct WireText: Equatable {
    var items: [WireItem] = []
    var error: ProtocolError.Kind?
    /// Bytes that wait for the rest of their frame.
    var leftoverCount = 0
}

/// Reads what a server says word by word, without a thought for speed, and shares nothing with the real decoder.
struct PlainDecoder {
    private struct Defect: Error { let kind: ProtocolError.Kind }
    private static let words = ["msg", "hmsg", "info", "ping", "pong", "+ok", "-err"]
    private static let blanks: [UInt8] = [0x20, 0x09, 0x0D, 0x0A]

    let limits: DecoderLimits

    func decode(_ bytes: [UInt8]) -> WireText {
        var text = WireText()
        var rest = bytes[...]
        while !rest.isEmpty {
            do throws(Defect) {
                guard let item = try takeFrame(&rest) else { break }
                text.items.append(item)
            } catch {
                text.error = error.kind
                return text
            }
        }
        text.leftoverCount = rest.count
        return text
    }

    /// nil: the frame isn't all there, and nothing was taken.
    private func takeFrame(_ rest: inout ArraySlice<UInt8>) throws(Defect) -> WireItem? {
        guard let word = try word(at: rest) else { return nil }
        let line = rest.prefix { $0 != 0x0D && $0 != 0x0A }
        let (limit, excess) = limit(word)
        guard line.count <= limit else { throw Defect(kind: excess) }
        let end = rest[line.endIndex...].prefix(2)
        guard let first = end.first else { return nil }
        guard first == 0x0D else { throw Defect(kind: .malformedLine) }
        guard end.count == 2 else { return nil }
        guard end.last == 0x0A else { throw Defect(kind: .malformedLine) }
        var behind = rest[end.endIndex...]
        let arguments = Array(line.dropFirst(word.utf8.count))
        let item: WireItem?
        switch word {
        case "msg", "hmsg": item = try takeMessage(&behind, arguments, hasHeaders: word == "hmsg")
        case "info": item = .info(trim(arguments, [0x20, 0x09]))
        case "-err": item = .error(trim(arguments, [0x20, 0x09, UInt8(ascii: "'")]))
        default:
            guard trim(arguments, [0x20, 0x09]).isEmpty else { throw Defect(kind: .malformedArguments) }
            item = word == "ping" ? .ping : word == "pong" ? .pong : .ok
        }
        if item != nil { rest = behind }
        return item
    }

    /// nil: it isn't all there, with the byte behind it.
    private func word(at rest: ArraySlice<UInt8>) throws(Defect) -> String? {
        let letters = rest.prefix { !Self.blanks.contains($0) }
        let begun = letters.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
        let isComplete = letters.endIndex < rest.endIndex
        let known = Self.words.first { isComplete ? begun == Array($0.utf8) : $0.utf8.starts(with: begun) }
        guard let known else { throw Defect(kind: .unknownOperation) }
        return isComplete ? known : nil
    }

    private func limit(_ word: String) -> (byteCount: Int, ProtocolError.Kind) {
        switch word {
        case "msg", "hmsg": (limits.controlLineBytes, .controlLineTooLong)
        case "info": (limits.infoBytes, .infoTooLong)
        case "-err": (limits.errorBytes, .errorTextTooLong)
        default: (64, .controlLineTooLong)
        }
    }

    private func takeMessage(
        _ rest: inout ArraySlice<UInt8>, _ arguments: [UInt8], hasHeaders: Bool
    ) throws(Defect) -> WireItem? {
        let words = arguments.split { $0 == 0x20 || $0 == 0x09 }.map(Array.init)
        let fewest = hasHeaders ? 4 : 3
        guard words.count == fewest || words.count == fewest + 1 else { throw Defect(kind: .malformedArguments) }
        let headerCount = hasHeaders ? try size(words[words.count - 2]) : 0
        let totalCount = try size(words[words.count - 1])
        guard headerCount <= totalCount else { throw Defect(kind: .headersLongerThanMessage) }
        guard headerCount <= limits.headerBytes else { throw Defect(kind: .headersTooLong) }
        guard totalCount <= limits.payloadBytes else { throw Defect(kind: .messageTooLong) }
        guard rest.count >= totalCount + 2 else { return nil }
        let body = rest.prefix(totalCount)
        guard rest.dropFirst(totalCount).starts(with: [0x0D, 0x0A]) else { throw Defect(kind: .missingMessageEnd) }
        rest = rest.dropFirst(totalCount + 2)
        return .message(
            sid: number(words[1]) ?? 0, subject: words[0], reply: words.count > fewest ? words[2] : [],
            headers: Array(body.prefix(headerCount)), payload: Array(body.dropFirst(headerCount)))
    }

    private func size(_ word: [UInt8]) throws(Defect) -> Int {
        guard word.allSatisfy({ (0x30...0x39).contains($0) }) else { throw Defect(kind: .malformedSize) }
        return number(word).flatMap(Int.init(exactly:)) ?? .max
    }

    private func number(_ word: [UInt8]) -> UInt64? {
        guard word.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return UInt64(String(decoding: word, as: UTF8.self))
    }

    private func trim(_ bytes: [UInt8], _ outer: [UInt8]) -> [UInt8] {
        let start = bytes.drop { outer.contains($0) }
        guard let last = start.lastIndex(where: { !outer.contains($0) }) else { return [] }
        return Array(start[...last])
    }
}
