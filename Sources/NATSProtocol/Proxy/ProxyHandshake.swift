/// The opening of a tunnel, whichever kind of proxy it is: what a transport runs before its first own byte.
package struct ProxyHandshake: Sendable {
    private enum Machine {
        case http(HTTPConnectStateMachine)
        case socks5(SOCKS5StateMachine)
    }

    private var machine: Machine

    /// A tunnel to `host`, a name or a numeric address without brackets.
    package init(through proxy: ProxyAddress, host: String, port: UInt16) throws(ProxyError) {
        switch proxy.kind {
        case .http:
            machine = .http(HTTPConnectStateMachine(host: host, port: port, credentials: proxy.credentials))
        case .socks5:
            machine = .socks5(try SOCKS5StateMachine(host: host, port: port, credentials: proxy.credentials))
        }
    }

    /// Writes the first bytes of the connection.
    package func start(into output: inout ByteBuffer) {
        switch machine {
        case .http(let http): http.appendRequest(to: &output)
        case .socks5(let socks): socks.start(into: &output)
        }
    }

    /// Reads all that the proxy has sent so far (the caller keeps it and calls again with more), and writes what to
    /// send next. Gives the offset at which the tunnel's bytes begin; nil when the proxy hasn't said everything.
    package mutating func received(_ bytes: Span<UInt8>, output: inout ByteBuffer) throws(ProxyError) -> Int? {
        switch machine {
        case .http(var http):
            defer { machine = .http(http) }
            return try http.received(bytes)
        case .socks5(var socks):
            defer { machine = .socks5(socks) }
            guard case .established(let end) = try socks.received(bytes, output: &output) else { return nil }
            return end
        }
    }
}
