import NATSProtocol

/// INFO: decoded exactly when it is an object of the right types, with the values that a plain parser finds; and the CONNECT
/// that answers it is JSON.
enum InfoTarget: FuzzTarget {
    static let name = "info"
    static let byteCountMax = 2048

    static func run(_ input: Span<UInt8>) throws(FuzzFinding) {
        let plain = PlainJSON([UInt8](copying: input), checksTexts: false)
        let info: ServerInfo
        do throws(ProtocolError) {
            info = try ServerInfo.decode(json: input)
        } catch {
            try expectEqual(error.kind, .malformedInfo, "the kind of error")
            _ = "\(error)"
            // What isn't empty and has no field of ours can't be wrong.
            return try expect(plain != .object([]), "an empty object is refused")
        }
        guard let plain, case .object = plain else { throw FuzzFinding("decoded what isn't a JSON object") }
        try expectTexts(info, plain)
        try expectFlags(info, plain)
        try expectEqual(info.connectURLs, list(plain["connect_urls"]), "connect_urls")
        try expectEqual(info.webSocketConnectURLs, list(plain["ws_connect_urls"]), "ws_connect_urls")
        try expect(info.maximumPayloadBytes >= 0, "a negative max_payload")
        _ = (info.parsedVersion, info.isAtLeast(2, 10))
        try expectConnect(info)
    }

    private static func expectTexts(_ info: ServerInfo, _ plain: PlainJSON) throws(FuzzFinding) {
        let texts: [(String, String?)] = [
            ("server_id", info.serverID), ("version", info.version), ("server_name", info.serverName), ("go", info.goVersion),
            ("host", info.host), ("nonce", info.nonce), ("cluster", info.cluster), ("domain", info.domain),
            ("client_ip", info.clientIPAddress), ("xkey", info.xKey), ("git_commit", info.gitCommit),
            ("ip", info.ipAddress), ("remote_account", info.account),
        ]
        for (name, found) in texts {
            var expected: String?
            if case .string(let text)? = plain[name] { expected = text }
            // These two can't be absent.
            if name == "server_id" || name == "version" { expected = expected ?? "" }
            try expectEqual(found, expected, name)
        }
    }

    private static func expectFlags(_ info: ServerInfo, _ plain: PlainJSON) throws(FuzzFinding) {
        let flags = [
            ("headers", info.supportsHeaders), ("auth_required", info.requiresAuthentication),
            ("tls_required", info.requiresTLS), ("tls_verify", info.verifiesClientCertificate),
            ("tls_available", info.offersTLS), ("jetstream", info.hasJetStream), ("ldm", info.isLameDuck),
            ("connect_info", info.isConnectInfo), ("cluster_dynamic", info.isClusterDynamic),
            ("acc_is_sys", info.isSystemAccount),
        ]
        for (name, found) in flags { try expectEqual(found, plain[name] == .bool(true), name) }
    }

    private static func list(_ value: PlainJSON?) -> [String] {
        guard case .array(let elements)? = value else { return [] }
        return elements.prefix(1024).compactMap { if case .string(let text) = $0 { text } else { nil } }
    }

    private static func expectConnect(_ info: ServerInfo) throws(FuzzFinding) {
        let text = info.serverName ?? "name"
        let proofs: [ConnectParameters.Authentication] = [
            .none, .token(text), .user(text, password: info.nonce ?? ""), .nkey(publicKey: text, signature: text),
            .jwt(text, signature: info.nonce),
        ]
        for proof in proofs {
            do throws(ConnectParametersError) {
                var parameters = try ConnectParameters(server: info, version: info.version, authentication: proof)
                parameters.name = info.serverName
                let json = try parameters.json()
                let plain = PlainJSON(json)
                try expectName(plain, info)
            } catch {
                throw FuzzFinding("CONNECT for \(proof): \(error)")
            }
        }
    }

    private static func expectName(_ plain: PlainJSON?, _ info: ServerInfo) throws(ConnectParametersError) {
        let name = info.serverName.map { PlainJSON.string($0) }
        guard plain?["name"] == name, plain?["version"] == .string(info.version) else { throw .notEncodable }
    }
}
