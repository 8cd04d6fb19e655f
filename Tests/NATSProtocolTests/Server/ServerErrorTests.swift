import Testing

@testable import NATSProtocol

@Suite struct ServerErrorTests {
    enum Flag { case closes, authentication, transient, configuration }

    /// The server's exact texts, one row for each of its kinds.
    static let table: [(text: String, kind: ServerErrorKind, flags: Set<Flag>)] = [
        ("Stale Connection", .staleConnection, [.closes]),
        ("Authorization Violation", .authorizationViolation, [.closes, .authentication]),
        ("User Authentication Expired", .userAuthenticationExpired, [.closes, .authentication]),
        ("User Authentication Revoked", .userAuthenticationRevoked, [.closes, .authentication]),
        ("Account Authentication Expired", .accountAuthenticationExpired, [.closes, .authentication]),
        ("Authentication Timeout", .authenticationTimeout, [.closes]),
        ("maximum connections exceeded", .maximumConnectionsExceeded, [.closes]),
        ("maximum account active connections exceeded", .maximumAccountConnectionsExceeded, [.closes]),
        ("Connection throttling is active. Please try again later.", .connectionThrottled, [.closes]),
        ("Secure Connection - TLS Required", .tlsRequired, [.closes, .configuration]),
        ("maximum subscriptions exceeded", .maximumSubscriptionsExceeded, [.transient]),
        (#"Permissions Violation for Publish to "s""#, .publishPermissionViolation, [.transient]),
        (#"Permissions Violation for Subscription to "s""#, .subscriptionPermissionViolation, [.transient]),
        (#"Permissions Violation for Publish with Reply of "r""#, .replyPermissionViolation, [.transient]),
        ("Invalid Subject", .invalidSubject, [.transient]),
        ("Invalid Publish Subject", .invalidPublishSubject, [.transient]),
        ("Maximum Payload Violation", .maximumPayloadViolation, [.closes]),
        ("maximum control line exceeded", .maximumControlLineExceeded, [.closes]),
        ("Unknown Protocol Operation", .unknownProtocolOperation, [.closes]),
        ("invalid client protocol", .invalidClientProtocol, [.closes, .configuration]),
        ("no responders requires headers support", .noRespondersRequiresHeaders, [.closes, .configuration]),
        ("message headers not supported", .headersNotSupported, [.closes, .configuration]),
        ("Failed Account Registration", .accountRegistrationFailed, [.closes, .configuration]),
        ("attempted to connect to route port", .wrongPort, [.closes, .configuration]),
        ("attempted to connect to gateway port", .wrongPort, [.closes, .configuration]),
        ("attempted to connect to leaf node port", .wrongPort, [.closes, .configuration]),
        ("Something New", .unknown, []),
    ]

    @Test(arguments: table)
    func textsOfTheServerAreClassified(text: String, kind: ServerErrorKind, flags: Set<Flag>) {
        let error = ServerError(text: text)
        #expect(error.kind == kind)
        #expect(error.text == text)
        #expect(error.closesConnection == flags.contains(.closes))
        #expect(error.isAuthentication == flags.contains(.authentication))
        #expect(error.isTransient == flags.contains(.transient))
        #expect(error.isConfiguration == flags.contains(.configuration))
        #expect(error.advice.hasSuffix("."))
    }

    @Test func everyKindHasARow() {
        #expect(Set(Self.table.map(\.kind)) == Set(ServerErrorKind.allCases))
    }

    @Test(arguments: table)
    func caseBlanksAndQuotesDoNotMatter(text: String, kind: ServerErrorKind, flags: Set<Flag>) {
        #expect(ServerError(text: text.uppercased()).kind == kind)
        #expect(ServerError(text: text.lowercased()).kind == kind)
        let quoted = ServerError(text: " \t'\(text)' \r\n")
        #expect(quoted.kind == kind)
        #expect(quoted.text == text)
    }

    @Test(arguments: ["Stale Connections", "Stale", "Invalid Subjects", "xStale Connection", "", "'", "''"])
    func textsThatOnlyResembleStayUnknown(text: String) {
        #expect(ServerError(text: text).kind == .unknown)
    }

    @Test(arguments: ["Maximum Control Line Exceeded (4096 bytes)", "Authorization Violation - account x"])
    func additionsToAKnownTextAreTolerated(text: String) {
        let error = ServerError(text: text)
        #expect(error.kind != .unknown)
        #expect(error.text == text)
    }

    @Test func bytesThatAreNotUTF8AreReplaced() {
        let bytes: [UInt8] = [0x27, 0xFF, 0x41, 0x27]
        let error = ServerError(bytes.span)
        #expect(error.kind == .unknown)
        #expect(error.text == "\u{FFFD}A")
    }
}

@Suite struct PermissionViolationTests {
    @Test func aPublishNamesItsSubject() {
        let error = ServerError(text: #"Permissions Violation for Publish to "orders.new""#)
        #expect(error.subject == "orders.new")
        #expect(error.queueGroup == nil && error.subscriptionID == nil && error.reply == nil)
    }

    @Test func aSubscriptionNamesSubjectAndQueueGroup() {
        let plain = ServerError(text: #"Permissions Violation for Subscription to "orders.>""#)
        #expect(plain.subject == "orders.>" && plain.queueGroup == nil)
        let queue = ServerError(text: #"Permissions Violation for Subscription to "orders.*" using queue "q 1""#)
        #expect(queue.subject == "orders.*" && queue.queueGroup == "q 1" && queue.subscriptionID == nil)
    }

    @Test func aReloadNamesTheSubscription() {
        let plain = ServerError(text: #"Permissions Violation for Subscription to "a" (sid "17")"#)
        #expect(plain.subject == "a" && plain.queueGroup == nil && plain.subscriptionID == 17)
        let queue = ServerError(text: #"Permissions Violation for Subscription to "a" using queue "q" (sid "1048577")"#)
        #expect(queue.subject == "a" && queue.queueGroup == "q" && queue.subscriptionID == 1_048_577)
    }

    @Test func tooManyTokensNamesTheSubjectAndAdvisesFewer() {
        let error = ServerError(text: #"Permissions Violation for Subscription to "a.b.c", too many tokens"#)
        #expect(error.kind == .subscriptionPermissionViolation)
        #expect(error.subject == "a.b.c")
        #expect(error.advice.contains("fewer tokens"))
        #expect(!ServerError(text: #"Permissions Violation for Subscription to "a""#).advice.contains("tokens"))
    }

    @Test func aRefusedReplyIsNamed() {
        let error = ServerError(text: #"Permissions Violation for Publish with Reply of "_INBOX.x""#)
        #expect(error.reply == "_INBOX.x" && error.subject == nil)
    }

    @Test(arguments: [
        (#""a\"b""#, "a\"b"), (#""a\\b""#, #"a\b"#), (#""a\tb""#, "a\tb"),
        (#""\a\b\f\n\r\v""#, "\u{7}\u{8}\u{C}\n\r\u{B}"),
        (#""\x41\x7f""#, "A\u{7F}"), (#""\u00e9""#, "\u{E9}"), (#""\U0001F600""#, "\u{1F600}"),
        (#""caf\xc3\xa9""#, "caf\u{E9}"),
        (#""""#, ""),
    ])
    func escapesInNamesAreResolved(quoted: String, expected: String) {
        #expect(ServerError(text: "Permissions Violation for Publish to \(quoted)").subject == expected)
    }

    @Test(arguments: [
        "", " ", " s", #" "s"#, #" "s\"#, #" "s\x4"#, #" "s\xzz""#, #" "\ud800""#, #" "\UFFFFFFFF""#, #" "\u+041""#,
    ])
    func namesThatCannotBeReadStayNil(tail: String) {
        let error = ServerError(text: "Permissions Violation for Publish to" + tail)
        #expect(error.kind == .publishPermissionViolation)
        #expect(error.subject == nil)
    }

    @Test(arguments: [#"(sid "x")"#, #"(sid "-1")"#, #"(sid "18446744073709551616")"#, "(sid 1)", "(sid"])
    func aSubscriptionNumberThatIsNoneStaysNil(tail: String) {
        let error = ServerError(text: #"Permissions Violation for Subscription to "a" "# + tail)
        #expect(error.subject == "a")
        #expect(error.subscriptionID == nil)
    }
}
