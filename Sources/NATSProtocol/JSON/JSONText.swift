// Unsafe file: compares with literals.
// Invariant: the letters of a literal are only read within `withUTF8Buffer`, at indices of their buffer.

/// A text of a JSON document where it lies: between the quotation marks, escapes and all. Its escapes are valid.
package struct JSONText: ~Escapable {
    private let raw: Span<UInt8>
    private let hasEscapes: Bool

    @_lifetime(copy raw)
    init(_ raw: Span<UInt8>, hasEscapes: Bool) {
        self.raw = raw
        self.hasEscapes = hasEscapes
    }

    /// Whether it is `word`, which is ASCII. Allocates nothing, unless there are escapes.
    package static func == (text: JSONText, word: StaticString) -> Bool {
        if text.hasEscapes { return text.string == word.description }
        guard text.raw.count == word.utf8CodeUnitCount else { return false }
        return word.withUTF8Buffer { letters in
            for index in letters.indices where unsafe letters[index] != text.raw[index] { return false }
            return true
        }
    }

    /// Whether it is these bytes, which have no escapes.
    package func equals(_ bytes: Span<UInt8>) -> Bool {
        guard !hasEscapes, raw.count == bytes.count else { return false }
        for index in raw.indices where raw[index] != bytes[index] { return false }
        return true
    }

    /// For `switch`.
    package static func ~= (word: StaticString, text: JSONText) -> Bool { text == word }

    /// The text without escapes; nil when it isn't UTF-8.
    package var string: String? {
        if hasEscapes { return unescaped }
        guard let text = try? UTF8Span(validating: raw) else { return nil }
        return String(copying: text)
    }

    var isUTF8: Bool { (try? UTF8Span(validating: raw)) != nil }
}

// MARK: - Escapes

extension JSONText {
    private var unescaped: String? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(raw.count)
        var index = 0
        while index < raw.count {
            if raw[index] == UInt8(ascii: "\\"), let escape = JSONEscape(raw, at: index) {
                bytes.append(contentsOf: escape.scalar.utf8)
                index &+= escape.byteCount
            } else {
                bytes.append(raw[index])
                index &+= 1
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

/// What a backslash stands in front of.
struct JSONEscape {
    let scalar: Unicode.Scalar
    /// With the backslash: 2, 6, or 12 for a pair of surrogates.
    let byteCount: Int

    /// Nil when it isn't an escape of JSON, half a pair of surrogates included.
    init?(_ bytes: Span<UInt8>, at backslash: Int) {
        let letter = backslash &+ 1
        guard letter < bytes.count else { return nil }
        if bytes[letter] == UInt8(ascii: "u") {
            self.init(unicode: bytes, at: backslash)
        } else {
            guard let scalar = Self.scalar(letter: bytes[letter]) else { return nil }
            self.init(scalar: scalar, byteCount: 2)
        }
    }

    private init(scalar: Unicode.Scalar, byteCount: Int) {
        self.scalar = scalar
        self.byteCount = byteCount
    }

    private init?(unicode bytes: Span<UInt8>, at backslash: Int) {
        guard let unit = Self.unit(bytes, at: backslash) else { return nil }
        if let scalar = Unicode.Scalar(unit) {
            self.init(scalar: scalar, byteCount: 6)
            return
        }
        guard UTF16.isLeadSurrogate(unit), let trail = Self.unit(bytes, at: backslash &+ 6), UTF16.isTrailSurrogate(trail)
        else { return nil }
        let offset = UInt32(unit & 0x3FF) &<< 10 | UInt32(trail & 0x3FF)
        guard let scalar = Unicode.Scalar(0x1_0000 &+ offset) else { return nil }
        self.init(scalar: scalar, byteCount: 12)
    }

    /// `\uXXXX`.
    private static func unit(_ bytes: Span<UInt8>, at backslash: Int) -> UInt16? {
        guard bytes.count &- backslash >= 6, bytes[backslash] == UInt8(ascii: "\\"),
            bytes[backslash &+ 1] == UInt8(ascii: "u")
        else { return nil }
        var unit: UInt16 = 0
        for index in (backslash &+ 2)..<(backslash &+ 6) {
            guard let digit = hexadecimalDigit(bytes[index]) else { return nil }
            unit = unit &<< 4 | digit
        }
        return unit
    }

    private static func hexadecimalDigit(_ byte: UInt8) -> UInt16? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte &- UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte &- UInt8(ascii: "a") &+ 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte &- UInt8(ascii: "A") &+ 10)
        default: nil
        }
    }

    private static func scalar(letter: UInt8) -> Unicode.Scalar? {
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): Unicode.Scalar(letter)
        case UInt8(ascii: "b"): "\u{8}"
        case UInt8(ascii: "f"): "\u{C}"
        case UInt8(ascii: "n"): "\n"
        case UInt8(ascii: "r"): "\r"
        case UInt8(ascii: "t"): "\t"
        default: nil
        }
    }
}
