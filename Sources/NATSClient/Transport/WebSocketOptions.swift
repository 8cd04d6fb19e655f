import Reactor

extension ConnectOptions {
    /// How connections to `ws://` and `wss://` servers are made. Other servers ignore it.
    ///
    /// What the server needs for it stands in its `websocket { … }` block.
    public struct WebSocket: Sendable {
        /// Names and values of HTTP headers, in the order in which they are sent.
        public typealias Headers = [(name: String, value: String)]

        /// Gives the headers of one attempt to connect. Runs outside the reactor's thread, within the attempt's deadline, and
        /// is cancelled when the attempt is given up. What it throws fails the attempt.
        public typealias HeadersProvider = @Sendable () async throws -> Headers

        /// Further headers of the upgrade request: cookies that the server takes credentials from (`jwt_cookie`, `user_cookie`
        /// and their like), or what a proxy in front of it asks for. Default: none.
        ///
        /// `connect` throws ``NATSError/Code/invalidOption`` for a name or a value that HTTP forbids, and for headers that the
        /// upgrade sets itself (`Host`, `Upgrade`, `Connection`, `Sec-WebSocket-…`).
        public var headers: Headers = []

        /// Asked in every attempt to connect, for headers that change while the process runs: an access token, for example.
        /// They follow those of ``headers``. Default: none.
        public var headersProvider: HeadersProvider?

        /// The path of the upgrade request at servers whose URL has none, as those that the cluster tells about. Default: none,
        /// which is `/`.
        public var path: String?

        /// Offers `permessage-deflate` (RFC 7692), each message on its own. Messages travel uncompressed when the server doesn't take the offer.
        /// Default: false.
        ///
        /// Worth its processor time on slow links with compressible payloads only. The memory of a connection grows by about
        /// 400 KiB. Needs the package trait `WebSocketCompression`; without it `connect` throws
        /// ``NATSError/Code/invalidOption``.
        public var compression = false

        /// Whether the frames that we send are masked. Default: ``Masking/always``.
        public var masking = Masking.always

        /// All defaults: no further headers, no compression, frames masked.
        public init() {}
    }
}

extension ConnectOptions.WebSocket {
    /// What happens with the mask, which RFC 6455 (section 5.3) asks of every client to protect proxies from scripts in
    /// browsers.
    public enum Masking: Sendable, Hashable {
        /// As the RFC says. Right behind any proxy.
        case always
        /// Asks the server to do without (`Nats-No-Masking: true`), and masks if it doesn't agree. nats-server agrees with
        /// every client that asks, though only its own leaf nodes do (`wsUpgrade` in `server/websocket.go`).
        ///
        /// Saves one pass over every byte sent. A proxy that looks into the frames may drop the connection: for direct
        /// connections.
        case omittedIfAllowed
    }
}

extension ConnectOptions.WebSocket {
    /// Throws what no attempt could mend.
    func checkCompression(isAvailable: Bool = Compression.isAvailable) throws(NATSError) {
        guard compression, !isAvailable else { return }
        throw NATSError(
            .invalidOption, "the option 'webSocket.compression' can't be used: \(CompressionError.unavailable)",
            underlying: CompressionError.unavailable)
    }
}

extension ConnectOptions.WebSocket: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The options without what may be a secret: the values of headers, and the query behind the path.
    public var description: String {
        let path = path.map { $0.prefix { $0 != "?" } + ($0.contains("?") ? "?***" : "") } ?? "none"
        let names = headers.map(\.name).joined(separator: ", ")
        let provider = headersProvider == nil ? "" : " and of a provider"
        return
            "WebSocket(headers: [\(names)]\(provider), path: \(path), compression: \(compression), masking: \(masking))"
    }
    /// As ``description``: never a header's value.
    public var debugDescription: String { description }
    /// Shows no children, since they may be secrets.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
