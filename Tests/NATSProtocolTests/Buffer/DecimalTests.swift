import Testing

@testable import NATSProtocol

@Suite("Decimal numbers")
struct DecimalTests {
    /// Every number of digits with its borders, and random ones of every magnitude.
    private static let numbers: [UInt64] = {
        var numbers: [UInt64] = [0, 1, 9, .max, .max - 1]
        var power: UInt64 = 1
        for _ in 0..<19 {
            power &*= 10
            numbers += [power - 1, power, power + 1]
        }
        var random = RandomSource(seed: 3)
        for shift in 0..<64 { numbers.append(random.next() >> UInt64(shift)) }
        return numbers
    }()

    @Test("Written numbers read as what the standard library writes")
    func writing() {
        for number in Self.numbers + (0..<20_000).map(UInt64.init) {
            var buffer = ByteBuffer()
            buffer.append(decimal: number)
            let text = buffer.text
            #expect(text == String(number))
            #expect(Decimal.digitCount(number) == String(number).utf8.count)
        }
    }

    @Test("Short numbers pack the same digits")
    func packing() {
        for number in 0..<Decimal.shortEnd {
            let short = ShortDecimal(number)
            let text = (0..<short.count).map { UInt8(truncatingIfNeeded: short.digits >> (8 * UInt64($0))) }
            #expect(text == bytes(String(number)))
            #expect(short.followed(by: 0x0A0D) >> (8 * UInt64(short.count)) == 0x0A0D)
        }
    }

    @Test("Both readers read what was written")
    func reading() {
        for number in Self.numbers {
            let text = bytes("padding " + String(number))
            #expect(text.parsedDecimal(from: 8, to: text.count) == number)
            #expect(text.decimal(from: 8, to: text.count) == (String(number).utf8.count <= 16 ? number : nil))
        }
    }

    @Test(
        "What is no number is refused by both readers",
        arguments: [
            "", "-1", "+1", " 1", "1 ", "x", "1x", "12345678x", "x2345678", "1234/678", "1234:678", "1\u{0}", "1é",
        ])
    func refusing(text: String) {
        let input = bytes("padding " + text)
        #expect(input.parsedDecimal(from: 8, to: input.count) == nil)
        #expect(input.decimal(from: 8, to: input.count) == nil)
    }

    @Test("Every byte value at every position is judged alike by both readers")
    func everyByte() {
        for position in 0..<16 {
            for byte in UInt8.min...UInt8.max {
                var input = bytes("padding 1234567890123456")
                input[8 + position] = byte
                #expect(input.decimal(from: 8, to: 24) == input.parsedDecimal(from: 8, to: 24))
            }
        }
    }

    @Test("Numbers beyond 2^64 and ranges outside of the bytes are refused")
    func outside() {
        let input = bytes("18446744073709551616")
        #expect(input.parsedDecimal(from: 0, to: 20) == nil)
        #expect(input.parsedDecimal(from: 0, to: 21) == nil)
        #expect(input.parsedDecimal(from: -1, to: 3) == nil)
        #expect(input.decimal(from: 15, to: 21) == nil)
        #expect(input.decimal(from: -1, to: 9) == nil)
        #expect(input.decimal(from: 0, to: 7) == nil)  // no eight bytes before the end
    }
}
