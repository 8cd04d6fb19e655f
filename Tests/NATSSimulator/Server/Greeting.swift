/// How a server receives a new connection. All but the first are mistakes of servers, or of what is taken for one.
enum Greeting: CaseIterable {
    case normal
    /// INFO comes late, perhaps too late; or never.
    case late, never
    /// Closes at once, without a word or with one.
    case closed, full
    /// Demands TLS, and then: sends nothing, closes, sends garbage, an alert, or the beginning of an answer and its end.
    case silentTLS, closedTLS, garbageTLS, alertTLS, cutTLS
    /// Demands TLS, and goes on in the clear: what follows INFO may be somebody else's.
    case injectedTLS
    /// Isn't a NATS server, or isn't one to be trusted.
    case http, noise, messageFirst, pingFirst, pongFirst, okFirst, brokenInfo, emptyLine, longLine
    case denialFirst, errorFirst, tlsErrorFirst
    /// Says INFO, and then what has no place before the client is taken.
    case pingBehindInfo, okBehindInfo, infoBehindInfo, brokenInfoBehindInfo, messageBehindInfo, noiseBehindInfo
    case denialBehindInfo, errorBehindInfo, tlsErrorBehindInfo

    static let odd = allCases.filter { $0 != .normal }

    /// What it says besides INFO.
    fileprivate var saying: String {
        switch self {
        case .messageFirst, .messageBehindInfo: "MSG kept.0 1 14\r\nmpremature.0.0\r\n"
        case .pingFirst, .pingBehindInfo: "PING\r\n"
        case .pongFirst: "PONG\r\n"
        case .okFirst, .okBehindInfo: "+OK\r\n"
        case .brokenInfo, .brokenInfoBehindInfo: "INFO {\"server_id\":\"x\",\"max_payload\":}\r\n"
        case .denialFirst, .denialBehindInfo: "-ERR 'Permissions Violation for Publish to \"x\"'\r\n"
        case .errorFirst, .errorBehindInfo: "-ERR 'Authorization Violation'\r\n"
        case .tlsErrorFirst, .tlsErrorBehindInfo: "-ERR 'Secure Connection - TLS Required'\r\n"
        default: ""
        }
    }

    /// The client may be taken all the same.
    var isHonest: Bool {
        switch self {
        case .normal, .late, .pingBehindInfo, .okBehindInfo, .infoBehindInfo: true
        default: false
        }
    }

    var demandsTLS: Bool {
        switch self {
        case .silentTLS, .closedTLS, .garbageTLS, .alertTLS, .cutTLS, .injectedTLS: true
        default: false
        }
    }
}

extension ModelClient {
    /// Acts as `greeting` says.
    func greet(_ greeting: Greeting, _ dice: Dice) {
        self.greeting = greeting
        if greeting != .normal { note("greets it: \(greeting)") }
        switch greeting {
        case .normal: sendInfo()
        case .late: world.after(dice.skewed(upTo: 9_000_000_000)) { [weak self] in self?.sendInfo() }
        case .never: break
        case .closed: close(nil)
        case .full: close("maximum connections exceeded")
        case .silentTLS, .closedTLS, .garbageTLS, .alertTLS, .cutTLS: sendInfo()
        case .injectedTLS:
            sendInfo()
            send(Array("MSG kept.0 1 6\r\nminjected.0.0 \r\nPONG\r\n".utf8))
        case .http: send(Array("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".utf8))
        case .noise: send(Garbage.noise(dice))
        case .messageFirst, .pingFirst, .pongFirst, .okFirst, .brokenInfo, .denialFirst, .errorFirst, .tlsErrorFirst:
            send(greeting.saying)
        case .pingBehindInfo, .okBehindInfo, .brokenInfoBehindInfo, .messageBehindInfo, .denialBehindInfo,
            .errorBehindInfo, .tlsErrorBehindInfo:
            sendInfo()
            // In the same packet, or when CONNECT is on its way.
            world.after(dice.isOne(in: 2) ? 0 : dice.skewed(upTo: 100_000_000)) { [weak self] in self?.send(greeting.saying) }
        case .infoBehindInfo:
            sendInfo()
            sendInfo()
        case .noiseBehindInfo:
            sendInfo()
            send(Garbage.noise(dice))
        case .emptyLine: send([13, 10])
        case .longLine: send(Array("INFO {\"server_id\":\"".utf8) + [UInt8](repeating: 120, count: 70_000))
        }
        if !greeting.demandsTLS, greeting != .late, greeting != .normal, dice.isOne(in: 2) {
            world.after(dice.skewed(upTo: 3_000_000_000)) { [weak self] in self?.close(nil) }
        }
    }

    /// The client's half of a TLS handshake comes; nobody here can answer it.
    func answerTLS(_ bytes: [UInt8], _ dice: Dice) {
        switch greeting {
        case .closedTLS: close(nil)
        case .garbageTLS: send(Garbage.noise(dice))
        // A fatal alert: handshake_failure (RFC 8446 section 6).
        case .alertTLS: send([0x15, 3, 3, 0, 2, 2, 40])
        case .cutTLS:
            // The head of a record with a ServerHello, and not all of it.
            send(Array([0x16, 3, 3, 0, 122, 2, 0, 0, 118, 3, 3] + [UInt8](repeating: 7, count: 40)).prefix(dice.below(50)) + [])
            world.after(dice.skewed(upTo: 2_000_000_000)) { [weak self] in self?.close(nil) }
        default: break
        }
    }
}
