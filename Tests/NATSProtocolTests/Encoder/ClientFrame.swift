/// What a server reads from a client: a plain parser, written for tests to be obviously right.
enum ClientFrame: Equatable {
    case publish(subject: [UInt8], reply: [UInt8], headers: [UInt8], payload: [UInt8])
    case other(String)

    struct Malformed: Error {}

    static func parse(_ bytes: [UInt8]) throws -> [ClientFrame] {
        var frames: [ClientFrame] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let line = try takeLine(&rest)
            let words = line.split(separator: 0x20).map(Array.init)
            guard let operation = words.first.map({ String(decoding: $0, as: UTF8.self) }) else { throw Malformed() }
            switch (operation, words.count) {
            case ("PUB", 3), ("PUB", 4):
                let body = try takeBody(&rest, count: number(words[words.count - 1]))
                frames.append(
                    .publish(subject: words[1], reply: words.count == 4 ? words[2] : [], headers: [], payload: body))
            case ("HPUB", 4), ("HPUB", 5):
                let headerCount = try number(words[words.count - 2])
                let body = try takeBody(&rest, count: number(words[words.count - 1]))
                guard headerCount <= body.count else { throw Malformed() }
                frames.append(
                    .publish(
                        subject: words[1], reply: words.count == 5 ? words[2] : [],
                        headers: Array(body.prefix(headerCount)),
                        payload: Array(body.dropFirst(headerCount))))
            case ("PUB", _), ("HPUB", _):
                throw Malformed()
            default:
                frames.append(.other(String(decoding: line, as: UTF8.self)))
            }
        }
        return frames
    }

    private static func number(_ word: [UInt8]) throws -> Int {
        guard let number = Int(String(decoding: word, as: UTF8.self)), number >= 0 else { throw Malformed() }
        return number
    }

    private static func takeLine(_ rest: inout ArraySlice<UInt8>) throws -> ArraySlice<UInt8> {
        guard let end = rest.firstIndex(of: 0x0D), end + 1 < rest.endIndex, rest[end + 1] == 0x0A else {
            throw Malformed()
        }
        defer { rest = rest[(end + 2)...] }
        return rest[..<end]
    }

    private static func takeBody(_ rest: inout ArraySlice<UInt8>, count: Int) throws -> [UInt8] {
        guard rest.count >= count + 2, rest.dropFirst(count).starts(with: [0x0D, 0x0A]) else { throw Malformed() }
        defer { rest = rest.dropFirst(count + 2) }
        return Array(rest.prefix(count))
    }
}
