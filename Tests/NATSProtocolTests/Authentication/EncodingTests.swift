import Testing

@testable import NATSProtocol

@Suite struct Base32Tests {
    /// RFC 4648 section 10, without the padding.
    @Test(arguments: [
        ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"),
        ("foobar", "MZXW6YTBOI"),
    ])
    func vectorsOfTheRFC(plain: String, text: String) {
        let bytes = Array(plain.utf8)
        #expect(Self.encode(bytes) == text)
        #expect(Self.decode(text) == bytes)
    }

    @Test(arguments: ["M", "MZX", "MZXW6Y", "my", "M1", "M=", "MY======", "M Y", "MZ", "MZXR", "\u{E9}A"])
    func otherTextsAreRefused(text: String) {
        #expect(Self.decode(text) == nil)
    }

    @Test func everyLengthComesBack() {
        var random = RandomSource(seed: 1)
        for count in 0...80 {
            let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            #expect(Self.decode(Self.encode(bytes)) == bytes)
        }
    }

    static func encode(_ bytes: [UInt8]) -> String {
        let text = [UInt8](capacity: Base32.characterCount(ofBytes: bytes.count)) { output in
            Base32.encode(bytes.span, into: &output)
        }
        #expect(text.count == Base32.characterCount(ofBytes: bytes.count))
        return String(decoding: text, as: UTF8.self)
    }

    static func decode(_ text: String) -> [UInt8]? {
        var isSound = false
        let bytes = [UInt8](capacity: Base32.byteCount(ofCharacters: text.utf8.count)) { output in
            isSound = Base32.decode(text.utf8Span.span, into: &output)
        }
        return isSound ? bytes : nil
    }
}

@Suite struct Base64Tests {
    /// RFC 4648 section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func vectorsOfTheRFC(plain: String, text: String) {
        let bytes = Array(plain.utf8)
        let unpadded = String(text.prefix { $0 != "=" })
        #expect(Base64.encode(bytes.span, .standard) == text)
        #expect(Base64.encode(bytes.span, .url) == unpadded)
        #expect(Base64.decode(text.utf8Span.span, .standard) == bytes)
        #expect(Base64.decode(unpadded.utf8Span.span, .standard) == bytes)
        #expect(Base64.decode(unpadded.utf8Span.span, .url) == bytes)
    }

    @Test func theTwoAlphabetsDifferInTwoCharacters() {
        let bytes: [UInt8] = [0xFB, 0xFF, 0xBF]
        #expect(Base64.encode(bytes.span, .standard) == "+/+/")
        #expect(Base64.encode(bytes.span, .url) == "-_-_")
        #expect(Base64.decode("+/+/".utf8Span.span, .url) == nil)
        #expect(Base64.decode("-_-_".utf8Span.span, .standard) == nil)
    }

    @Test(arguments: ["Z", "Zh==", "Zm9", "Zg=", "Zg===", "=", "====", "Zg==Zg==", "Z g=", "Zg==\n"])
    func otherTextsAreRefused(text: String) {
        #expect(Base64.decode(text.utf8Span.span, .standard) == nil)
    }

    @Test func paddingIsRefusedInURLs() {
        #expect(Base64.decode("Zg==".utf8Span.span, .url) == nil)
    }

    @Test func everyLengthComesBack() {
        var random = RandomSource(seed: 2)
        for count in 0...80 {
            let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            for form in [Base64.Form.standard, .url] {
                #expect(Base64.decode(Base64.encode(bytes.span, form).utf8Span.span, form) == bytes)
            }
        }
    }
}

@Suite struct CRC16Tests {
    /// The check value of CRC-16/XMODEM in the catalogue of CRC parameters.
    @Test func checkValue() {
        #expect(CRC16.checksum("123456789".utf8Span.span) == 0x31C3)
        #expect(CRC16.checksum("".utf8Span.span) == 0)
    }
}

@Suite struct SecretBytesTests {
    @Test func theBytesAreThere() {
        let secret = SecretBytes(copying: "hunter2".utf8Span.span)
        #expect(String(repairing: secret.span) == "hunter2")
        #expect(secret.count == 7)
        #expect(SecretBytes(copying: "".utf8Span.span).count == 0)
    }

    @Test func overwritingLeavesZeros() {
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: 40)
        unsafe memory.initialize(repeating: 0xAA, count: 40)
        unsafe SecretBytes.overwrite(memory, count: 39)
        let left = unsafe [UInt8](UnsafeBufferPointer(start: memory, count: 40))
        unsafe memory.deallocate()
        #expect(left == [UInt8](repeating: 0, count: 39) + [0xAA])
    }

    @Test func anErrorOfTheWriterIsPassedOn() {
        #expect(throws: NKeyError.notASeed) {
            try SecretBytes(capacity: 4) { (output) throws(NKeyError) in
                output.append(1)
                throw .notASeed
            }
        }
    }

    @Test func noDescriptionShowsTheBytes() {
        let secret = SecretBytes(copying: "hunter2".utf8Span.span)
        var dumped = ""
        dump(secret, to: &dumped)
        for shown in ["\(secret)", String(reflecting: secret), "\([secret])", dumped] {
            #expect(!shown.contains("hunter2") && !shown.contains("104"))
            #expect(shown.contains("7 secret bytes"))
        }
    }
}
