import NATSClient
import TestSupport

extension HandshakeCase {
    static var webSocket: [HandshakeCase] {
        get throws {
            let certificates = try TestCertificates.shared.get()
            let plain = NATSServerOptions.with { $0.webSocket = .init() }
            let encrypted = NATSServerOptions.with { $0.webSocket = .init(tls: .init(certificates.server)) }
            let stranger = NATSServerOptions.with { $0.webSocket = .init(tls: .init(certificates.stranger)) }
            let locked = NATSServerOptions.with {
                $0.webSocket = .init()
                $0.user = "ann"
                $0.password = "other"
            }
            return [
                HandshakeCase("WebSocket", .server(plain), fails: nil),
                HandshakeCase("encrypted WebSocket", .server(encrypted), fails: nil).with { $0.scheme = "wss" },
                HandshakeCase("a wrong password over WebSocket", .server(locked), fails: .authenticationFailed),
                HandshakeCase("an authority that nobody trusts", .server(stranger), fails: .tlsFailed).with { $0.scheme = "wss" },
                HandshakeCase("no TLS where we want it", .server(plain), fails: .tlsFailed).with { $0.scheme = "wss" },
                HandshakeCase("a port for HTTP that isn't for WebSocket", .monitoringPort, fails: .connectFailed).with {
                    $0.text = "refused the WebSocket upgrade"
                },
                HandshakeCase("a port for NATS", .scripted([.send(ScriptedServer.defaultINFO)]), fails: .connectFailed).with {
                    $0.text = "use that scheme"
                },
                HandshakeCase(
                    "the end instead of an answer", .scripted([.skip(toLineWithPrefix: "Sec-"), .close]), fails: .connectFailed),
                HandshakeCase("silence instead of an answer", .scripted([.stall]), fails: .timedOut).with {
                    $0.change = { $0.connectTimeout = .milliseconds(500) }
                },
            ].map { row in
                row.with {
                    let change = $0.change
                    if $0.scheme == "nats" { $0.scheme = "ws" }
                    if $0.scheme == "wss" {
                        $0.good = encrypted
                        $0.change = trusting()
                    } else {
                        $0.good = plain
                        $0.change = change
                    }
                }
            }
        }
    }
}
