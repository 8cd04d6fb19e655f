import FoundationEssentials

extension ServerInfo {
    /// Reads the object of an `INFO` line.
    ///
    /// A missing or null field leaves its default, an unknown one is ignored. What isn't an object, or has a known
    /// field of another type or size, is an error of the peer.
    package static func decode(json: Span<UInt8>) throws(ProtocolError) -> ServerInfo {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(json.count)
        for index in json.indices { bytes.append(json[index]) }
        do {
            return try JSONDecoder().decode(WireFields.self, from: Data(bytes)).info
        } catch let error as DecodingError {
            throw ProtocolError(.malformedInfo, detail: summary(of: error))
        } catch {
            throw ProtocolError(.malformedInfo)
        }
    }

    /// Names the field and the kind of the mistake, but nothing of the value.
    private static func summary(of error: DecodingError) -> String {
        let mistake: String
        let path: [any CodingKey]
        switch error {
        case .typeMismatch(_, let context): (mistake, path) = ("is of another type", context.codingPath)
        case .valueNotFound(_, let context): (mistake, path) = ("has no value", context.codingPath)
        case .keyNotFound(let key, let context): (mistake, path) = ("is missing", context.codingPath + [key])
        case .dataCorrupted(let context): (mistake, path) = ("can't be read", context.codingPath)
        @unknown default: (mistake, path) = ("can't be read", [])
        }
        return path.first.map { "field '\($0.stringValue)' \(mistake)" } ?? "the JSON \(mistake)"
    }
}

/// The fields under their names on the wire. A type of its own, so that users don't see ``ServerInfo`` as decodable.
private struct WireFields: Decodable {
    var info = ServerInfo()

    private enum CodingKeys: String, CodingKey {
        case version, go, host, port, ip, xkey, headers, nonce, jetstream, domain, cluster, ldm, proto
        case serverID = "server_id"
        case serverName = "server_name"
        case gitCommit = "git_commit"
        case maximumPayload = "max_payload"
        case authRequired = "auth_required"
        case tlsRequired = "tls_required"
        case tlsVerify = "tls_verify"
        case tlsAvailable = "tls_available"
        case apiLevel = "api_lvl"
        case featureFlags = "feature_flags"
        case clusterDynamic = "cluster_dynamic"
        case connectURLs = "connect_urls"
        case webSocketConnectURLs = "ws_connect_urls"
        case clientID = "client_id"
        case clientIP = "client_ip"
        case connectInfo = "connect_info"
        case remoteAccount = "remote_account"
        case isSystemAccount = "acc_is_sys"
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        try readServer(fields)
        try readOffer(fields)
        try readCluster(fields)
        try readConnection(fields)
    }

    private mutating func readServer(_ fields: KeyedDecodingContainer<CodingKeys>) throws {
        info.serverID = try fields.decodeIfPresent(String.self, forKey: .serverID) ?? ""
        info.serverName = try fields.decodeIfPresent(String.self, forKey: .serverName)
        info.version = try fields.decodeIfPresent(String.self, forKey: .version) ?? ""
        info.goVersion = try fields.decodeIfPresent(String.self, forKey: .go)
        info.gitCommit = try fields.decodeIfPresent(String.self, forKey: .gitCommit)
        info.protocolVersion = try fields.decodeIfPresent(Int.self, forKey: .proto) ?? 0
        info.host = try fields.decodeIfPresent(String.self, forKey: .host)
        info.port = try fields.decodeIfPresent(Int.self, forKey: .port)
        info.ipAddress = try fields.decodeIfPresent(String.self, forKey: .ip)
        info.xKey = try fields.decodeIfPresent(String.self, forKey: .xkey)
    }

    private mutating func readOffer(_ fields: KeyedDecodingContainer<CodingKeys>) throws {
        info.supportsHeaders = try fields.decodeIfPresent(Bool.self, forKey: .headers) ?? false
        // An account without a limit is announced as -1.
        info.maximumPayloadBytes = max(0, try fields.decodeIfPresent(Int.self, forKey: .maximumPayload) ?? 0)
        info.requiresAuthentication = try fields.decodeIfPresent(Bool.self, forKey: .authRequired) ?? false
        info.requiresTLS = try fields.decodeIfPresent(Bool.self, forKey: .tlsRequired) ?? false
        info.verifiesClientCertificate = try fields.decodeIfPresent(Bool.self, forKey: .tlsVerify) ?? false
        info.offersTLS = try fields.decodeIfPresent(Bool.self, forKey: .tlsAvailable) ?? false
        info.nonce = try fields.decodeIfPresent(String.self, forKey: .nonce)
        info.hasJetStream = try fields.decodeIfPresent(Bool.self, forKey: .jetstream) ?? false
        info.domain = try fields.decodeIfPresent(String.self, forKey: .domain)
        info.apiLevel = try fields.decodeIfPresent(Int.self, forKey: .apiLevel)
        info.featureFlags =
            try fields.decodeIfPresent([String: Bool?].self, forKey: .featureFlags)?.compactMapValues { $0 } ?? [:]
    }

    private mutating func readCluster(_ fields: KeyedDecodingContainer<CodingKeys>) throws {
        info.cluster = try fields.decodeIfPresent(String.self, forKey: .cluster)
        info.isClusterDynamic = try fields.decodeIfPresent(Bool.self, forKey: .clusterDynamic) ?? false
        info.connectURLs = try fields.decodeIfPresent([String?].self, forKey: .connectURLs)?.compactMap { $0 } ?? []
        info.webSocketConnectURLs =
            try fields.decodeIfPresent([String?].self, forKey: .webSocketConnectURLs)?.compactMap { $0 } ?? []
        info.isLameDuck = try fields.decodeIfPresent(Bool.self, forKey: .ldm) ?? false
    }

    private mutating func readConnection(_ fields: KeyedDecodingContainer<CodingKeys>) throws {
        info.clientID = try fields.decodeIfPresent(UInt64.self, forKey: .clientID)
        info.clientIPAddress = try fields.decodeIfPresent(String.self, forKey: .clientIP)
        info.isConnectInfo = try fields.decodeIfPresent(Bool.self, forKey: .connectInfo) ?? false
        info.account = try fields.decodeIfPresent(String.self, forKey: .remoteAccount)
        info.isSystemAccount = try fields.decodeIfPresent(Bool.self, forKey: .isSystemAccount) ?? false
    }
}
