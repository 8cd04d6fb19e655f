import CNATSBytes
import Testing

@testable import NATSProtocol

@Suite("Byte scanning")
struct ByteScanTests {
    private static func random(_ count: Int, _ source: inout RandomSource) -> [UInt8] {
        (0..<count).map { _ in
            source.next(below: 8) == 0 ? UInt8(source.next(below: 0x24)) : UInt8(truncatingIfNeeded: source.next())
        }
    }

    @Test("Masks agree with a look at every byte, for every length")
    func masks() {
        var source = RandomSource(seed: 5)
        for round in 0..<4_000 {
            let input = Self.random(16 + round % 70, &source)
            var expected: UInt64 = 0
            for (index, byte) in input.prefix(64).enumerated() where byte <= 0x20 { expected |= 1 << UInt64(index) }
            #expect(input.blanks64(at: 0) == expected)
            #expect(input.firstBlank == input.firstIndex { $0 <= 0x20 } ?? input.count)
        }
    }

    @Test("Every byte value counts as blank or not, in every implementation")
    func everyByte() {
        for byte in UInt8.min...UInt8.max {
            let input = [UInt8](repeating: byte, count: 16)
            unsafe input.withUnsafeBytes { pointer in
                let isBlank = byte <= 0x20
                #expect(unsafe cnatsbytes_blanks16(pointer.baseAddress) == (isBlank ? 0xFFFF : 0))
                #expect(unsafe cnatsbytes_blanks8(cnatsbytes_load64(pointer.baseAddress)) == (isBlank ? 0xFF : 0))
            }
        }
    }

    @Test("Copying a subject copies each byte and finds a blank at each place, for every length")
    func copiesSubjects() {
        for count in 0...80 {
            let subject = (0..<count).map { UInt8(0x21 + $0 % 90) }
            #expect(Self.copied(subject) == (subject, true))
            for place in subject.indices {
                for blank in [UInt8(0), 0x0A, 0x20] {
                    var broken = subject
                    broken[place] = blank
                    #expect(Self.copied(broken).isSound == false)
                }
                var high = subject
                high[place] = 0xA0
                #expect(Self.copied(high) == (high, true))
            }
        }
    }

    @Test("Copying a name copies each byte, for every length")
    func copiesNames() {
        for count in 0...32 {
            let name = (0..<count).map { UInt8($0 &* 7) }
            var target = [UInt8](repeating: 0xEE, count: count + 16)
            unsafe target.withUnsafeMutableBytes { to in
                unsafe name.withUnsafeBytes { from in
                    if let base = from.baseAddress { unsafe cnatsbytes_copy_name(to.baseAddress, base, count) }
                }
            }
            #expect(Array(target.prefix(count)) == name)
        }
    }

    private static func copied(_ subject: [UInt8]) -> (bytes: [UInt8], isSound: Bool) {
        var target = [UInt8](repeating: 0xEE, count: subject.count + 16)
        let isSound = unsafe target.withUnsafeMutableBytes { to in
            unsafe subject.withUnsafeBytes { from in
                guard let base = from.baseAddress else { return true }
                return unsafe cnatsbytes_copy_subject(to.baseAddress, base, subject.count)
            }
        }
        return (Array(target.prefix(subject.count)), isSound)
    }

    @Test("The portable mask agrees with the wide one on mixed bytes")
    func portable() {
        var source = RandomSource(seed: 6)
        for _ in 0..<4_000 {
            let input = Self.random(16, &source)
            unsafe input.withUnsafeBytes { pointer in
                guard let base = pointer.baseAddress else { return }
                let halves =
                    unsafe cnatsbytes_blanks8(cnatsbytes_load64(base)) | cnatsbytes_blanks8(cnatsbytes_load64(base + 8)) << 8
                #expect(unsafe cnatsbytes_blanks16(base) == halves)
            }
        }
    }

    @Test("First blank and first line end, for every length and position")
    func first() {
        for count in 0..<70 {
            let clean = [UInt8](repeating: 0x61, count: count)
            #expect(clean.firstBlank == count)
            #expect(clean.firstLineEnd(from: 0) == count)
            for index in 0..<count {
                var input = clean
                input[index] = index % 2 == 0 ? 0x0D : 0x0A
                #expect(input.firstBlank == index)
                #expect(input.firstLineEnd(from: 0) == index)
                #expect(input.firstLineEnd(from: index) == index)
                #expect(input.firstLineEnd(from: index + 1) == count)
            }
        }
    }

    @Test("Reads outside of the bytes give nothing")
    func outside() {
        let input = [UInt8](repeating: 0x20, count: 20)
        for offset in [-1, 5, 20, 21, Int.max, Int.min] { #expect(input.blanks64(at: offset) == 0) }
        for offset in [-1, 17, Int.max, Int.min] { #expect(input.word32(at: offset) == 0) }
        for offset in [-1, 20, Int.max, Int.min] { #expect(input.byte(at: offset) == 0) }
        for offset in [-1, 19, Int.max, Int.min] { #expect(!input.hasLineEnd(at: offset)) }
    }
}
