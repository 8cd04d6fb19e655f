extension ServerInfo {
    /// Reads the object of an `INFO` line.
    ///
    /// A missing or null field leaves its default, an unknown one is ignored. What isn't an object, or has a known
    /// field of another type or size, is an error of the peer.
    package static func decode(json: Span<UInt8>) throws(ProtocolError) -> ServerInfo {
        var info = ServerInfo()
        var reader = JSONReader(json)
        var isInField = false
        var field = ""
        do throws(JSONError) {
            try reader.beginObject()
            while let key = try reader.nextKey() {
                isInField = true
                do throws(JSONError) {
                    try info.readField(key, &reader)
                } catch {
                    field = key.string ?? ""
                    throw error
                }
                isInField = false
            }
            try reader.finish()
        } catch {
            throw ProtocolError(.malformedInfo, detail: Self.summary(of: error, field: isInField ? field : nil))
        }
        return info
    }

    /// Names the field and the kind of the mistake, but nothing of the value.
    private static func summary(of error: JSONError, field: String?) -> String {
        switch (error.kind, field) {
        case (.wrongType, let field?): "field '\(field)' is of another type"
        case (.wrongType, nil): "the JSON is of another type"
        case (.outOfRange, let field?), (.invalidUTF8, let field?): "field '\(field)' can't be read"
        case (.syntax, _), (.tooDeep, _), (.outOfRange, nil), (.invalidUTF8, nil): "the JSON can't be read"
        }
    }

    /// The value of a key, or what stands in place of a missing one for `null`.
    private mutating func readField(_ key: JSONText, _ reader: inout JSONReader) throws(JSONError) {
        if try readServer(key, &reader) { return }
        if try readOffer(key, &reader) { return }
        if try readCluster(key, &reader) { return }
        if try readConnection(key, &reader) { return }
        try reader.skipValue()
    }

    private mutating func readServer(_ key: JSONText, _ reader: inout JSONReader) throws(JSONError) -> Bool {
        switch key {
        case "server_id": serverID = try reader.readStringOrNull() ?? ""
        case "server_name": serverName = try reader.readStringOrNull()
        case "version": version = try reader.readStringOrNull() ?? ""
        case "go": goVersion = try reader.readStringOrNull()
        case "git_commit": gitCommit = try reader.readStringOrNull()
        case "proto": protocolVersion = try reader.readIntOrNull() ?? 0
        case "host": host = try reader.readStringOrNull()
        case "port": port = try reader.readIntOrNull()
        case "ip": ipAddress = try reader.readStringOrNull()
        case "xkey": xKey = try reader.readStringOrNull()
        default: return false
        }
        return true
    }

    private mutating func readOffer(_ key: JSONText, _ reader: inout JSONReader) throws(JSONError) -> Bool {
        switch key {
        case "headers": supportsHeaders = try reader.readBoolOrNull() ?? false
        // An account without a limit is announced as -1.
        case "max_payload": maximumPayloadBytes = max(0, try reader.readIntOrNull() ?? 0)
        case "auth_required": requiresAuthentication = try reader.readBoolOrNull() ?? false
        case "tls_required": requiresTLS = try reader.readBoolOrNull() ?? false
        case "tls_verify": verifiesClientCertificate = try reader.readBoolOrNull() ?? false
        case "tls_available": offersTLS = try reader.readBoolOrNull() ?? false
        case "nonce": nonce = try reader.readStringOrNull()
        case "jetstream": hasJetStream = try reader.readBoolOrNull() ?? false
        case "domain": domain = try reader.readStringOrNull()
        case "api_lvl": apiLevel = try reader.readIntOrNull()
        case "feature_flags": featureFlags = try Self.readFlags(&reader)
        default: return false
        }
        return true
    }

    private mutating func readCluster(_ key: JSONText, _ reader: inout JSONReader) throws(JSONError) -> Bool {
        switch key {
        case "cluster": cluster = try reader.readStringOrNull()
        case "cluster_dynamic": isClusterDynamic = try reader.readBoolOrNull() ?? false
        case "connect_urls": connectURLs = try reader.readStringsOrNull(countMaximum: ProtocolLimits.announcedServers)
        case "ws_connect_urls": webSocketConnectURLs = try reader.readStringsOrNull(countMaximum: ProtocolLimits.announcedServers)
        case "ldm": isLameDuck = try reader.readBoolOrNull() ?? false
        default: return false
        }
        return true
    }

    private mutating func readConnection(_ key: JSONText, _ reader: inout JSONReader) throws(JSONError) -> Bool {
        switch key {
        case "client_id": clientID = try reader.readUInt64OrNull()
        case "client_ip": clientIPAddress = try reader.readStringOrNull()
        case "connect_info": isConnectInfo = try reader.readBoolOrNull() ?? false
        case "remote_account": account = try reader.readStringOrNull()
        case "acc_is_sys": isSystemAccount = try reader.readBoolOrNull() ?? false
        default: return false
        }
        return true
    }

    private static func readFlags(_ reader: inout JSONReader) throws(JSONError) -> [String: Bool] {
        var flags: [String: Bool] = [:]
        if try reader.readNull() { return flags }
        try reader.beginObject()
        while let key = try reader.nextKey() {
            // The key is UTF-8: `nextKey` has looked.
            flags[key.string ?? ""] = try reader.readBoolOrNull()
        }
        return flags
    }
}
