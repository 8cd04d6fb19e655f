import AwaitPointKit
import TestSupport

@testable import NATSClient

/// A step of a connect in which it can hang.
enum ConnectPhase: CaseIterable, Sendable {
    case resolution
    case tcp
    case httpProxy
    case socksProxy
    case info
    case halfOfInfo
    case tlsAfterInfo
    case tlsFirst
    case tlsOfWebSocket
    case upgrade
    case webSocketHeaders
    case authentication
    case pong
    case pauseBetweenAttempts

    /// All of them end in the same wait.
    static let calls: Set<String> = ["NATS.connect(String?)", "NATS.connect([String])", "NATS.connect(context)"]

    /// What the server does before it falls silent.
    var script: [ScriptStep] {
        let info = ScriptedServer.defaultINFO
        let hello = ScriptStep.expect(bytes: [0x16])
        switch self {
        case .resolution, .tcp: return []
        case .httpProxy: return [.expect(prefix: "CONNECT server.test:4222 HTTP/1.1")]
        case .socksProxy: return [.expect(bytes: [5])]
        case .info: return []
        case .halfOfInfo: return [.send(Array(info.utf8.prefix(40)))]
        case .tlsAfterInfo: return [.send(ScriptedServer.info(extraFields: #""tls_required":true"#)), hello]
        case .tlsFirst, .tlsOfWebSocket: return [hello]
        case .upgrade: return [.expect(prefix: "GET / HTTP/1.1")]
        case .webSocketHeaders: return []
        case .authentication: return [.send(info)]
        case .pong: return [.send(info)] + .expectConnectAndPing
        case .pauseBetweenAttempts: return [.close]
        }
    }

    func url(_ port: UInt16) -> String {
        switch self {
        case .resolution: "nats://stalled.test:\(port)"
        case .httpProxy, .socksProxy: "nats://server.test:4222"
        case .tlsOfWebSocket: "wss://127.0.0.1:\(port)"
        case .upgrade, .webSocketHeaders: "ws://127.0.0.1:\(port)"
        default: "nats://127.0.0.1:\(port)"
        }
    }

    /// - Parameter isAsked: set when a provider of the application is asked, which then waits.
    func configure(_ options: inout ConnectOptions, port: UInt16, isAsked: Flag) {
        options.connectTimeout = forEver
        switch self {
        case .httpProxy: options.proxy = .url("http://127.0.0.1:\(port)")
        case .socksProxy: options.proxy = .url("socks5://127.0.0.1:\(port)")
        case .tlsAfterInfo, .tlsFirst, .tlsOfWebSocket:
            options.tls = TLSConfiguration(verification: .dangerouslyAcceptAnyCertificate)
            options.tls?.handshakeFirst = self == .tlsFirst
        case .webSocketHeaders:
            options.webSocket.headersProvider = {
                isAsked.set()
                try await Task.sleep(for: forEver)
                return []
            }
        case .authentication:
            options.authentication = .provider { _ in
                isAsked.set()
                try await Task.sleep(for: forEver)
                return .none
            }
        case .pauseBetweenAttempts:
            options.reconnect.retriesFirstConnect = true
            options.reconnect.baseDelay = forEver
            options.reconnect.maximumDelay = forEver
        default: break
        }
    }
}
