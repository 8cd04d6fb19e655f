import NATSClient
import Reactor
import TestSupport
import Testing

/// One suite for the first connection and for every later one, with the same results. Pain point P5.
@Suite("Handshake, as first connect and as reconnect") struct HandshakeTests {
    @Test("a server that takes us", arguments: HandshakeCase.accepted, HandshakeMode.allCases)
    func accepted(_ handshake: HandshakeCase, _ mode: HandshakeMode) async throws {
        try await run(handshake, mode)
    }

    @Test("a server that refuses us", arguments: HandshakeCase.refused, HandshakeMode.allCases)
    func refused(_ handshake: HandshakeCase, _ mode: HandshakeMode) async throws {
        try await run(handshake, mode)
    }

    @Test("a peer that isn't a server, or dies", arguments: HandshakeCase.strange, HandshakeMode.allCases)
    func strange(_ handshake: HandshakeCase, _ mode: HandshakeMode) async throws {
        try await run(handshake, mode)
    }

    @Test("a peer that keeps us waiting", arguments: HandshakeCase.silent, HandshakeMode.allCases)
    func silent(_ handshake: HandshakeCase, _ mode: HandshakeMode) async throws {
        try await run(handshake, mode)
    }

    @Test("TLS that is agreed on, and TLS that isn't", arguments: try HandshakeCase.encrypted, HandshakeMode.allCases)
    func encrypted(_ handshake: HandshakeCase, _ mode: HandshakeMode) async throws {
        try await run(handshake, mode)
    }

    @Test("WebSocket, in the clear and encrypted", arguments: try HandshakeCase.webSocket, HandshakeMode.allCases)
    func webSocket(_ handshake: HandshakeCase, _ mode: HandshakeMode) async throws {
        try await run(handshake, mode)
    }

    @Test("a JWT that is past its time", arguments: HandshakeMode.allCases)
    func expired(_ mode: HandshakeMode) async throws {
        let operators = try OperatorMode()
        let user = try NKey.generate(.user)
        let text = try OperatorMode.credentials(jwt: operators.userJWT(user, expiresAt: 1_700_000_001), user)
        try await run(
            HandshakeCase("expired", .server(operators.serverOptions()), fails: .authenticationFailed).with {
                $0.change = { $0.authentication = .credentials(text: text) }
            }, mode)
    }

    private func run(_ handshake: HandshakeCase, _ mode: HandshakeMode) async throws {
        try await handshake.withPeer { port in
            switch mode {
            case .first:
                for backend in Backend.tested {
                    try await withCuttingProxy(to: port) { proxy in
                        try await HandshakeRun(handshake, backend, proxy).first()
                    }
                }
            case .later:
                try await withNATSServer(handshake.good) { good in
                    for backend in Backend.tested {
                        let goodPort = handshake.port(of: good)
                        try await withCuttingProxy(to: goodPort) { proxy in
                            try await HandshakeRun(handshake, backend, proxy).later(peer: port, good: goodPort)
                        }
                    }
                }
            }
        }
    }
}

enum HandshakeMode: String, CaseIterable, CustomTestStringConvertible {
    case first
    case later

    var testDescription: String { rawValue }
}

/// The client stays at the address of a proxy; who is behind it changes.
private struct HandshakeRun {
    let handshake: HandshakeCase
    let backend: Backend
    let proxy: CuttingProxy

    init(_ handshake: HandshakeCase, _ backend: Backend, _ proxy: CuttingProxy) {
        (self.handshake, self.backend, self.proxy) = (handshake, backend, proxy)
    }

    private func options(_ loop: EventLoop) -> ConnectOptions {
        var options = ConnectOptions()
        options.eventLoop = loop
        options.ignoresDiscoveredServers = true
        options.connectTimeout = .seconds(20)
        options.reconnect.baseDelay = .milliseconds(5)
        options.reconnect.maximumDelay = .milliseconds(50)
        handshake.change(&options)
        return options
    }

    private var url: String { "\(handshake.scheme)://127.0.0.1:\(proxy.port)" }

    /// What `connect` throws.
    func first() async throws {
        try await withEventLoop(backend) { loop in
            let (url, options) = (url, options(loop))
            do {
                let nats = try await withDeadline(.seconds(30)) { try await NATS.connect(url, options: options) }
                #expect(handshake.code == nil, "connected all the same")
                await nats.close()
            } catch let error as NATSError {
                expect(error)
            }
        }
    }

    /// What the events say, and that the session goes on.
    func later(peer: UInt16, good: UInt16) async throws {
        try await withEventLoop(backend) { loop in
            var options = options(loop)
            // A short deadline may pass on a busy machine; what is tested comes later.
            options.reconnect.retriesFirstConnect = true
            let nats = try await NATS.connect(url, options: options)
            try await later(nats, peer: peer, good: good)
            await nats.close()
        }
    }

    private func later(_ nats: NATSConnection, peer: UInt16, good: UInt16) async throws {
        let log = EventLog(nats)
        let subscription = try await nats.subscribe("n")
        let failures = { log.matching { $0.failedAttempt }.count }
        let before = failures()
        proxy.setUpstream(port: peer)
        proxy.harmAll(.reset)
        if handshake.code == nil {
            _ = try await log.first("taken", within: .seconds(30)) { $0.isReconnected }
        } else {
            try await eventually("refused twice") { failures() >= before + 2 }
            for error in log.matching({ $0.failedAttempt }).dropFirst(before) { expect(error) }
            #expect(nats.status == .reconnecting)
            // The session goes on.
            proxy.setUpstream(port: good)
            _ = try await log.first("taken", within: .seconds(30)) { $0.isReconnected }
            try await nats.publish("n", "x")
            #expect(try await subscription.required().string == "x")
        }
    }

    private func expect(_ error: NATSError) {
        #expect(error.code == handshake.code, "\(error)")
        #expect(error.server == url)
        #expect("\(error)".contains(handshake.text), "\(error)")
    }
}

extension HandshakeCase {
    /// Where a server is reached with the case's scheme.
    fileprivate func port(of server: NATSServerProcess) -> UInt16 {
        scheme.hasPrefix("ws") ? server.ports?.webSocket ?? 0 : server.port
    }

    /// Runs `body` with the port at which the peer answers.
    fileprivate func withPeer(_ body: (UInt16) async throws -> Void) async throws {
        switch peer {
        case .scripted(let script):
            let server = try ScriptedServer([script], afterLastScript: .repeatLast, stepDeadline: .seconds(30))
            defer { server.stop() }
            try await body(server.port)
        case .server(let options):
            try await withNATSServer(options) { try await body(port(of: $0)) }
        case .full(let options):
            try await withNATSServer(options) { server in
                let other = try await NATS.connect(server.url)
                try await body(server.port)
                await other.close()
            }
        case .routePort:
            try await withNATSServer(.with { $0.cluster = .init() }) { try await body($0.ports?.cluster ?? 0) }
        case .monitoringPort:
            try await withNATSServer(.with { $0.isMonitored = true }) { try await body($0.ports?.monitoring ?? 0) }
        case .webSocketPort:
            try await withNATSServer(.with { $0.webSocket = .init() }) { try await body($0.ports?.webSocket ?? 0) }
        case .nobody:
            try await body(UnusedPort().port)
        }
    }
}
