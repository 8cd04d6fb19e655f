import NATSProtocol

/// The session machine under any sequence of events and calls.
///
/// The first two bytes configure it. Then a letter chooses what happens (`SessionTarget.letters`), and the bytes behind it say
/// with what; a byte that is no such letter stands for one. `ci` in a seed reads: connected, INFO.
enum SessionTarget: FuzzTarget {
    static let name = "session"
    static let byteCountMax = 400

    private static let letters = Array("csaiIpPgoeExvmbwtTundfDCARLShk".utf8)

    static func run(_ input: Span<UInt8>) throws(FuzzFinding) {
        var fields = InputFields(input)
        let (first, second) = (fields.byte(), fields.byte())
        let servers = servers(Int(first >> 5))
        var bench = SessionBench(configuration(first, second), servers: servers, seed: UInt64(second))
        try bench.step { session, now in session.start(now: now) }
        while !fields.isAtEnd {
            let byte = fields.byte()
            let letter = letters.contains(byte) ? byte : letters[Int(byte) % letters.count]
            if try happen(letter, &fields, &bench) { continue }
            try call(letter, &fields, &bench)
        }
        try bench.close()
        try bench.expectEnd()
        // Nothing that comes now changes anything.
        for letter in letters {
            if try !happen(letter, &fields, &bench) { try call(letter, &fields, &bench) }
        }
    }

    // MARK: - What the network and the server do

    private static func happen(
        _ letter: UInt8, _ fields: inout InputFields, _ bench: inout SessionBench
    ) throws(FuzzFinding) -> Bool {
        guard "csaiIpPgoeExvmb".utf8.contains(letter) else { return false }
        let generation = generation(fields.byte(), bench)
        switch letter {
        case UInt8(ascii: "c"):
            try bench.step { session, now in session.transportConnected(generation: generation, now: now) }
        case UInt8(ascii: "s"): try bench.tlsEstablished(generation: generation)
        case UInt8(ascii: "a"): try authenticate(fields.byte(), generation, &bench)
        case UInt8(ascii: "i"): try info(Self.info(fields.byte(), fields.byte()), generation, &bench)
        case UInt8(ascii: "I"): try info(fields.bytes(), generation, &bench)
        case UInt8(ascii: "p"): try bench.pong(generation: generation)
        case UInt8(ascii: "P"):
            bench.isHonest = false
            try bench.step { session, now in session.pongReceived(generation: generation, now: now) }
        case UInt8(ascii: "g"): try bench.step { session, now in session.pingReceived(generation: generation, now: now) }
        case UInt8(ascii: "o"): try bench.step { session, now in session.okReceived(generation: generation, now: now) }
        case UInt8(ascii: "e"): try error(Array(errors[fields.choice(of: errors.count)].utf8), generation, &bench)
        case UInt8(ascii: "E"): try error(fields.bytes(), generation, &bench)
        case UInt8(ascii: "x"):
            try bench.step { session, now in session.transportClosed(generation: generation, now: now) }
        case UInt8(ascii: "v"):
            try bench.step { session, now in
                session.protocolViolated(ProtocolError(.malformedLine), generation: generation, now: now)
            }
        case UInt8(ascii: "m"):
            let choice = fields.byte()
            let sid = choice < 240 ? subscription(choice, bench)?.rawValue ?? 0 : fields.number()
            try bench.receive(sid: sid, generation: generation)
        default: try bench.step { session, now in session.bytesReceived(generation: generation, now: now) }
        }
        return true
    }

    private static func authenticate(
        _ choice: UInt8, _ generation: UInt32, _ bench: inout SessionBench
    ) throws(FuzzFinding) {
        try bench.step { session, now in
            if choice & 7 == 7 {
                session.authenticationFailed("no file", generation: generation, now: now)
            } else {
                session.authenticated(.token("t"), generation: generation, now: now)
            }
        }
    }

