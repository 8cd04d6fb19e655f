/// Whom a client wants to reach.
package struct TLSPeer: Sendable, Hashable {
    /// The host name or IP address that the certificate must bear; `TLSConfiguration.serverName` takes precedence.
    package let host: String
    /// Under which name the session is remembered; the same for connections to the same server.
    package let sessionKey: String

    /// The host of one address of a server. Servers of a cluster don't know each other's tickets, so the port belongs to the key.
    package init(host: String, port: UInt16) {
        self.init(serverName: host, host: host, port: port)
    }

    /// A server whose certificate bears another name than the address that is connected to.
    package init(serverName: String, host: String, port: UInt16) {
        self.host = serverName
        sessionKey = "\(host):\(port)"
    }
}

/// What two sides have agreed on.
package struct TLSDetails: Sendable, Hashable {
    /// `TLSv1.3` or `TLSv1.2`.
    package let version: String
    /// The cipher suite's standard name, for example `TLS_AES_256_GCM_SHA384`.
    package let cipher: String
    /// True: an earlier session went on, without certificates.
    package let isResumed: Bool
    /// The peer's certificate; nil when it showed none.
    package let certificate: TLSCertificateSummary?
}
