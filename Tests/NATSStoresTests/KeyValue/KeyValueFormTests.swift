import Testing

@testable import NATSClient
@testable import NATSStores

/// Names, headers and codecs, against vectors of the ADRs and of other clients.
@Suite struct KeyValueFormTests {
    @Test(arguments: ["a", "a.b.c", "A-Z/0_9=x", "/", "=", "-", "_", "a/b.c=d", "_kv", "_kv.a"])
    func keysAreAccepted(key: String) throws {
        try KeyValueName.check(key: key, isWritten: false)
    }

    @Test(arguments: [
        "", ".", "..", ".a", "a.", "a..b", "a b", "a\t", "*", ">", "a.*", "a>", "ä", "a\r\n", "a:b", "a,b", "\u{0}", "a\\b",
    ])
    func otherTextsAreNoKeys(key: String) {
        #expect(throws: NATSError.self) { try KeyValueName.check(key: key, isWritten: false) }
        #expect(throws: NATSError.self) { try KeyValueName.check(key: key, isWritten: true) }
    }

    @Test(arguments: [">", "*", "a", "a.>", "*.b.*", "a.*.>"])
    func patternsAreAccepted(filter: String) throws {
        try KeyValueName.check(filter: filter)
    }

    @Test(arguments: ["", ".", "a..b", ">.a", "a.>.b", "a*", "a.b>", "**", "a. b"])
    func otherTextsAreNoPatterns(filter: String) {
        #expect(throws: NATSError.self) { try KeyValueName.check(filter: filter) }
    }

    @Test(arguments: [
        ("a", "YQ"), ("Acme Inc.contact", "QWNtZSBJbmM.Y29udGFjdA"), ("☎", "4piO"), ("a.b.c", "YQ.Yg.Yw"),
    ])
    func base64IsThatOfEachToken(key: String, encoded: String) throws {
        let codec = Base64KeyValueCodec()
        #expect(codec.encode(key: key) == encoded)
        #expect(try codec.decode(key: encoded) == key)
        #expect(codec.encode(filter: "\(key).*.>") == "\(encoded).*.>")
    }

    @Test(arguments: [
        ("/a/b", "_root_.a.b"), ("a/b/", "a.b"), ("/", "_root_"), ("a", "a"), ("/a/*", "_root_.a.*"), ("a.b", "a.b"),
    ])
    func pathsAreTokens(key: String, encoded: String) {
        #expect(PathKeyValueCodec().encode(key: key) == encoded)
        #expect(PathKeyValueCodec().encode(filter: key) == encoded)
    }

    @Test(arguments: [("_root_.a.b", "/a/b"), ("_root_", "/"), ("a.b", "a/b"), ("_root_x.a", "_root_x/a")])
    func tokensArePaths(encoded: String, key: String) {
        #expect(PathKeyValueCodec().decode(key: encoded) == key)
    }

    @Test(
        arguments: [
            (nil, nil, .put, nil), ("DEL", nil, .delete, nil), ("PURGE", nil, .purge, nil),
            (nil, "MaxAge", .purge, .maximumAge), (nil, "Purge", .purge, .purge), (nil, "Remove", .delete, .remove),
            ("NEW", "New", .put, nil),
        ] as [(String?, String?, KeyValueEntry.Operation, KeyValueEntry.RemovalReason?)])
    func headersSayWhatHappened(
        operation: String?, reason: String?, expected: KeyValueEntry.Operation, expectedReason: KeyValueEntry.RemovalReason?
    ) {
        let marks = KeyValueMarks(operation: operation, reason: reason, timeToLive: nil)
        #expect(marks.operation == expected && marks.reason == expectedReason)
    }

    @Test(
        arguments: [
            ("never", .never), ("90", .after(.seconds(90))), ("90s", .after(.seconds(90))),
            ("1h30m0.5s", .after(.seconds(5400.5))),
            ("1500ms", .after(.milliseconds(1500))), ("0", nil), ("-5", nil), ("0s", nil), ("", nil),
            (String(repeating: "999999999999h", count: 100_000), nil), ("x", nil), ("5d", nil), ("s", nil), ("1..2s", nil),
        ] as [(String, TimeToLive?)])
    func timesToLiveAreRead(header: String, expected: TimeToLive?) {
        #expect(TimeToLive(header: header) == expected)
    }
}
