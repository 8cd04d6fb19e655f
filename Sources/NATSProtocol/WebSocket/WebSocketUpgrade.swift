/// The HTTP request that turns a connection into a WebSocket, and the check of its answer.
///
/// The caller sends what `appendRequest` writes, keeps what arrives, and asks `response` until it gives an answer; what
/// follows the answer are frames already. One attempt, one upgrade: after an error it repeats the error.
///
/// Source: RFC 6455 section 4.1; `wsUpgrade` in the server's `server/websocket.go`.
package struct WebSocketUpgrade: Sendable {
    /// What the client would like, if the server can.
    package struct Offer: Hashable, Sendable {
        /// `permessage-deflate`, each message on its own.
        package var compression = false
        /// The server's own `Nats-No-Masking`: frames of the client needn't be masked.
        package var noMasking = false
        /// Further headers of the request: cookies, tokens of a proxy.
        package var headers: [HTTPField] = []

        package init() {}
    }

    /// What the server agreed to.
    package struct Accepted: Hashable, Sendable {
        package let compresses: Bool
        package let masks: Bool
        /// Where the frames begin.
        package let end: Int

        package init(compresses: Bool, masks: Bool, end: Int) {
            self.compresses = compresses
            self.masks = masks
            self.end = end
        }
    }

    private enum State {
        /// Can transition to: accepted, failed
        case awaitingResponse(HTTPResponseScanner)
        /// Absorbing.
        case accepted(Accepted)
        /// Absorbing: repeats the error.
        case failed(WebSocketError)
    }

    private let authority: String
    private let resource: String
    private let offer: Offer
    /// 16 random bytes in base 64.
    let key: String
    private var state = State.awaitingResponse(HTTPResponseScanner())

    /// An upgrade at `server`, whose address says host and path.
    package init(
        server: ServerAddress, offer: Offer = Offer(), random: inout RandomSource
    ) throws(WebSocketError) {
        let path = server.resource.prefix { $0 != "?" }
        guard !path.hasSuffix("/leafnode"), !path.hasSuffix("/mqtt") else { throw .reservedPath }
        for field in offer.headers where !field.isWellFormed || Self.isReserved(field.name) {
            let isName = !field.name.isEmpty && field.name.utf8.allSatisfy(\.isHTTPTokenByte)
            throw .unusableHeader(name: isName ? field.name : "?")
        }
        authority = Self.authority(of: server)
        resource = server.resource.isEmpty ? "/" : server.resource
        self.offer = offer
        var bytes: [UInt8] = []
        for word in [random.next(), random.next()] {
            for shift in stride(from: 0, to: UInt64(64), by: 8) { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
        }
        key = Base64.encode(bytes.span, .standard)
    }

    package func appendRequest(to output: inout ByteBuffer) {
        var request = "GET \(resource) HTTP/1.1\r\nHost: \(authority)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        request += "Sec-WebSocket-Key: \(key)\r\nSec-WebSocket-Version: 13\r\n"
        if offer.compression { request += "Sec-WebSocket-Extensions: \(Self.compression)\r\n" }
        if offer.noMasking { request += "\(Self.noMaskingName): true\r\n" }
        for field in offer.headers { request += "\(field.name): \(field.value)\r\n" }
        output.append(utf8: request + "\r\n")
    }

    /// Reads the answer that starts at `start`; nil when there are too few bytes. The caller keeps the bytes and calls
    /// again with more of them.
    package mutating func response(_ bytes: Span<UInt8>, from start: Int = 0) throws(WebSocketError) -> Accepted? {
        switch state {
        case .awaitingResponse(var scanner):
            do throws(WebSocketError) {
                let accepted = try check(&scanner, bytes, start)
                state = accepted.map { .accepted($0) } ?? .awaitingResponse(scanner)
                return accepted
            } catch {
                state = .failed(error)
                throw error
            }
        case .accepted(let accepted): return accepted
        case .failed(let error): throw error
        }
    }
}

extension WebSocketUpgrade {
    private static let noMaskingName = "Nats-No-Masking"
    private static let deflate = "permessage-deflate"
    private static let noContext = ["server_no_context_takeover", "client_no_context_takeover"]
    private static var compression: String { ([deflate] + noContext).joined(separator: "; ") }

    /// Headers that the upgrade sets, and those that would give the request a body.
    private static func isReserved(_ name: String) -> Bool {
        let name = name.lowercased()
        return [
            "host", "upgrade", "connection", "content-length", "transfer-encoding", noMaskingName.lowercased(),
        ].contains(name) || name.hasPrefix("sec-websocket-")
    }

    /// Host and port, the latter only when it isn't the scheme's own; without the zone of an IPv6 address, which has a
    /// meaning on this machine only.
    static func authority(of server: ServerAddress) -> String {
        let host = server.host.prefix { $0 != "%" }
        let name = host.contains(":") ? "[\(host)]" : String(host)
        return server.port == server.scheme.defaultPort ? name : "\(name):\(server.port)"
    }

    /// What the server must send back for `key`.
    static func accept(for key: String) -> String {
        Base64.encode(SHA1.digest(of: (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8Span.span).span, .standard)
    }

    private func check(
        _ scanner: inout HTTPResponseScanner, _ bytes: Span<UInt8>, _ start: Int
    ) throws(WebSocketError) -> Accepted? {
        let found: (head: HTTPResponseHead, end: Int)?
        do throws(HTTPResponseError) {
            found = try scanner.next(bytes, from: start)
        } catch {
            throw .response(error)
        }
        guard let (head, end) = found else { return nil }
        guard head.status == 101 else { throw .refused(status: head.status, reason: head.reason) }
        guard head.hasMember("websocket", in: "Upgrade"), head.hasMember("upgrade", in: "Connection") else {
            throw .notUpgraded
        }
        guard head.values(of: "Sec-WebSocket-Accept") == [Self.accept(for: key)] else { throw .wrongAccept }
        guard head.values(of: "Sec-WebSocket-Protocol").isEmpty else { throw .unexpectedExtension }
        let unmasked = offer.noMasking && head.values(of: Self.noMaskingName) == ["true"]
        return Accepted(compresses: try acceptsCompression(head), masks: !unmasked, end: end)
    }

    private func acceptsCompression(_ head: HTTPResponseHead) throws(WebSocketError) -> Bool {
        let extensions = head.list("Sec-WebSocket-Extensions")
        guard let chosen = extensions.first else { return false }
        let words = chosen.split(separator: ";").map { String($0).trimmingBlanks().lowercased() }
        guard extensions.count == 1, words.first == Self.deflate, offer.compression else { throw .unexpectedExtension }
        guard Self.noContext.allSatisfy(words.dropFirst().contains) else { throw .compressionKeepsContext }
        guard !words.contains(where: { $0.hasPrefix("client_max_window_bits") }) else { throw .unexpectedExtension }
        return true
    }
}
