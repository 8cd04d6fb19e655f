/// A tunnel through a SOCKS5 proxy: RFC 1928, with user and password (RFC 1929). Names go to the proxy unresolved.
///
/// `start` gives the first bytes to send. What arrives is kept by the caller and given again with more; every answer
/// says how much of it was read, and may have written what to send next.
package struct SOCKS5StateMachine: Sendable {
    package enum Step: Hashable, Sendable {
        case needsMore
        /// The tunnel's bytes begin at this offset.
        case established(end: Int)
    }

    private enum State {
        /// Can transition to: awaitingAuthentication, awaitingReply, failed
        case awaitingMethod
        /// User and password are sent.
        /// Can transition to: awaitingReply, failed
        case awaitingAuthentication
        /// The request to connect is sent.
        /// Can transition to: established, failed
        case awaitingReply
        /// Absorbing.
        case established(end: Int)
        /// Absorbing: repeats the error.
        case failed(ProxyError)
    }

    private enum Wire {
        static let version: UInt8 = 5
        static let authenticationVersion: UInt8 = 1
        static let connect: UInt8 = 1
        static let noAuthentication: UInt8 = 0
        static let userAndPassword: UInt8 = 2
        static let noMethod: UInt8 = 0xFF
        static let (v4, name, v6): (UInt8, UInt8, UInt8) = (1, 3, 4)
        static let textCountMax = 255
    }

    private let host: String
    private let port: UInt16
    private let credentials: ProxyAddress.Credentials?
    private var state = State.awaitingMethod
    /// How much of the caller's bytes is read.
    private var offset = 0

    package init(host: String, port: UInt16, credentials: ProxyAddress.Credentials? = nil) throws(ProxyError) {
        guard (1...Wire.textCountMax).contains(host.utf8.count) else { throw .unusableServerName }
        if let credentials {
            let (user, password) = (credentials.user.utf8.count, credentials.password.utf8.count)
            guard (1...Wire.textCountMax).contains(user), password <= Wire.textCountMax else {
                throw .unusableCredentials
            }
        }
        self.host = host
        self.port = port
        self.credentials = credentials
    }

    /// Writes the offer of authentications: the first bytes of the connection.
    package func start(into output: inout ByteBuffer) {
        let methods = credentials == nil ? [Wire.noAuthentication] : [Wire.noAuthentication, Wire.userAndPassword]
        output.append(contentsOf: [Wire.version, UInt8(methods.count)] + methods)
    }

    /// Reads `bytes`, all that the proxy has sent so far, and writes what to send next.
    package mutating func received(_ bytes: Span<UInt8>, output: inout ByteBuffer) throws(ProxyError) -> Step {
        do throws(ProxyError) {
            while true {
                switch state {
                case .awaitingMethod:
                    guard try readMethod(bytes, &output) else { return .needsMore }
                case .awaitingAuthentication:
                    guard try readAuthentication(bytes, &output) else { return .needsMore }
                case .awaitingReply:
                    guard try readReply(bytes) else { return .needsMore }
                case .established(let end): return .established(end: end)
                case .failed(let error): throw error
                }
            }
        } catch {
            state = .failed(error)
            throw error
        }
    }
}

extension SOCKS5StateMachine {
    /// `version method`
    private mutating func readMethod(
        _ bytes: Span<UInt8>, _ output: inout ByteBuffer
    ) throws(ProxyError) -> Bool {
        guard try check(bytes, version: Wire.version, count: 2) else { return false }
        switch bytes[offset + 1] {
        case Wire.noAuthentication:
            appendRequest(to: &output)
            state = .awaitingReply
        case Wire.userAndPassword:
            guard let credentials else { throw .notSOCKS5 }
            output.append(Wire.authenticationVersion)
            for text in [credentials.user, credentials.password] {
                output.append(UInt8(truncatingIfNeeded: text.utf8.count))
                output.append(utf8: text)
            }
            state = .awaitingAuthentication
        case Wire.noMethod: throw credentials == nil ? .authenticationFailed : .noCommonAuthentication
        default: throw .notSOCKS5
        }
        offset += 2
        return true
    }

    /// `version status`
    private mutating func readAuthentication(
        _ bytes: Span<UInt8>, _ output: inout ByteBuffer
    ) throws(ProxyError) -> Bool {
        guard try check(bytes, version: Wire.authenticationVersion, count: 2) else { return false }
        guard bytes[offset + 1] == 0 else { throw .authenticationFailed }
        offset += 2
        appendRequest(to: &output)
        state = .awaitingReply
        return true
    }

    /// `version reply reserved type address port`; the address is the proxy's own end, which doesn't matter.
    private mutating func readReply(_ bytes: Span<UInt8>) throws(ProxyError) -> Bool {
        guard try check(bytes, version: Wire.version, count: 2) else { return false }
        let code = bytes[offset + 1]
        guard code == 0 else { throw .socks(SOCKS5Reply(code: code)) }
        guard bytes.count - offset >= 5 else { return false }
        let addressCount: Int
        switch bytes[offset + 3] {
        case Wire.v4: addressCount = 4
        case Wire.v6: addressCount = 16
        case Wire.name: addressCount = 1 + Int(bytes[offset + 4])
        default: throw .notSOCKS5
        }
        let end = offset + 4 + addressCount + 2
        guard bytes.count >= end else { return false }
        state = .established(end: end)
        return true
    }

    /// Whether `count` bytes are there; the first one tells at once whether the peer speaks SOCKS5.
    private func check(_ bytes: Span<UInt8>, version: UInt8, count: Int) throws(ProxyError) -> Bool {
        guard bytes.count > offset else { return false }
        guard bytes[offset] == version else { throw .notSOCKS5 }
        return bytes.count - offset >= count
    }

    /// `version command reserved type address port`
    private func appendRequest(to output: inout ByteBuffer) {
        output.append(contentsOf: [Wire.version, Wire.connect, 0])
        if let address = IPAddress(host) {
            output.append(address.isIPv6 ? Wire.v6 : Wire.v4)
            output.append(contentsOf: address.bytes)
        } else {
            output.append(Wire.name)
            output.append(UInt8(truncatingIfNeeded: host.utf8.count))
            output.append(utf8: host)
        }
        output.append(UInt8(truncatingIfNeeded: port >> 8))
        output.append(UInt8(truncatingIfNeeded: port))
    }
}
