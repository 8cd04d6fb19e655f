public import NATSProtocol
import Reactor

extension ConnectOptions {
    /// How connections to `ws://` and `wss://` servers are made; others ignore it. The path stands in the server's URL, and holds
    /// for the servers that it tells about, too.
    public struct WebSocket: Sendable {
        /// Says which fields the request of one upgrade gets besides ``WebSocket/headers``: an access token, for example. Runs
        /// outside the reactor's thread, within the attempt's deadline; it is cancelled when the attempt is given up. What it
        /// throws fails the attempt.
        ///
        /// - Parameter server: the server's address, without credentials.
        public typealias HeaderProvider = @Sendable (_ server: String) async throws -> Headers

        /// Fields that are added to the request of every upgrade: cookies that the server takes credentials from (`jwt_cookie` and
        /// its like), or what a gateway asks for. `connect` throws ``NATSError/Code/invalidOption`` for one that isn't well formed,
        /// or that the upgrade sets itself (`Host`, `Upgrade`, `Sec-WebSocket-…`). Default: none.
        public var headers = Headers()

        /// Asked for further fields in every attempt to connect. Default: nil.
        public var headerProvider: HeaderProvider?

        /// Offers `permessage-deflate` (RFC 7692), each message on its own. Nothing is compressed when the server doesn't take the
        /// offer, nor what is too small to gain. Default: false.
        ///
        /// Worth its processor time on slow links with compressible payloads only; a connection holds 400 KiB more. Needs the
        /// package trait `WebSocketCompression`: without it `connect` throws ``NATSError/Code/invalidOption``.
        public var compression = false

        /// Whether the frames that we send are masked. Default: ``Masking/always``.
        public var masking = Masking.always

        /// All defaults: no fields of your own, no compression, frames masked.
        public init() {}
    }
}

extension ConnectOptions.WebSocket {
    /// What happens with the mask, which RFC 6455 (section 5.3) asks of every client to protect proxies from scripts in browsers.
    public enum Masking: Sendable, Hashable {
        /// As the RFC says. Right behind any proxy.
        case always
        /// Asks the server to do without (`Nats-No-Masking: true`), and masks if it doesn't agree. nats-server agrees with every
        /// client that asks, though only its own leaf nodes do (`wsUpgrade` in `server/websocket.go`).
        ///
        /// Saves one pass over every byte sent. A proxy that looks into the frames may drop the connection: for direct connections.
        case omittedIfAllowed
    }

    /// Throws what no attempt could mend.
    func check(canCompress: Bool = Compression.isAvailable) throws(NATSError) {
        guard compression, !canCompress else { return }
        throw NATSError(
            .invalidOption, "the option 'webSocket.compression' can't be used: \(CompressionError.unavailable)",
            underlying: CompressionError.unavailable)
    }

    /// What the upgrade asks for, with the fields that were provided for this attempt.
    func offer(provided: Headers) -> WebSocketUpgrade.Offer {
        var offer = WebSocketUpgrade.Offer()
        offer.compression = compression
        offer.noMasking = masking == .omittedIfAllowed
        for (name, value) in headers { offer.headers.append(HTTPField(name, value)) }
        for (name, value) in provided { offer.headers.append(HTTPField(name, value)) }
        return offer
    }
}

extension ConnectOptions.WebSocket: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The options without the values of headers, which may be secrets.
    public var description: String {
        let names = headers.map(\.name).joined(separator: ", ")
        let provider = headerProvider == nil ? "" : " and of a provider"
        return "WebSocket(headers: [\(names)]\(provider), compression: \(compression), masking: \(masking))"
    }
    /// As ``description``: never a header's value.
    public var debugDescription: String { description }
    /// Shows no children, since they may be secrets.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
