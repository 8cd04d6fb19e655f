import NATSProtocol

/// Reads MSG, HMSG and PING of a server word by word: a plain parser, written for tests to be obviously right.
enum ReferenceDecoder {
    struct Result: Equatable {
        var items: [DecodedItem] = []
        var error: ProtocolError.Kind?
        /// Bytes that wait for the rest of their frame.
        var leftoverCount = 0
    }

    private struct Defect: Error {
        let kind: ProtocolError.Kind
        init(_ kind: ProtocolError.Kind) { self.kind = kind }
    }

    static func decode(_ bytes: [UInt8], limits: DecoderLimits) -> Result {
        var result = Result()
        var rest = bytes[...]
        while !rest.isEmpty {
            do throws(Defect) {
                guard let item = try takeFrame(&rest, limits) else { break }
                result.items.append(item)
            } catch {
                result.error = error.kind
                return result
            }
        }
        result.leftoverCount = rest.count
        return result
    }

    /// nil: the frame isn't all there, and nothing was taken.
    private static func takeFrame(
        _ rest: inout ArraySlice<UInt8>, _ limits: DecoderLimits
    ) throws(Defect) -> DecodedItem? {
        let name = rest.prefix { ![0x20, 0x09, 0x0D, 0x0A].contains($0) }
        guard name.endIndex < rest.endIndex else { return nil }
        let operation = String(decoding: name, as: UTF8.self).lowercased()
        guard ["msg", "hmsg", "ping"].contains(operation) else { throw Defect(.unknownOperation) }
        let limit = operation == "ping" ? ProtocolLimits.plainLineBytes : limits.controlLineBytes
        let line = rest.prefix { $0 != 0x0D && $0 != 0x0A }
        guard line.count <= limit else { throw Defect(.controlLineTooLong) }
        guard line.endIndex < rest.endIndex else { return nil }
        guard rest[line.endIndex] == 0x0D else { throw Defect(.malformedLine) }
        guard line.endIndex + 1 < rest.endIndex else { return nil }
        guard rest[line.endIndex + 1] == 0x0A else { throw Defect(.malformedLine) }
        let words = line.dropFirst(name.count).split { $0 == 0x20 || $0 == 0x09 }.map(Array.init)
        var behind = rest[(line.endIndex + 2)...]
        if operation == "ping" {
            guard words.isEmpty else { throw Defect(.malformedArguments) }
            rest = behind
            return .ping
        }
        guard let item = try takeMessage(&behind, words, hasHeaders: operation == "hmsg", limits) else { return nil }
        rest = behind
        return item
    }

    private static func takeMessage(
        _ rest: inout ArraySlice<UInt8>, _ words: [[UInt8]], hasHeaders: Bool, _ limits: DecoderLimits
    ) throws(Defect) -> DecodedItem? {
        let fewest = hasHeaders ? 4 : 3
        guard words.count == fewest || words.count == fewest + 1 else { throw Defect(.malformedArguments) }
        let headerCount = hasHeaders ? try size(words[words.count - 2]) : 0
        let totalCount = try size(words[words.count - 1])
        guard headerCount <= totalCount else { throw Defect(.headersLongerThanMessage) }
        guard headerCount <= limits.headerBytes else { throw Defect(.headersTooLong) }
        guard totalCount <= limits.payloadBytes else { throw Defect(.messageTooLong) }
        guard rest.count >= totalCount + 2 else { return nil }
        let body = rest.prefix(totalCount)
        guard rest.dropFirst(totalCount).starts(with: [0x0D, 0x0A]) else { throw Defect(.missingMessageEnd) }
        rest = rest.dropFirst(totalCount + 2)
        return .message(
            sid: number(words[1]) ?? 0, subject: String(decoding: words[0], as: UTF8.self),
            reply: words.count > fewest ? String(decoding: words[2], as: UTF8.self) : "",
            headers: Array(body.prefix(headerCount)), payload: Array(body.dropFirst(headerCount)))
    }

    private static func size(_ word: [UInt8]) throws(Defect) -> Int {
        guard word.allSatisfy({ (0x30...0x39).contains($0) }) else { throw Defect(.malformedSize) }
        return number(word).flatMap(Int.init(exactly:)) ?? .max
    }

    /// nil: something else than digits, or too large.
    private static func number(_ word: [UInt8]) -> UInt64? {
        guard word.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return UInt64(String(decoding: word, as: UTF8.self))
    }
}
