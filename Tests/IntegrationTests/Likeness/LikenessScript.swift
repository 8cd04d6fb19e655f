/// What clients say to a server, byte for byte, and up to where they listen after each word.
struct LikenessScript: Sendable {
    enum Step: Sendable {
        /// Connects, and listens to INFO.
        case open(Int)
        /// Sends bytes, and listens up to a PONG, or to the end of the connection.
        case say(Int, String)
        /// Sends bytes, and listens up to a line that ends so.
        case sayUntil(Int, String, end: String)
        /// Something happens to the servers.
        case event(Event)
    }

    enum Event: Sendable {
        case lameDuck, neighbourGoes, neighbourComes
    }

    let name: String
    let steps: [Step]

    /// Connects as a user who may do what the server's configuration says.
    static func introduction(_ more: String = "", verbose: Bool = false, user: String? = "likeness") -> String {
        let credentials = user.map { #","user":"\#($0)","pass":"secret""# } ?? ""
        let fields = #""verbose":\#(verbose),"headers":true,"no_responders":true,"protocol":1"#
        return "CONNECT {\(fields)\(credentials)\(more)}\r\nPING\r\n"
    }

    /// One client that introduces itself and then says these things, each up to its PONG. At the end it is seen that it lives.
    static func one(_ name: String, _ said: String..., introduction: String = LikenessScript.introduction()) -> LikenessScript {
        LikenessScript(
            name: name,
            steps: [.open(0), .say(0, introduction)] + said.map { .say(0, $0) } + [.say(0, "PING\r\n")])
    }

    /// Two of them. The second one's PONG comes behind what the first has sent it.
    static func two(_ name: String, _ said: (Int, String)...) -> LikenessScript {
        LikenessScript(
            name: name,
            steps: [.open(0), .say(0, introduction()), .open(1), .say(1, introduction())] + said.map { .say($0.0, $0.1) }
                + [.say(0, "PING\r\n"), .say(1, "PING\r\n")])
    }
}

extension LikenessScript {
    /// On one server with `max_payload` 1,000, `max_control_line` 1,024, `max_subscriptions` 6 and one user, who may neither
    /// publish to `denied.pub.>` nor subscribe to `denied.sub.>`.
    static let onOneServer: [LikenessScript] = [
        one("PING and PONG", "PING\r\n", "PONG\r\nPING\r\n"),
        one("a message to oneself", "SUB a 1\r\nPUB a 2\r\nhi\r\nPING\r\n"),
        one("an empty message, with a reply subject", "SUB a 1\r\nPUB a r.1 0\r\n\r\nPING\r\n"),
        one(
            "+OK for every operation", "SUB a 1\r\nPUB a 1\r\nx\r\nUNSUB 1\r\nUNSUB 9\r\nPING\r\n",
            introduction: introduction(verbose: true)),
        one("a second CONNECT", introduction(verbose: true), "SUB a 1\r\nPING\r\n"),
        one("UNSUB with a maximum", "SUB a 1\r\nUNSUB 1 2\r\nPUB a 1\r\n1\r\nPUB a 1\r\n2\r\nPUB a 1\r\n3\r\nPING\r\n"),
        one(
            "UNSUB with a maximum that is reached",
            "SUB a 1\r\nPUB a 1\r\n1\r\nPUB a 1\r\n2\r\nUNSUB 1 2\r\nPUB a 1\r\n3\r\nPING\r\n"),
        one(
            "UNSUB with a maximum that is raised",
            "SUB a 1\r\nUNSUB 1 1\r\nUNSUB 1 2\r\nPUB a 1\r\n1\r\nPUB a 1\r\n2\r\nPUB a 1\r\n3\r\nPING\r\n"),
        one("UNSUB with a maximum of 0", "SUB a 1\r\nUNSUB 1 0\r\nPUB a 1\r\n1\r\nPING\r\n"),
        one("UNSUB of what was never subscribed", "UNSUB 7\r\nUNSUB 8 3\r\nPING\r\n"),
        one("a sid that is used twice", "SUB a 1\r\nSUB b 1\r\nPUB a 1\r\nx\r\nPUB b 1\r\ny\r\nPING\r\n"),
        one("a sid that is used again", "SUB a 1\r\nUNSUB 1\r\nSUB b 1\r\nPUB a 1\r\nx\r\nPUB b 1\r\ny\r\nPING\r\n"),
        one(
            "wildcards",
            "SUB a.* 1\r\nPUB a.b 0\r\n\r\nPUB a.b.c 0\r\n\r\nPUB a 0\r\n\r\nSUB b.> 2\r\nPUB b.c.d 0\r\n\r\nPUB b 0\r\n\r\nPING\r\n"
        ),
        one(
            "HPUB and HMSG",
            "SUB a 1\r\nHPUB a 12 14\r\nNATS/1.0\r\n\r\nhi\r\nHPUB a r 18 18\r\nNATS/1.0\r\nA: b\r\n\r\n\r\nPING\r\n"),
        one("HPUB with headers longer than the whole", "HPUB a 20 14\r\nNATS/1.0\r\n\r\nhi\r\nPING\r\n"),
        one("no responders", "SUB r 1\r\nPUB nobody r 2\r\nhi\r\nPING\r\n", "SUB i.* 2\r\nPUB nobody i.7 2\r\nhi\r\nPING\r\n"),
        one("a responder in a queue group is one", "SUB r 1\r\nSUB q group 2\r\nPUB q r 1\r\nx\r\nPING\r\n"),
        one("no echo", "SUB a 1\r\nPUB a 1\r\nx\r\nPING\r\n", introduction: introduction(#","echo":false"#)),
        one(
            "no echo, and so no responder", "SUB a 1\r\nSUB r 2\r\nPUB a r 1\r\nx\r\nPING\r\n",
            introduction: introduction(#","echo":false"#)),
        one("an unknown operation", "HELLO\r\n"),
        one("a body without its end", "PUB a 2\r\nhixx\r\n"),
        one("a negative size", "PUB a -2\r\nPING\r\n"),
        one("PUB without a size", "PUB a\r\nPING\r\n"),
        one("SUB without a sid", "SUB a\r\nPING\r\n"),
        one("a payload that is too large", "PUB a 1001\r\n"),
        one("headers and payload that are too large together", "HPUB a 12 1001\r\n"),
        one("a payload of just the limit", "SUB a 1\r\nPUB a 1000\r\n\(String(repeating: "x", count: 1_000))\r\nPING\r\n"),
        one("a control line that is too long", "SUB \(String(repeating: "a", count: 1_100)) 1\r\n"),
        one("a subject that can't be subscribed to", "SUB a..b 1\r\nPING\r\n", "SUB a.>.b 2\r\nPING\r\n"),
        one("a subject that can't be published to", "PUB a..b 1\r\nx\r\nPING\r\n", "PUB a.* 1\r\nx\r\nPING\r\n"),
        one("a publish that is denied", "PUB denied.pub.x 1\r\nx\r\nPING\r\n", "PUB denied.pub.x r 1\r\nx\r\nPING\r\n"),
        one("a subscription that is denied", "SUB denied.sub.x 1\r\nPING\r\n", "SUB denied.sub.> 2\r\nPING\r\n"),
        one("a queue subscription that is denied", "SUB denied.sub.x group 1\r\nPING\r\n"),
        one(
            "too many subscriptions", (1...8).map { "SUB a \($0)\r\n" }.joined() + "PING\r\n",
            "UNSUB 1\r\nSUB b 20\r\nSUB b 21\r\nPING\r\n"),
        one("small letters, tabs and blanks", "sub\ta  1\r\npub a\t1\r\nx\r\nping\r\n"),
        one("lines that end with LF alone", "PING\n", "SUB a 1\nPUB a 1\r\nx\r\nPING\r\n"),
        one("what a server passes over", "+OK\r\nINFO {}\r\nPING\r\n"),
        one("an -ERR from a client", "-ERR 'x'\r\nPING\r\n"),
        one("a wrong password", "PING\r\n", introduction: introduction(user: "somebody")),
        one("no credentials", "PING\r\n", introduction: introduction(user: nil)),
        one(
            "no_responders without headers",
            introduction: #"CONNECT {"user":"likeness","pass":"secret","no_responders":true}"# + "\r\nPING\r\n"),
        one(
            "an old client", "SUB a 1\r\nPUB a 1\r\nx\r\nPING\r\n",
            introduction: #"CONNECT {"user":"likeness","pass":"secret"}"# + "\r\nPING\r\n"),
        LikenessScript(name: "PING before CONNECT", steps: [.open(0), .say(0, "PING\r\n")]),
        LikenessScript(name: "SUB before CONNECT", steps: [.open(0), .say(0, "SUB a 1\r\nPING\r\n")]),
        LikenessScript(
            name: "nothing before the authentication's timeout", steps: [.open(0), .sayUntil(0, "", end: "\r\n"), .say(0, "")]),
        two("from one client to another", (0, "SUB a 1\r\nPING\r\n"), (1, "PUB a r 3\r\nabc\r\nPING\r\n")),
        two(
            "a queue group takes each message once", (0, "SUB a g 1\r\nPING\r\n"), (1, "PUB a 1\r\n1\r\nPUB a 1\r\n2\r\nPING\r\n")
        ),
        two(
            "a client that has left isn't there", (0, "SUB a 1\r\nUNSUB 1\r\nPING\r\n"),
            (1, "SUB r 1\r\nPUB a r 1\r\n1\r\nPING\r\n")),
        two(
            "a request and its reply", (0, "SUB q 1\r\nPING\r\n"), (1, "SUB i 1\r\nPUB q i 1\r\n?\r\nPING\r\n"),
            (0, "PUB i 1\r\n!\r\nPING\r\n")),
        LikenessScript(
            name: "lame duck",
            steps: [
                .open(0), .say(0, introduction()), .say(0, "PING\r\n"), .event(.lameDuck), .sayUntil(0, "", end: "} \r\n"),
                .say(0, ""),
            ]),
    ]

    /// On the first of two servers that tell their clients of each other.
    static let inACluster: [LikenessScript] = [
        LikenessScript(
            name: "gossip",
            steps: [
                .open(0), .say(0, introduction(user: nil)), .say(0, "PING\r\n"), .event(.neighbourGoes),
                .sayUntil(0, "", end: "} \r\n"),
                .event(.neighbourComes), .sayUntil(0, "", end: "} \r\n"), .say(0, "PING\r\n"),
            ])
    ]
}
