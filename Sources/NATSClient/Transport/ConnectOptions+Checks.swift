import NATSProtocol
import Reactor

extension ConnectOptions {
    /// Throws what no attempt could mend. Gives the proxy, as option and environment name it now.
    func checkTransport(_ addresses: [ServerAddress]) throws(NATSError) -> ProxyRule {
        try webSocket.checkCompression()
        if let path = webSocket.path, !path.hasPrefix("/") || !path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x23 }) {
            throw NATSError(.invalidOption, "the path of the WebSocket must begin with '/' and be percent-encoded ASCII")
        }
        for address in addresses {
            if tls != nil, address.scheme == .ws {
                throw NATSError(
                    .configuration, "TLS is required here, and ws:// has none: use wss://", server: address.location)
            }
            guard address.scheme.isWebSocket else { continue }
            var random = RandomSource(seed: 0)
            do throws(WebSocketError) {
                _ = try webSocket.upgrade(at: address, provided: [], random: &random)
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
