import NATSProtocol
import Reactor

/// Which proxy is on the way to a server.
enum ProxyRule: Sendable {
    case none
    case all(ProxyAddress)
    /// As these variables say, server by server.
    case environment([String: String])

    init(_ option: ConnectOptions.Proxy) throws(ProxyError) {
        switch option.kind {
        case .none: self = .none
        case .url(let text): self = .all(try ProxyAddress(parsing: text))
        case .automatic:
            guard let text = ProcessEnvironment["NATS_SOCKS_PROXY"] else {
                self = .none
                return
            }
            self = .all(try ProxyAddress(parsing: text, default: .socks5))
        case .environment:
            var variables: [String: String] = [:]
            for name in ["HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"].flatMap({ [$0, $0.lowercased()] }) {
                variables[name] = ProcessEnvironment[name]
            }
            self = .environment(variables)
        }
    }

    func proxy(for server: ServerAddress) throws(ProxyError) -> ProxyAddress? {
        switch self {
        case .none: nil
        case .all(let proxy): proxy
        case .environment(let variables):
            try ProxyEnvironment.proxy(forHost: server.host, port: server.port, in: variables)
        }
    }
}

/// Descriptions never show a password: variables hold addresses as they were written.
extension ProxyRule: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String {
        switch self {
        case .none: "none"
        case .all(let proxy): "\(proxy)"
        case .environment(let variables): "environment(\(variables.keys.sorted().joined(separator: ", ")))"
        }
    }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: ["rule": description], displayStyle: .enum) }
}