    private static func info(_ json: [UInt8], _ generation: UInt32, _ bench: inout SessionBench) throws(FuzzFinding) {
        try bench.step { session, now in session.infoReceived(json.span, generation: generation, now: now) }
        try bench.expectSoundPool()
    }

    private static func error(_ text: [UInt8], _ generation: UInt32, _ bench: inout SessionBench) throws(FuzzFinding) {
        try bench.step { session, now in session.errorReceived(text.span, generation: generation, now: now) }
    }

    // MARK: - What users and time do

    private static func call(
        _ letter: UInt8, _ fields: inout InputFields, _ bench: inout SessionBench
    ) throws(FuzzFinding) {
        switch letter {
        case UInt8(ascii: "w"): try bench.write()
        case UInt8(ascii: "t"): try bench.passToDeadline()
        case UInt8(ascii: "T"): try bench.pass(nanoseconds: UInt64(fields.byte()) * 50_000_000)
        case UInt8(ascii: "u"):
            let flags = fields.byte()
            try bench.subscribe(
                ["orders", "orders.*", ">", "_INBOX.a.>"][Int(flags & 3)], queueGroup: flags & 4 == 0 ? nil : "workers",
                confirm: flags & 8 == 0, isInbox: flags & 3 == 3)
        case UInt8(ascii: "n"):
            let (choice, maximum) = (fields.byte(), fields.byte())
            guard let id = subscription(choice, bench) else { return }
            try bench.unsubscribe(id, after: maximum & 1 == 0 ? nil : UInt64(maximum >> 1))
        case UInt8(ascii: "d"):
            guard let id = subscription(fields.byte(), bench) else { return }
            try bench.step { session, now in session.drainSubscription(id, now: now) }
        case UInt8(ascii: "f"): bench.flush()
        case UInt8(ascii: "D"): try bench.drain(deadlineNanoseconds: UInt64(fields.byte()) * 100_000_000)
        case UInt8(ascii: "C"): try bench.close()
        case UInt8(ascii: "A"): try bench.step { session, now in session.abort(now: now) }
        case UInt8(ascii: "R"): try bench.step { session, now in session.reconnect(now: now) }
        case UInt8(ascii: "L"): try bench.step { session, now in session.deliveryFinished(now: now) }
        case UInt8(ascii: "S"):
            let servers = servers(fields.choice(of: 9))
            try bench.step { session, now in session.setServers(servers, now: now) }
        case UInt8(ascii: "h"): try choose(fields.byte(), fields.byte(), &bench)
        default: try expire(fields.byte(), fields.byte(), &bench)
        }
    }

    private static func choose(_ server: UInt8, _ delay: UInt8, _ bench: inout SessionBench) throws(FuzzFinding) {
        guard let request = bench.lastChoice else { return }
        let chosen = server & 1 == 0 ? nil : servers(7)[Int(server >> 1) % 6]
        let nanoseconds: UInt64? = delay & 3 == 3 ? nil : delay & 3 == 2 ? .max : UInt64(delay) * 10_000_000
        try bench.step { session, now in
            session.serverChosen(number: request.number, server: chosen, delayNanoseconds: nanoseconds, now: now)
        }
    }

    private static func expire(_ end: UInt8, _ renewal: UInt8, _ bench: inout SessionBench) throws(FuzzFinding) {
        let generation = generation(end, bench)
        try bench.step { session, now in
            let expiry = CredentialsExpiry(
                claimedSeconds: Int64(end), end: now.advanced(byNanoseconds: UInt64(end) * 100_000_000),
                renewal: now.advanced(byNanoseconds: UInt64(renewal) * 100_000_000))
            session.credentialsExpire(expiry, generation: generation, now: now)
        }
    }
}

// MARK: - Choices

extension SessionTarget {
    /// The present link, the newest, the one before, or any that ever was.
    private static func generation(_ choice: UInt8, _ bench: borrowing SessionBench) -> UInt32 {
        switch choice & 3 {
        case 0: bench.session.generation
        case 1: bench.generations.last ?? 0
        case 2: bench.links.keys.min() ?? 0
        default: bench.generations.isEmpty ? UInt32(choice) : bench.generations[Int(choice >> 2) % bench.generations.count]
        }
    }

