/// How a test's nats-server is configured. Every listener of it is on 127.0.0.1 only.
package struct NATSServerOptions: Sendable {
    // MARK: Identity and cluster

    /// `server_name`; the server's id when there is none.
    package var name: String?
    /// Makes the server a member of a cluster. `withNATSCluster` fills it in.
    package var cluster: ClusterMembership?
    /// `client_advertise`: what other servers' clients are told to connect to instead of this server's own address.
    package var clientAdvertise: String?

    // MARK: Who may come

    /// User and password; the URL of the server doesn't carry them.
    package var user: String?
    package var password: String?
    /// A token instead of a user.
    package var token: String?
    /// The inside of the user's `permissions` block, for example `publish: { deny: ["secret.>"] }`. Needs a user.
    package var permissions: String?
    /// The inside of the `accounts` block, for example `A: { users: [ { user: "a", password: "a" } ] }`.
    package var accounts: String?
    /// A client answers for the server who may come. Brings its own accounts and users.
    package var authCallout: AuthCallout?

    // MARK: Transport

    /// TLS on the client port.
    package var tls: TLS?
    /// A WebSocket port beside the client port.
    package var webSocket: WebSocket?

    // MARK: Limits and times; nil: the server's default

    /// `max_payload` in bytes.
    package var maximumPayload: Int?
    /// `max_pending`: bytes that may wait for a client before the server cuts it off.
    package var maximumPending: Int?
    /// `max_connections`.
    package var maximumConnections: Int?
    /// `ping_interval`: how often the server asks its clients.
    package var pingInterval: Duration?
    /// `write_deadline`: how long one write to a client may take before the server cuts it off.
    package var writeDeadline: Duration?
    /// Lame duck mode: how long the server closes clients for, one by one, at most a second apart. It takes no shorter one.
    package var lameDuckDuration = Duration.seconds(30)
    /// Lame duck mode: how long clients are left in peace after they were told; the server's own default is ten seconds.
    package var lameDuckGracePeriod = Duration.seconds(1)

    // MARK: Other

    /// JetStream with a store of its own, removed with the server.
    package var isJetStreamEnabled = false
    /// More of the inside of the `jetstream` block, for example `domain: hub`.
    package var jetStreamSettings = ""
    /// Debug lines in the log.
    package var isDebugLogged = false
    /// Every protocol line in the log.
    package var isTraceLogged = false
    /// The HTTP monitoring port is open.
    package var isMonitored = false
    /// Appended to the configuration file as it is.
    package var extraConfiguration = ""

    package init() {}

    /// For one-liners: `.with { $0.token = "t" }`.
    package static func with(_ change: (inout NATSServerOptions) -> Void) -> NATSServerOptions {
        var options = NATSServerOptions()
        change(&options)
        return options
    }
}

extension NATSServerOptions {
    /// The `cluster` block.
    package struct ClusterMembership: Sendable {
        package var name = "test"
        /// Servers tell their clients of each other (`no_advertise: false`).
        package var isAdvertised = true

        package init() {}
    }

    /// A `tls` block.
    package struct TLS: Sendable {
        /// When the TLS handshake begins.
        package enum HandshakeFirst: String, Sendable {
            /// After the INFO in the clear.
            case never = "false"
            /// At once; there is no INFO in the clear.
            case always = "true"
            /// At once when the client begins it within a short time, else after the INFO in the clear.
            case automatic = "auto"
            /// As automatic, and no client is too slow to begin it.
            case patient = "30s"
        }

        package var identity: TestCertificates.Identity
        /// Clients must show a certificate of this authority (`verify`).
        package var clientAuthority: TestCertificates.Identity?
        package var handshakeFirst = HandshakeFirst.never
        /// Clients may come without TLS, too (`allow_non_tls`).
        package var isOptional = false
        /// `min_version`, for example `1.3`.
        package var minimumVersion: String?

        package init(_ identity: TestCertificates.Identity) { self.identity = identity }
    }

    /// The `websocket` block.
    package struct WebSocket: Sendable {
        /// Nil: `no_tls`.
        package var tls: TLS?
        /// The server agrees to permessage-deflate.
        package var isCompressed = false

        package init(tls: TLS? = nil, isCompressed: Bool = false) {
            self.tls = tls
            self.isCompressed = isCompressed
        }
    }

    /// The `auth_callout` block, with an account `AUTH` for the client that answers, and an empty account `APP` for those
    /// whom it lets in.
    package struct AuthCallout: Sendable {
        /// The public key (`A…`) that signs the answers.
        package var issuer: String
        /// User and password of the client that answers, in the account `AUTH`.
        package var user = "callout"
        package var password = "callout"

        package init(issuer: String) { self.issuer = issuer }
    }
}
