public import NATSProtocol

extension ConnectOptions {
    /// Connections by WebSocket (`ws://` and `wss://`). The path stands in the server's URL.
    public struct WebSocket: Sendable {
        /// Says which fields the request of one upgrade gets besides ``WebSocket/headers``: cookies, tokens of a gateway. Runs
        /// outside the reactor's thread, within the attempt's deadline; it is cancelled when the attempt is given up. What it
        /// throws fails the attempt.
        ///
        /// - Parameter server: the server's address, without credentials.
        public typealias HeaderProvider = @Sendable (_ server: String) async throws -> Headers

        /// Fields that are added to the request of every upgrade. `connect` throws ``NATSError/Code/invalidOption`` for one that
        /// isn't well formed, or that the upgrade sets itself (`Host`, `Upgrade`, `Sec-WebSocket-…`). Default: none.
        public var headers = Headers()
        /// Asked for further fields in every attempt to connect. Default: nil.
        public var headerProvider: HeaderProvider?

        /// All defaults: no fields of your own.
        public init() {}

        /// What the upgrade asks for, with the fields that were provided for this attempt.
        func offer(provided: Headers) -> WebSocketUpgrade.Offer {
            var offer = WebSocketUpgrade.Offer()
            for (name, value) in headers { offer.headers.append(HTTPField(name, value)) }
            for (name, value) in provided { offer.headers.append(HTTPField(name, value)) }
            return offer
        }
    }

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

extension ConnectOptions {
    /// Throws what no attempt could mend. Gives the proxy, as option and environment name it now.
    func checkTransport(_ addresses: [ServerAddress]) throws(NATSError) -> ProxyRule {
        for address in addresses {
            if tls != nil, address.scheme == .ws {
                throw NATSError(
                    .configuration, "TLS is required here, and ws:// has none: use wss://", server: address.location)
            }
            guard address.scheme.isWebSocket else { continue }
            var random = RandomSource(seed: 0)
            do throws(WebSocketError) {
                _ = try WebSocketUpgrade(server: address, offer: webSocket.offer(provided: Headers()), random: &random)
            } catch {
                throw NATSError(.invalidOption, "\(error)", server: address.location, underlying: error)
            }
        }
        do throws(ProxyError) {
            let rule = try ProxyRule(proxy)
            for address in addresses { _ = try rule.proxy(for: address) }
            return rule
        } catch {
            throw NATSError(.invalidOption, "the proxy can't be used: \(error)", underlying: error)
        }
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
