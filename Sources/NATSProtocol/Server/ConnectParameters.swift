/// The fields of `CONNECT`, the client's introduction.
///
/// `account` and `new_account` don't exist here on purpose: servers from 2.12 on refuse them.
/// Source: `type ClientOpts` in the server's `server/client.go`.
package struct ConnectParameters: Hashable, Sendable {
    /// One of the ways to authenticate; their fields exclude each other.
    package enum Authentication: Hashable, Sendable {
        case none
        case token(String)
        case user(String, password: String)
        /// `signature`: of the nonce, base64url without padding.
        case nkey(publicKey: String, signature: String)
        /// `signature` is nil for a bearer token.
        case jwt(String, signature: String?)
    }

    /// Ask for `+OK` after each frame. Always sent: a server takes a missing field for true.
    package var verbose = false
    /// Ask for strict checks of subjects. Always sent: a server takes a missing field for true.
    package var pedantic = false
    package var requiresTLS = false
    package var name: String?
    package var language = "swift"
    package var version: String
    /// Deliver own messages to own subscriptions.
    package let echo: Bool
    package let headers: Bool
    package let noResponders: Bool
    package var authentication: Authentication

    /// Fields for `server`: headers and no-responders are asked for exactly when it has headers, since it refuses the
    /// second without the first. Switching off echo needs a server of protocol 1.
    package init(
        server: ServerInfo, version: String, echo: Bool = true, authentication: Authentication
    ) throws(ConnectParametersError) {
        guard echo || server.protocolVersion >= 1 else { throw .echoNotSupported }
        self.version = version
        self.echo = echo
        self.headers = server.supportsHeaders
        self.noResponders = server.supportsHeaders
        self.authentication = authentication
    }
}

/// Why a CONNECT can't be sent.
package enum ConnectParametersError: Error, Hashable, Sendable {
    /// The JSON is longer than ``ConnectParameters/byteCountMax``.
    case tooLong(byteCount: Int)
    /// The server reads shorter lines than ours.
    case exceedsControlLine
    /// Own messages shall not be delivered, but the server's protocol doesn't know this (`proto` 0).
    case echoNotSupported
    /// The encoder failed; it has no reason to.
    case notEncodable
}

extension ConnectParametersError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooLong(let byteCount):
            "CONNECT takes \(byteCount) bytes, and \(ConnectParameters.byteCountMax) may be; shorten the client's name or "
                + "the credentials"
        case .exceedsControlLine:
            "the server reported 'maximum control line exceeded': CONNECT is too long for it; shorten the client's name or "
                + "the credentials, or raise max_control_line on the server"
        case .echoNotSupported:
            "the server can't switch off echo; use a newer server, or leave echo on"
        case .notEncodable:
            "CONNECT can't be written as JSON"
        }
    }
}

/// Descriptions never show a secret: only the kind of the authentication, and the public part of it.
extension ConnectParameters.Authentication: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        switch self {
        case .none: "none"
        case .token: "token"
        case .user(let name, _): "user \(name)"
        case .nkey(let publicKey, _): "nkey \(publicKey)"
        case .jwt: "jwt"
        }
    }

    package var debugDescription: String { description }

    package var customMirror: Mirror { Mirror(self, children: ["kind": description], displayStyle: .enum) }
}
