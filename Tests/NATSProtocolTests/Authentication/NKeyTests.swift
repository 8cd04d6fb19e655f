import Testing

@testable import NATSProtocol

@Suite struct NKeyCodecTests {
    /// Keys of the bytes 0 to 31, made by an independent implementation (Python's `base64` and `binascii.crc_hqx`).
    static let vectors: [(kind: NKeyKind, publicKey: String, seed: String)] = [
        (
            .operator, "OAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB7JSU",
            "SOAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4H2AJA"
        ),
        (
            .account, "AAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB776S",
            "SAAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4HYMHI"
        ),
        (
            .user, "UAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB63NN",
            "SUAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4H776Y"
        ),
        (
            .server, "NAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB6CRG",
            "SNAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4H2D5U"
        ),
        (
            .cluster, "CAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB6N4O",
            "SCAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4HYO7Q"
        ),
        (
            .curve, "XAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB7QO7",
            "SXAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4H74KM"
        ),
    ]
    static let bytes = [UInt8](0..<32)
    static let privateKey =
        "PAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB6IBBEIRSIJJGE4UCSKRLFQWS4LZQGEZDGNBVGY3TQOJ2HM6D2PR7NEOQ"
    static let privateCurveKey = "PAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB7QT2"

    @Test(arguments: vectors)
    func publicKeys(kind: NKeyKind, publicKey: String, seed: String) throws {
        let key = try PublicNKey(kind: kind, bytes: Self.bytes.span)
        #expect(key.text == publicKey && "\(key)" == publicKey)
        #expect(key.bytes == Self.bytes)
        #expect(try PublicNKey(parsing: publicKey) == key)
        #expect(try PublicNKey(parsing: publicKey, kind: kind).kind == kind)
        #expect(throws: NKeyError.notAPublicKey) { try PublicNKey(parsing: seed) }
    }

    @Test(arguments: vectors)
    func seeds(kind: NKeyKind, publicKey: String, seed: String) throws {
        let made = try NKeySeed(kind: kind, bytes: Self.bytes.span)
        #expect(String(repairing: made.text().span) == seed)
        let read = try NKeySeed(parsing: seed.utf8Span.span, kind: kind)
        #expect(read.kind == kind)
        #expect([UInt8](copying: read.bytes) == Self.bytes)
        #expect(throws: NKeyError.notASeed) { try NKeySeed(parsing: publicKey.utf8Span.span) }
    }

    @Test func privateKeysOfBothSizes() throws {
        for (text, count) in [(Self.privateKey, UInt8(64)), (Self.privateCurveKey, 32)] {
            let bytes = [UInt8](0..<count)
            #expect(try Self.privateKey(text) == bytes)
            let encoded = try NKeyCodec.encode(privateKey: bytes.span)
            #expect(String(repairing: encoded.span) == text)
            #expect(throws: NKeyError.notAPublicKey) { try PublicNKey(parsing: text) }
            #expect(throws: NKeyError.notASeed) { try NKeySeed(parsing: text.utf8Span.span) }
        }
    }

    private static func privateKey(_ text: String) throws -> [UInt8] {
        switch try NKeyCodec.decode(text.utf8Span.span) {
        case .privateKey(let secret): [UInt8](copying: secret.span)
        case .publicKey, .seed: []
        }
    }

    /// Published by the nkeys project: the pair of its README, the seeds of its tests.
    @Test(arguments: [
        "SUAKYRHVIOREXV7EUZTBHUHL7NUMHPMAS7QMDU3GTIUWEI5LDNOXD43IZY",
        "SUAOTBNEUHZDFJT3EUMELT7MQTP24JF3XVCXQNDSCU74G5IU6VAJBKH5LI",
        "SUAMAR5BIQ2AZCPYRTLLK7UGWMGSG2GWD2VPIXBNO7ZIB6TZAU4QAEJS2Q",
    ])
    func seedsOfTheProject(text: String) throws {
        let seed = try NKeySeed(parsing: " \t\(text)\r\n".utf8Span.span)
        #expect(seed.kind == .user)
        #expect(String(repairing: seed.text().span) == text)
    }

    @Test func publicKeyOfTheProject() throws {
        let key = try PublicNKey(parsing: "UD466L6EBCM3YY5HEGHJANNTN4LSKTSUXTH7RILHCKEQMQHTBNLHJJXT", kind: .user)
        #expect(key.bytes.prefix(4) == [0xF9, 0xEF, 0x2F, 0xC4])
        #expect(throws: NKeyError.wrongKind(.user, needed: .account)) {
            try PublicNKey(parsing: key.text, kind: .account)
        }
    }

    @Test(arguments: [
        ("", NKeyError.malformed), ("U", .malformed), ("UAAA", .malformed), ("hello", .malformed),
        ("uaaacaqdaqcqmbyibefawdanbyhraeiscmkbkfqxdamrugy4dupb63nn", .malformed),
        ("UAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPGJXQ", .malformed),  // a byte too few, sound checksum
        ("UAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB63NM", .wrongChecksum),
        ("UAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPA63NN", .wrongChecksum),
        ("UAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB63", .malformed),
        ("ZAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB7GCZ", .unknownKind),
        ("SZAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4H5QEE", .unknownKind),
        // The last character carries two bits that belong to no byte.
        ("SUAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4H776Z", .malformed),
    ])
    func wrongTextsAreRefused(text: String, error: NKeyError) {
        #expect(throws: error) { try NKeyCodec.decode(text.utf8Span.span) }
    }

    @Test func aVeryLongTextIsRefusedBeforeItIsRead() {
        let text = String(repeating: "A", count: 1 << 20)
        #expect(throws: NKeyError.malformed) { try NKeyCodec.decode(text.utf8Span.span) }
    }

    @Test func everySingleWrongCharacterIsNoticed() {
        let text = Array(Self.vectors[2].seed.utf8)
        for index in text.indices {
            for replacement in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8 where replacement != text[index] {
                var wrong = text
                wrong[index] = replacement
                #expect(throws: NKeyError.self) { try NKeyCodec.decode(wrong.span) }
            }
        }
    }

    @Test func keysOfTheWrongSizeAreRefused() {
        for count in [0, 31, 33] {
            let bytes = [UInt8](repeating: 1, count: count)
            #expect(throws: NKeyError.malformed) { try PublicNKey(kind: .user, bytes: bytes.span) }
            #expect(throws: NKeyError.malformed) { try NKeySeed(kind: .user, bytes: bytes.span) }
            #expect(throws: NKeyError.malformed) { try NKeyCodec.encode(privateKey: bytes.span) }
        }
    }

    @Test func noDescriptionShowsASeed() throws {
        let text = Self.vectors[2].seed
        let seed = try NKeySeed(parsing: text.utf8Span.span)
        var dumped = ""
        dump(seed, to: &dumped)
        for shown in ["\(seed)", String(reflecting: seed), "\([seed])", "\(Optional(seed) as Any)", dumped] {
            #expect(shown.contains("user"))
            #expect(!shown.contains(text.dropFirst(2).prefix(8)))
        }
    }
}
