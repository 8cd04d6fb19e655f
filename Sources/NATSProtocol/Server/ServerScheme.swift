/// How a server is reached: the part of its address in front of `://`.
package enum ServerScheme: String, Hashable, Sendable, CaseIterable {
    /// Plain TCP; TLS follows when the server or the client asks for it.
    case nats
    /// TCP with TLS enforced.
    case tls
    /// WebSocket over plain TCP.
    case ws
    /// WebSocket over TLS.
    case wss

    package var defaultPort: UInt16 {
        switch self {
        case .nats, .tls: 4222
        case .ws: 80
        case .wss: 443
        }
    }

    package var isWebSocket: Bool { self == .ws || self == .wss }

    /// True when a connection without TLS must not be used, whatever the server's INFO says.
    package var requiresTLS: Bool { self == .tls || self == .wss }
}

extension ServerScheme {
    /// By its name in upper or lower case.
    init?(lettersOfAnyCase name: some Collection<UInt8>) {
        let scheme = Self.allCases.first { $0.rawValue.utf8.elementsEqual(name.lazy.map { $0 | 0x20 }) }
        guard let scheme else { return nil }
        self = scheme
    }
}
