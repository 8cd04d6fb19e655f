/// What a server says about itself and this connection: the decoded `INFO`.
///
/// The server sends it first thing and again whenever something changed; every one replaces the one before it. Only
/// ``serverID``, ``version``, ``protocolVersion`` and ``maximumPayloadBytes`` are always there; all else is nil, false
/// or empty when the server doesn't send it. Fields that this library doesn't know are ignored.
///
/// Source: `type Info` in the server's `server/server.go`.
public struct ServerInfo: Hashable, Sendable {
    // MARK: The server

    /// The server's unique id, new at each of its starts (`server_id`).
    public package(set) var serverID = ""
    /// The name given by the operator, else the id (`server_name`).
    public package(set) var serverName: String?
    /// The version as text, such as `2.12.1` (`version`).
    public package(set) var version = ""
    /// The version of Go that the server was built with (`go`).
    public package(set) var goVersion: String?
    /// The commit that the server was built from (`git_commit`).
    public package(set) var gitCommit: String?
    /// The level of the client protocol: 1 when the server sends INFO at any time and knows `echo` (`proto`).
    public package(set) var protocolVersion = 0
    /// The address that the server listens on, as it sees it (`host`).
    public package(set) var host: String?
    /// The port that the server listens on, as it sees it (`port`).
    public package(set) var port: Int?
    /// The numeric address that the server announces (`ip`).
    public package(set) var ipAddress: String?
    /// The server's curve public key, for authentication callouts (`xkey`).
    public package(set) var xKey: String?

    // MARK: What it offers and asks

    /// True when messages can have headers (`headers`).
    public package(set) var supportsHeaders = false
    /// The biggest message, headers and payload together, in bytes (`max_payload`); 0 when the server sets no limit.
    public package(set) var maximumPayloadBytes = 0
    /// True when CONNECT must carry credentials (`auth_required`).
    public package(set) var requiresAuthentication = false
    /// True when the connection must be upgraded to TLS (`tls_required`).
    public package(set) var requiresTLS = false
    /// True when the server asks for a client's certificate (`tls_verify`).
    public package(set) var verifiesClientCertificate = false
    /// True when the connection may be upgraded to TLS (`tls_available`).
    public package(set) var offersTLS = false
    /// The challenge to sign for NKey and JWT authentication, in ASCII as it came (`nonce`).
    public package(set) var nonce: String?
    /// True when JetStream is enabled on this server (`jetstream`).
    public package(set) var hasJetStream = false
    /// The JetStream domain (`domain`).
    public package(set) var domain: String?
    /// The level of the JetStream API (`api_lvl`, server 2.11+).
    public package(set) var apiLevel: Int?
    /// Features that the operator switched on or off by name (`feature_flags`, server 2.15+).
    public package(set) var featureFlags: [String: Bool] = [:]

    // MARK: The cluster

    /// The cluster's name (`cluster`).
    public package(set) var cluster: String?
    /// True when the cluster's name was made up by the servers (`cluster_dynamic`).
    public package(set) var isClusterDynamic = false
    /// Servers of the cluster for clients, each as `host:port` (`connect_urls`). Empty says nothing about the cluster.
    public package(set) var connectURLs: [String] = []
    /// Servers of the cluster for WebSocket clients, each as `host:port` (`ws_connect_urls`).
    public package(set) var webSocketConnectURLs: [String] = []
    /// True when the server is about to shut down and wants its clients to leave (`ldm`).
    public package(set) var isLameDuck = false

    // MARK: This connection

    /// The server's number of this connection (`client_id`).
    public package(set) var clientID: UInt64?
    /// This client's address as the server sees it (`client_ip`). Missing behind a PROXY protocol listener.
    public package(set) var clientIPAddress: String?
    /// True when this INFO only completes the one before it with facts of the connection (`connect_info`, server
    /// 2.12+).
    public package(set) var isConnectInfo = false
    /// The account that the connection is bound to (`remote_account`, server 2.12+).
    public package(set) var account: String?
    /// True when the connection is bound to the system account (`acc_is_sys`, server 2.12+).
    public package(set) var isSystemAccount = false

    package init() {}

    /// ``version`` as an ordered value; nil when it isn't written as one.
    public var parsedVersion: ServerVersion? { ServerVersion(version) }

    /// True when the server's version is known and at least `major.minor.patch`.
    public func isAtLeast(_ major: Int, _ minor: Int, _ patch: Int = 0) -> Bool {
        parsedVersion.map { $0 >= ServerVersion(major, minor, patch) } ?? false
    }
}
