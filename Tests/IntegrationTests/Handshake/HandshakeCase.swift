import NATSClient
import TestSupport
import Testing

/// One way in which a handshake goes, whatever it is for: the first connection or a later one.
struct HandshakeCase: Sendable, CustomTestStringConvertible {
    /// Who answers.
    enum Peer: Sendable {
        /// A scripted server; every connection gets the same script.
        case scripted([ScriptStep])
        /// A real server, at its client port.
        case server(NATSServerOptions)
        /// A real server that another client has filled.
        case full(NATSServerOptions)
        /// A real member of a cluster, at its port for routes.
        case routePort
        /// A real server, at its port for monitoring.
        case monitoringPort
        /// A real server, at its port for WebSocket.
        case webSocketPort
        /// Nobody listens.
        case nobody
    }

    let testDescription: String
    let peer: Peer
    /// Nil: the connection is made.
    let code: NATSError.Code?
    /// What the error's description contains.
    var text = ""
    /// Like the peer, but takes us.
    var good = NATSServerOptions()
    var change: @Sendable (inout ConnectOptions) -> Void = { _ in }
    /// Of the address that we are given. `ws` and `wss` lead to the servers' ports for WebSocket.
    var scheme = "nats"

    init(_ description: String, _ peer: Peer, fails code: NATSError.Code?) {
        testDescription = description
        self.peer = peer
        self.code = code
    }

    /// The same with more said about it.
    func with(_ change: (inout HandshakeCase) -> Void) -> HandshakeCase {
        var changed = self
        change(&changed)
        return changed
    }
}

extension HandshakeCase {
    private static let info = ScriptedServer.defaultINFO
    private static let toCONNECT: [ScriptStep] = [.send(info)] + .expectConnectAndPing

    static let accepted: [HandshakeCase] = [
        HandshakeCase("a plain server", .server(.init()), fails: nil),
        HandshakeCase("INFO in pieces", .scripted(inPieces + pong + restored), fails: nil),
        HandshakeCase("a PING before the PONG", .scripted(toCONNECT + [.send("PING\r\nPONG\r\n")] + restored), fails: nil),
        HandshakeCase(
            "+OK and another INFO before the PONG",
            .scripted(toCONNECT + [.send("+OK\r\n" + info + "PONG\r\n")] + restored), fails: nil),
        HandshakeCase("the right password", .server(user("secret")), fails: nil).with {
            $0.change = { $0.authentication = .user("ann", password: "secret") }
        },
    ]

    static let refused: [HandshakeCase] = [
        HandshakeCase("a wrong password", .server(user("other")), fails: .authenticationFailed).with {
            $0.change = { $0.authentication = .user("ann", password: "secret") }
            $0.text = "Authorization Violation"
        },
        HandshakeCase("no password where one is needed", .server(user("other")), fails: .authenticationFailed),
        HandshakeCase(
            "-ERR behind CONNECT", .scripted(toCONNECT + [.send("-ERR 'Authorization Violation'\r\n"), .close]),
            fails: .authenticationFailed),
        HandshakeCase(
            "-ERR before INFO", .scripted([.send("-ERR 'maximum connections exceeded'\r\n"), .close]), fails: .serverError),
        HandshakeCase("a full server", .full(.with { $0.maximumConnections = 1 }), fails: .serverError).with {
            $0.text = "maximum connections exceeded"
        },
        HandshakeCase(
            "an unknown -ERR", .scripted(toCONNECT + [.send("-ERR 'something new'\r\n"), .close]), fails: .serverError),
    ]

    static let strange: [HandshakeCase] = [
        HandshakeCase("the port for routes", .routePort, fails: .configuration),
        HandshakeCase("another protocol", .scripted([.send("SSH-2.0-OpenSSH_9.2\r\n")]), fails: .protocolViolation),
        HandshakeCase("garbage", .scripted([.send([0, 1, 2, 0xFF, 13, 10])]), fails: .protocolViolation),
        HandshakeCase("garbage behind CONNECT", .scripted(toCONNECT + [.send("NONSENSE\r\n")]), fails: .protocolViolation),
        HandshakeCase("an INFO that isn't JSON", .scripted([.send("INFO {\r\n")]), fails: .protocolViolation),
        HandshakeCase("a message instead of INFO", .scripted([.send("MSG n 1 0\r\n\r\n"), .stall]), fails: .protocolViolation),
        HandshakeCase(
            "a torn message behind CONNECT",
            .scripted(toCONNECT + [.drip("MSG n 1 2\r\nhi\r\n", chunkSize: 5, every: .milliseconds(1)), .stall]),
            fails: .protocolViolation),
        HandshakeCase("PONG instead of INFO", .scripted([.send("PONG\r\n")]), fails: .protocolViolation),
        HandshakeCase("nobody", .nobody, fails: .connectFailed),
        HandshakeCase("the end instead of INFO", .scripted([.close]), fails: .connectFailed),
        HandshakeCase("the end in the middle of INFO", .scripted([.send("INFO {"), .close]), fails: .connectFailed),
        HandshakeCase("the end behind INFO", .scripted([.send(info), .close]), fails: .connectFailed),
        HandshakeCase("a reset behind CONNECT", .scripted(toCONNECT + [.reset]), fails: .connectFailed),
    ]

    static let silent: [HandshakeCase] = [
        HandshakeCase("silence", .scripted([.stall]), fails: .timedOut),
        HandshakeCase("a slow drip", .scripted([.drip(info, every: .milliseconds(50))]), fails: .timedOut),
        HandshakeCase("silence behind INFO's CR", .scripted([.send(Array(info.utf8.dropLast())), .stall]), fails: .timedOut),
        HandshakeCase("no PONG", .scripted(toCONNECT + [.stall]), fails: .timedOut),
        HandshakeCase("the port for monitoring", .monitoringPort, fails: .timedOut),
        HandshakeCase("the port for WebSocket", .webSocketPort, fails: .timedOut),
    ].map { $0.with { $0.change = { $0.connectTimeout = .milliseconds(300) } } }

    private static let inPieces = [ScriptStep.drip(info, chunkSize: 7, every: .milliseconds(1))]
    /// Behind the subscriptions of a client that comes back.
    private static let restored: [ScriptStep] = [.skip(toLineWithPrefix: "PING"), .send("PONG\r\n")]
    private static let pong = [ScriptStep].expectConnectAndPing + [.send("PONG\r\n")]

    private static func user(_ password: String) -> NATSServerOptions {
        .with {
            $0.user = "ann"
            $0.password = password
        }
    }
}
