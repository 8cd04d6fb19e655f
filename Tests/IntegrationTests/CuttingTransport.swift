import NATSClient
import TestSupport

/// What lies between the bytes that are cut and those of the protocol.
enum CuttingTransport: CaseIterable, Sendable {
    case plain
    case tls
    case webSocket
    case secureWebSocket

    func url(port: UInt16) -> String {
        switch self {
        case .plain: "nats://127.0.0.1:\(port)"
        case .tls: "tls://localhost:\(port)"
        case .webSocket: "ws://127.0.0.1:\(port)"
        case .secureWebSocket: "wss://localhost:\(port)"
        }
    }

    func options(_ backend: CuttingBackend) throws -> ConnectOptions {
        var options = backend.options
        if isEncrypted {
            options.tls = TLSConfiguration(trustRoots: .file(try TestCertificates.shared.get().authority.certificate))
        }
        return options
    }

    /// A server with both ports: whoever isn't under the cut uses the plain one.
    func serverOptions() throws -> NATSServerOptions {
        let tls = NATSServerOptions.TLS(try TestCertificates.shared.get().server)
        return .with {
            switch self {
            case .plain: break
            case .tls:
                $0.tls = tls
                $0.tls?.isOptional = true
            case .webSocket: $0.webSocket = .init()
            case .secureWebSocket: $0.webSocket = .init(tls: tls)
            }
        }
    }

    func port(_ server: NATSServerProcess) -> UInt16 {
        switch self {
        case .plain, .tls: server.port
        case .webSocket, .secureWebSocket: server.ports?.webSocket ?? 0
        }
    }

    private var isEncrypted: Bool { self == .tls || self == .secureWebSocket }
}
