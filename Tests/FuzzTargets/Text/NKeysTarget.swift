import NATSProtocol

/// NKeys: text that is decoded is the text of what it means, every key is found again, and no wrong letter goes unnoticed.
enum NKeysTarget: FuzzTarget {
    static let name = "nkeys"
    static let byteCountMax = 128

    static func run(_ input: Span<UInt8>) throws(FuzzFinding) {
        try expectText(input)
        try expectKey(input)
    }

    private static func expectText(_ input: Span<UInt8>) throws(FuzzFinding) {
        guard let decoded = attempt({ () throws(NKeyError) in try NKeyCodec.decode(input) }) else { return }
        let again = attempt { () throws(NKeyError) in try encode(decoded) }
        try expectEqual(again, PlainHeaders.trim([UInt8](copying: input)), "the text of what was decoded")
    }

    // In a function of its own: the compiler (6.3.1) fails on the copies of spans when this stands in the caller.
    private static func encode(_ key: NKeyCodec.Decoded) throws(NKeyError) -> [UInt8] {
        switch key {
        case .publicKey(let kind, let bytes): return Array(try NKeyCodec.encode(publicKey: bytes.span, kind).utf8)
        case .seed(let kind, let bytes): return copy(try NKeyCodec.encode(seed: bytes.span, kind))
        case .privateKey(let bytes): return copy(try NKeyCodec.encode(privateKey: bytes.span))
        }
    }

    private static func copy(_ secret: SecretBytes) -> [UInt8] { [UInt8](copying: secret.span) }

    private static func expectKey(_ input: Span<UInt8>) throws(FuzzFinding) {
        var random = RandomSource(belongingTo: input)
        var bytes = [UInt8](copying: input.extracting(first: 32))
        while bytes.count < 32 { bytes.append(UInt8(truncatingIfNeeded: random.next())) }
        let kind = NKeyKind.allCases[Int(random.next(below: UInt64(NKeyKind.allCases.count)))]
        let isSeed = random.flip()
        let encoded = attempt { () throws(NKeyError) in
            isSeed
                ? copy(try NKeyCodec.encode(seed: bytes.span, kind))
                : Array(try NKeyCodec.encode(publicKey: bytes.span, kind).utf8)
        }
        guard var text = encoded else { throw FuzzFinding("a key of 32 bytes can't be encoded") }
        switch attempt({ () throws(NKeyError) in try NKeyCodec.decode(text.span) }) {
        case .seed(kind, let found) where isSeed: try expectEqual(copy(found), bytes, "a seed")
        case .publicKey(kind, let found) where !isSeed: try expectEqual(copy(found), bytes, "a public key")
        default: throw FuzzFinding("a key can't be read back")
        }
        let place = Int(random.next(below: UInt64(text.count)))
        text[place] = text[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        let wrong = attempt { () throws(NKeyError) in try NKeyCodec.decode(text.span) }
        try expect(wrong == nil, "a wrong letter at \(place) goes unnoticed")
    }
}
