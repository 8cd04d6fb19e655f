import NATSProtocol

extension ConnectOptions {
    /// The proxy through which servers are reached: HTTP (CONNECT) or SOCKS5. Servers' names are resolved by the proxy.
    ///
    /// Its description never shows a password.
    public struct Proxy: Sendable {
        enum Kind: Sendable {
            case automatic
            case none
            case environment
            case url(String)
        }

        let kind: Kind
        var isAutomatic: Bool { if case .automatic = kind { true } else { false } }

        /// The proxy of the variable `NATS_SOCKS_PROXY`, which the NATS CLI knows too; without it, none.
        public static let automatic = Proxy(kind: .automatic)
        /// Servers are reached directly.
        public static let none = Proxy(kind: .none)
        /// The proxy of `HTTPS_PROXY` or `ALL_PROXY`, except for the servers of `NO_PROXY` and for this machine, by the rules that
        /// most tools follow. The environment is read once, by `connect`.
        public static let environment = Proxy(kind: .environment)
        /// This proxy, for every server: `http://host:port`, `socks5://user:password@host:port`. `connect` throws
        /// ``NATSError/Code/invalidOption`` when the address can't be understood.
        public static func url(_ url: String) -> Proxy { Proxy(kind: .url(url)) }
    }
}

extension ConnectOptions.Proxy: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The kind, and the address without its password.
    public var description: String {
        switch kind {
        case .automatic: "automatic"
        case .none: "none"
        case .environment: "environment"
        case .url(let text): (try? ProxyAddress(parsing: text)).map { "\($0)" } ?? "url(…)"
        }
    }
    /// As ``description``: never a password.
    public var debugDescription: String { description }
    /// Shows no children, since a password is among them.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
