/// A tunnel through an HTTP proxy: RFC 9110 section 9.3.6, with Basic credentials (RFC 7617).
///
/// The request is sent first; what arrives is kept by the caller and given again with more, until there is an answer.
package struct HTTPConnectStateMachine: Sendable {
    private enum State {
        /// Can transition to: established, failed
        case awaitingResponse(HTTPResponseScanner)
        /// Absorbing. The tunnel's bytes begin at `end`.
        case established(end: Int)
        /// Absorbing: repeats the error.
        case failed(ProxyError)
    }

    private let target: String
    private let credentials: ProxyAddress.Credentials?
    private var state = State.awaitingResponse(HTTPResponseScanner())

    package init(host: String, port: UInt16, credentials: ProxyAddress.Credentials? = nil) {
        let name = host.prefix { $0 != "%" }
        target = name.contains(":") ? "[\(name)]:\(port)" : "\(name):\(port)"
        self.credentials = credentials
    }

    package func appendRequest(to output: inout ByteBuffer) {
        output.append(utf8: "CONNECT \(target) HTTP/1.1\r\nHost: \(target)\r\n")
        if let credentials {
            let plain = "\(credentials.user):\(credentials.password)"
            output.append(utf8: "Proxy-Authorization: Basic \(Base64.encode(plain.utf8Span.span, .standard))\r\n")
        }
        output.append("\r\n")
    }

    /// Where the tunnel's bytes begin; nil when more are needed.
    package mutating func received(_ bytes: Span<UInt8>, from start: Int = 0) throws(ProxyError) -> Int? {
        switch state {
        case .awaitingResponse(var scanner):
            do throws(ProxyError) {
                let end = try Self.check(&scanner, bytes, start)
                state = end.map { .established(end: $0) } ?? .awaitingResponse(scanner)
                return end
            } catch {
                state = .failed(error)
                throw error
            }
        case .established(let end): return end
        case .failed(let error): throw error
        }
    }

    private static func check(
        _ scanner: inout HTTPResponseScanner, _ bytes: Span<UInt8>, _ start: Int
    ) throws(ProxyError) -> Int? {
        let found: (head: HTTPResponseHead, end: Int)?
        do throws(HTTPResponseError) {
            found = try scanner.next(bytes, from: start)
        } catch {
            throw .response(error)
        }
        guard let (head, end) = found else { return nil }
        switch head.status {
        case 200..<300: return end  // the head of a successful answer to CONNECT has no body
        case 407: throw .authenticationFailed
        default: throw .refused(status: head.status, reason: head.reason)
        }
    }
}
