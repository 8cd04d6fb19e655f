/// Why an attempt failed, a connection was lost or the session ended: what happened, and with which server.
package struct SessionFailure: Error, Equatable, Sendable {
    package enum Reason: Equatable, Sendable {
        /// The transport couldn't be opened or ended.
        case transport(TransportFailure)
        /// The server said why, in an `-ERR`.
        case server(ServerError)
        /// The server sent what the protocol doesn't allow.
        case protocolViolation(ProtocolError)
        /// Something other than INFO came first: this isn't a NATS server (or TLS comes first there).
        case expectedInfo
        /// Plain bytes came when TLS had to begin: somebody may be injecting them.
        case bytesBeforeTLS
        /// The attempt deadline passed while this was awaited.
        case timedOut(HandshakeStep)
        /// We require TLS and the server doesn't offer it; no credentials were sent.
        case tlsNotOffered
        /// What the user wants can't be said to this server: echo off to an old one, credentials that are too long.
        case introduction(ConnectParametersError)
        /// The credentials couldn't be fetched, or the nonce not be signed.
        case credentialsUnavailable(String)
        /// Too many PINGs in a row stayed unanswered and nothing else came.
        case staleConnection
        /// The user asked for another connection.
        case reconnectRequested
        /// The user closed or drained the session.
        case closedByUser
        /// There is no server to try.
        case noServers
        /// The address leads to the server that is to be left.
        case sameServer
    }

    package var reason: Reason
    /// The server that it happened with; nil when there is none.
    package var server: ServerAddress?

    package init(_ reason: Reason, server: ServerAddress? = nil) {
        self.reason = reason
        self.server = server
    }
}

extension SessionFailure {
    /// The credentials were refused, expired or couldn't be produced.
    package var isAuthentication: Bool {
        switch reason {
        case .server(let error): error.isAuthentication
        case .credentialsUnavailable: true
        case .transport, .protocolViolation, .expectedInfo, .bytesBeforeTLS, .timedOut, .tlsNotOffered,
            .introduction, .staleConnection, .reconnectRequested, .closedByUser, .noServers, .sameServer:
            false
        }
    }

    /// The same attempt can't succeed before somebody changes the configuration of the client or of the server.
    package var isConfiguration: Bool {
        switch reason {
        case .server(let error): error.isConfiguration
        case .tlsNotOffered, .introduction, .noServers: true
        case .transport, .protocolViolation, .expectedInfo, .bytesBeforeTLS, .timedOut, .credentialsUnavailable,
            .staleConnection, .reconnectRequested, .closedByUser, .sameServer:
            false
        }
    }

    /// Whether trying again later can help.
    package var isRetryable: Bool {
        switch reason {
        case .closedByUser: false
        case .transport, .server, .protocolViolation, .expectedInfo, .bytesBeforeTLS, .timedOut, .tlsNotOffered,
            .introduction, .credentialsUnavailable, .staleConnection, .reconnectRequested, .noServers, .sameServer:
            !isConfiguration
        }
    }
}

extension SessionFailure: CustomStringConvertible {
    package var description: String {
        guard let server else { return text }
        return "\(server): \(text)"
    }

    private var text: String {
        switch reason {
        case .transport(let failure): "\(failure)"
        case .server(let error): "the server reported '\(error.text)'"
        case .protocolViolation(let error): "protocol violation: \(error)"
        case .expectedInfo: "the server didn't begin with INFO; is this the port of a NATS server?"
        case .bytesBeforeTLS: "bytes came in plain text after TLS was agreed"
        case .timedOut(.info) where server?.scheme.isWebSocket != true:
            "no answer in time while waiting for INFO; a server with handshake_first says nothing before TLS: see tls.handshakeFirst"
        case .timedOut(let step): "no answer in time while waiting for \(step)"
        case .tlsNotOffered: "TLS is required here, but the server doesn't offer it"
        case .introduction(let error): "\(error)"
        case .credentialsUnavailable(let why): "there are no credentials to show: \(why)"
        case .staleConnection: "the server no longer answers"
        case .reconnectRequested: "a new connection was requested"
        case .closedByUser: "the connection was closed"
        case .noServers: "there is no server to connect to"
        case .sameServer: "the address leads to the server that is shutting down"
        }
    }
}
