extension ServerError {
    /// Classifies the text of an `-ERR` line. Case and the blanks and quotes around it don't matter.
    package init(_ bytes: Span<UInt8>) {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        for index in bytes.indices { text.append(bytes[index]) }
        self.init(wire: text)
    }

    /// Classifies the text of an `-ERR` line. Case and the blanks and quotes around it don't matter.
    package init(text: String) {
        self.init(wire: Array(text.utf8))
    }

    private init(wire: [UInt8]) {
        let text = Self.trimmed(wire[...])
        for (prefix, kind) in Self.table {
            guard let rest = Self.tail(of: text, after: prefix) else { continue }
            self.init(kind: kind, text: String(decoding: text, as: UTF8.self))
            readViolation(rest)
            return
        }
        self.init(kind: .unknown, text: String(decoding: text, as: UTF8.self))
    }

    /// The server's texts, or how they start. None is the start of another one.
    private static let table: [(text: String, kind: ServerErrorKind)] = [
        ("Stale Connection", .staleConnection),
        ("Authorization Violation", .authorizationViolation),
        ("User Authentication Expired", .userAuthenticationExpired),
        ("User Authentication Revoked", .userAuthenticationRevoked),
        ("Account Authentication Expired", .accountAuthenticationExpired),
        ("Authentication Timeout", .authenticationTimeout),
        ("maximum connections exceeded", .maximumConnectionsExceeded),
        ("maximum account active connections exceeded", .maximumAccountConnectionsExceeded),
        ("Connection throttling is active", .connectionThrottled),
        ("Secure Connection - TLS Required", .tlsRequired),
        ("maximum subscriptions exceeded", .maximumSubscriptionsExceeded),
        ("Permissions Violation for Publish to", .publishPermissionViolation),
        ("Permissions Violation for Publish with Reply of", .replyPermissionViolation),
        ("Permissions Violation for Subscription to", .subscriptionPermissionViolation),
        ("Invalid Subject", .invalidSubject),
        ("Invalid Publish Subject", .invalidPublishSubject),
        ("Maximum Payload Violation", .maximumPayloadViolation),
        ("maximum control line exceeded", .maximumControlLineExceeded),
        ("Unknown Protocol Operation", .unknownProtocolOperation),
        ("invalid client protocol", .invalidClientProtocol),
        ("no responders requires headers support", .noRespondersRequiresHeaders),
        ("message headers not supported", .headersNotSupported),
        ("Failed Account Registration", .accountRegistrationFailed),
        ("attempted to connect to route port", .wrongPort),
        ("attempted to connect to gateway port", .wrongPort),
        ("attempted to connect to leaf node port", .wrongPort),
    ]

    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isOuter(_ byte: UInt8) -> Bool { byte <= 0x20 || byte == UInt8(ascii: "'") }
        let start = text.drop(while: isOuter)
        guard let last = start.lastIndex(where: { !isOuter($0) }) else { return [] }
        return start[...last]
    }

    /// What follows `prefix`, letters compared without their case; nil when `text` starts otherwise, or its word goes
    /// on.
    private static func tail(of text: ArraySlice<UInt8>, after prefix: String) -> ArraySlice<UInt8>? {
        guard text.count >= prefix.utf8.count else { return nil }
        for (left, right) in zip(text, prefix.utf8) where asciiLowercased(left) != asciiLowercased(right) { return nil }
        let rest = text.dropFirst(prefix.utf8.count)
        if let next = rest.first.map(asciiLowercased), (0x61...0x7A).contains(next) { return nil }
        return rest
    }

    private static func asciiLowercased(_ byte: UInt8) -> UInt8 {
        (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
    }
}
