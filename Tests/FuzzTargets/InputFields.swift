import NATSProtocol

/// An input that is read as fields. Behind its end there are zeros and empty fields.
struct InputFields: ~Escapable {
    private let input: Span<UInt8>
    private var offset = 0

    @_lifetime(copy input)
    init(_ input: Span<UInt8>) {
        self.input = input
    }

    var isAtEnd: Bool { offset >= input.count }

    @_lifetime(self: copy self)
    mutating func byte() -> UInt8 {
        guard offset < input.count else { return 0 }
        defer { offset += 1 }
        return input[offset]
    }

    /// A number below `bound` (1…256).
    @_lifetime(self: copy self)
    mutating func choice(of bound: Int) -> Int { Int(byte()) % bound }

    /// A byte of length, and so many bytes.
    @_lifetime(self: copy self)
    mutating func bytes() -> [UInt8] {
        let count = min(Int(byte()), input.count - offset)
        defer { offset += count }
        return [UInt8](copying: input.extracting(offset..<offset + count))
    }

    /// What may be a subject or queue group: not empty, without blanks, ASCII.
    @_lifetime(self: copy self)
    mutating func name() -> [UInt8] {
        let name = bytes().map { $0 > 0x20 && $0 < 0x7F ? $0 : UInt8(ascii: "a") }
        return name.isEmpty ? [UInt8(ascii: "a")] : name
    }

    /// Any number; small ones are as likely as large ones.
    @_lifetime(self: copy self)
    mutating func number() -> UInt64 {
        var value: UInt64 = 0
        for _ in 0..<choice(of: 9) { value = value << 8 | UInt64(byte()) }
        return value
    }
}