    private static func subscription(_ choice: UInt8, _ bench: borrowing SessionBench) -> SubscriptionID? {
        bench.everHeld.isEmpty ? nil : bench.everHeld[Int(choice) % bench.everHeld.count]
    }

    private static func configuration(_ first: UInt8, _ second: UInt8) -> SessionConfiguration {
        var configuration = SessionConfiguration()
        configuration.tlsRequired = first & 1 != 0
        configuration.tlsFirst = first & 3 == 3
        configuration.authentication = first & 4 == 0 ? .userPassword(user: "u", password: "p") : .provided
        configuration.choosesServers = first & 8 != 0
        configuration.noRandomize = first & 16 != 0
        configuration.reconnect.isEnabled = second & 1 == 0
        configuration.reconnect.maximumAttempts = second & 2 == 0 ? nil : 2
        configuration.reconnect.retryOnFirstConnect = second & 4 != 0
        configuration.reconnect.firstConnectNanoseconds = second & 12 == 12 ? 20_000_000_000 : nil
        configuration.reconnect.baseDelayNanoseconds = second & 16 == 0 ? 100_000_000 : 0
        configuration.reconnect.giveUpOnRepeatedAuthenticationFailure = second & 32 != 0
        configuration.moveOverlapNanoseconds = second & 64 == 0 ? 0 : 1_000_000_000
        configuration.moveJitterNanoseconds = second & 64 == 0 ? 2_000_000_000 : 0
        configuration.closeFlushNanoseconds = second & 128 == 0 ? 2_000_000_000 : 0
        configuration.pingIntervalNanoseconds = second & 128 == 0 ? 10_000_000_000 : 0
        return configuration
    }

    /// One to six servers, of which some need TLS or have credentials of their own.
    private static func servers(_ choice: Int) -> [ServerAddress] {
        let all = [
            ServerAddress(host: "a"), ServerAddress(scheme: .tls, host: "b"),
            ServerAddress(host: "c", user: "derek", password: "s3cr3t"), ServerAddress(host: "10.0.0.1", port: 4223),
            ServerAddress(scheme: .wss, host: "w"), ServerAddress(host: "::1", token: "t"),
        ]
        return Array(all.prefix(choice + 1))
    }

    private static func info(_ flags: UInt8, _ more: UInt8) -> [UInt8] {
        var members = [#""server_id":"S\#(more >> 4)""#, #""headers":true,"max_payload":1048576,"proto":1"#]
        if flags & 1 != 0 { members.append(#""tls_required":true"#) }
        if flags & 2 != 0 { members.append(#""tls_available":true"#) }
        if flags & 4 != 0 { members.append(#""ldm":true"#) }
        if flags & 8 != 0 { members.append(#""connect_urls":["a:4222","d\#(more & 3):4222","10.0.0.\#(more & 7):4222"]"#) }
        if flags & 16 != 0 { members.append(#""auth_required":true,"nonce":"n\#(more)""#) }
        if flags & 32 != 0 { members.append(#""connect_info":true"#) }
        if flags & 64 != 0 { members.append(#""cluster":"east""#) }
        if flags & 128 != 0 { members.append(#""ws_connect_urls":["e:443"]"#) }
        return Array("{\(members.joined(separator: ","))}".utf8)
    }

    private static let errors = [
        "Authorization Violation", "Stale Connection", "User Authentication Expired", "maximum connections exceeded",
        "maximum subscriptions exceeded", "Invalid Subject", #"Permissions Violation for Subscription to "orders""#,
        #"Permissions Violation for Publish to "orders""#, "Secure Connection - TLS Required",
        "maximum control line exceeded", #"Permissions Violation for Subscription to "orders.*" using queue "workers" (sid "1")"#,
        "something new",
    ]
}
