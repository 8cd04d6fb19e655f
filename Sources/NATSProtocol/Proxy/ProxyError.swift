/// Why a proxy can't be used. Never shows a user or a password.
package enum ProxyError: Error, Hashable, Sendable {
    // What the user configured can't be used.
    case unknownScheme
    /// The host, the port or the credentials of the proxy's address.
    case malformedAddress(ServerAddressError)
    case unexpectedPath
    /// A user without a name, or one that SOCKS5 can't carry: user and password take at most 255 bytes each.
    case unusableCredentials
    /// A server's name that SOCKS5 can't carry: it takes at most 255 bytes.
    case unusableServerName

    // The proxy said no.
    case response(HTTPResponseError)
    /// An HTTP proxy answered with another status than 2xx.
    case refused(status: Int, reason: String)
    /// The proxy wants credentials, or others.
    case authenticationFailed
    /// A SOCKS5 proxy offers no way to authenticate that we have.
    case noCommonAuthentication
    case socks(SOCKS5Reply)
    /// The peer isn't a SOCKS5 proxy, or broke the protocol.
    case notSOCKS5
}

/// Why a SOCKS5 proxy didn't connect: RFC 1928 section 6.
package struct SOCKS5Reply: Hashable, Sendable, CustomStringConvertible {
    package let code: UInt8

    package init(code: UInt8) {
        self.code = code
    }

    package var description: String {
        switch code {
        case 1: "general failure"
        case 2: "not allowed by its rules"
        case 3: "network unreachable"
        case 4: "host unreachable"
        case 5: "connection refused"
        case 6: "time to live expired"
        case 7: "command not supported"
        case 8: "address type not supported"
        default: "failure \(code)"
        }
    }
}

extension ProxyError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unknownScheme: "the scheme of the proxy is unknown; use http:// or socks5://"
        case .malformedAddress(let error): "the proxy's address: \(error.message). \(error.advice)"
        case .unexpectedPath: "the proxy's address has a path; end it after the port"
        case .unusableCredentials: "the proxy's user is empty, or its user or password is longer than 255 bytes"
        case .unusableServerName: "the server's name is longer than the 255 bytes that a SOCKS5 proxy takes"
        case .response(.notHTTP), .response(.speaksNATS): "the proxy doesn't answer in HTTP; is it another kind of proxy?"
        case .response(let error): "the proxy's answer: \(error)"
        case .refused(let status, let reason): "the proxy refused to connect: \(status) \(reason)"
        case .authenticationFailed: "the proxy refused our credentials, or wants some"
        case .noCommonAuthentication: "the SOCKS5 proxy wants an authentication that we can't give"
        case .socks(let reply): "the SOCKS5 proxy couldn't connect: \(reply)"
        case .notSOCKS5: "the proxy doesn't answer in SOCKS5; is it another kind of proxy?"
        }
    }
}
