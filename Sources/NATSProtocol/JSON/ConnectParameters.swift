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
    /// Deliver own messages to own subscriptions. Switching it off needs ``ServerInfo/protocolVersion`` 1.
    package var echo = true
    package var headers: Bool
    package var noResponders: Bool
    package var authentication: Authentication

    /// Headers and no-responders are asked for exactly when `server` has headers: it refuses the second without the first.
    package init(server: ServerInfo, version: String, authentication: Authentication) {
        self.version = version
        self.headers = server.supportsHeaders
        self.noResponders = server.supportsHeaders
        self.authentication = authentication
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
