import NATSProtocol

/// Base 32 and base 64, reply tokens, decimal numbers: both ways.
enum EncodingsTarget: FuzzTarget {
    static let name = "encodings"
    static let byteCountMax = 256

    static func run(_ input: Span<UInt8>) throws(FuzzFinding) {
        let bytes = [UInt8](copying: input)
        for form in [Base64.Form.standard, .url, .paddedURL] {
            let encoded = Base64.encode(input, form)
            try expectEqual(Base64.decode(encoded.utf8Span.span, form), bytes, "base 64 there and back")
            if let decoded = Base64.decode(input, form) {
                let again = Base64.encode(decoded.span, form)
                // Padding may be left out.
                let isSame = Array(again.utf8) == bytes || again.drop(whileLast: "=") == input.text
                try expect(isSame, "base 64 back and there: \(again)")
            }
        }
        try expectBase32(input, bytes)
        try expectNumbers(input)
    }

    private static func expectBase32(_ input: Span<UInt8>, _ bytes: [UInt8]) throws(FuzzFinding) {
        let encoded = encode32(bytes)
        try expectEqual(decode32(encoded), bytes, "base 32 there and back")
        if let decoded = decode32(bytes) { try expectEqual(encode32(decoded), bytes, "base 32 back and there") }
    }

    private static func encode32(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8](capacity: Base32.characterCount(ofBytes: bytes.count)) { output in
            Base32.encode(bytes.span, into: &output)
        }
    }

    private static func decode32(_ text: [UInt8]) -> [UInt8]? {
        var isSound = false
        let bytes = [UInt8](capacity: Base32.byteCount(ofCharacters: text.count)) { output in
            isSound = Base32.decode(text.span, into: &output)
        }
        return isSound ? bytes : nil
    }

    private static func expectNumbers(_ input: Span<UInt8>) throws(FuzzFinding) {
        var buffer = ByteBuffer(minimumCapacity: 16)
        let token = input.extracting(first: ReplyToken.byteCount)
        if let id = ReplyToken.parse(token) {
            ReplyToken.append(id, to: &buffer)
            try expectEqual([UInt8](copying: buffer.span), [UInt8](copying: token), "a reply token")
        }
        var fields = InputFields(input)
        let number = fields.number()
        buffer.removeAll()
        buffer.append(decimal: number)
        try expectEqual(buffer.span.text, "\(number)", "a decimal number")
        try expectEqual(Decimal.parse(buffer.span, 0, buffer.count), number, "a decimal number read back")
        try expectEqual(Decimal.digitCount(number), buffer.count, "the digits of a number")
        let isNumber = input.count > 0 && [UInt8](copying: input).allSatisfy { (0x30...0x39).contains($0) }
        try expectEqual(Decimal.parse(input, 0, input.count), isNumber ? UInt64(input.text) : nil, "a number from text")
        buffer.removeAll()
        ReplyToken.append(WaiterID(rawValue: number), to: &buffer)
        try expectEqual(ReplyToken.parse(buffer.span)?.rawValue, number, "a reply token there and back")
    }
}

extension String {
    fileprivate func drop(whileLast character: Character) -> String {
        var text = self
        while text.last == character { text.removeLast() }
        return text
    }
}
