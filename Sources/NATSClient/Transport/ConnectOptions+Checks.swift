import NATSProtocol
import Reactor

extension ConnectOptions {
    /// Throws what no attempt could mend. Gives the proxy, as option and environment name it now.
    func checkTransport() throws(NATSError) -> ProxyRule {
        try webSocket.checkCompression()
        if let path = webSocket.path, !path.hasPrefix("/") || !path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x23 }) {
            throw NATSError(.invalidOption, "the path of the WebSocket must begin with '/' and be percent-encoded ASCII")
        }
        do throws(ProxyError) {
            return try ProxyRule(proxy)
        } catch {
            throw NATSError(error)
        }
    }

    /// Throws why no attempt could reach this server as the options want it.
    func check(_ server: ServerAddress, through proxy: ProxyRule) throws(NATSError) {
        if tls != nil, server.scheme == .ws {
            throw NATSError(.configuration, TransportFailure.webSocketWithoutTLS.message, server: server.location)
        }
        if server.scheme.isWebSocket {
            var random = RandomSource(seed: 0)
            do throws(WebSocketError) {
                _ = try webSocket.upgrade(at: server, provided: [], random: &random)
            } catch {
                throw NATSError(.invalidOption, "\(error)", server: server.location, underlying: error)
            }
        }
        do throws(ProxyError) {
            _ = try proxy.proxy(for: server)
        } catch {
            throw NATSError(error)
        }
    }
}

extension ConnectionCore {
    /// Throws why a server that the user names later can't belong to this connection.
    func check(_ server: ServerAddress) throws(NATSError) {
        guard server.scheme.isWebSocket == usesWebSocket else {
            throw NATSError(ServerAddressError.mixed)
        }
        try options.check(server, through: transportSettings.proxy)
    }
}

extension NATSError {
    fileprivate init(_ error: ProxyError) {
        self.init(.invalidOption, "the proxy can't be used: \(error)", underlying: error)
    }
}

extension TransportFailure {
    /// What goes over it would be readable by everybody on the way, cookies and credentials included.
    static let webSocketWithoutTLS = TransportFailure(
        .tls, message: "TLS is required here, and ws:// has none: use wss://")
}

extension ConnectOptions.WebSocket {
    /// The upgrade at one server, with the headers that were provided for this attempt.
    func upgrade(
        at server: ServerAddress, provided: Headers, random: inout RandomSource
    ) throws(WebSocketError) -> WebSocketUpgrade {
        var server = server
        if server.resource.isEmpty, let path { server.resource = path }
        var offer = WebSocketUpgrade.Offer()
        offer.compression = compression
        offer.noMasking = masking == .omittedIfAllowed
        offer.headers = (headers + provided).map { HTTPField($0.name, $0.value) }
        return try WebSocketUpgrade(server: server, offer: offer, random: &random)
    }
}
