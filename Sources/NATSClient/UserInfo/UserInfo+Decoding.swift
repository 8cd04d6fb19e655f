import NATSProtocol

/// Reads the answer to `$SYS.REQ.USER.INFO`. Source: `UserInfo`, `ServerAPIResponse` and `Permissions` in nats-server's
/// `server/events.go` and `server/auth.go`.
extension UserInfo {
    /// Throws ``NATSError`` when the server answers with an error, and when it isn't JSON of this form.
    package init(parsing json: Span<UInt8>) throws(NATSError) {
        var answer = Answer()
        do throws(JSONError) {
            try answer.read(json)
        } catch {
            throw NATSError(.invalidPayload, "the server's answer can't be read: \(error)", underlying: error)
        }
        guard let info = answer.info else {
            throw NATSError(
                .serverError, "the server doesn't say who we are: \(answer.error ?? "its answer has no data")")
        }
        self = info
        serverName = answer.serverName
    }
}

private struct Answer {
    var serverName = ""
    var info: UserInfo?
    var error: String?

    mutating func read(_ json: Span<UInt8>) throws(JSONError) {
        var reader = JSONReader(json)
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "server": try readServer(&reader)
            case "data": info = try reader.readNull() ? nil : UserInfo(&reader)
            case "error": try readError(&reader)
            default: try reader.skipValue()
            }
        }
        try reader.finish()
    }

    private mutating func readServer(_ reader: inout JSONReader) throws(JSONError) {
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if key == "name" { serverName = try reader.readStringOrNull() ?? "" } else { try reader.skipValue() }
        }
    }

    private mutating func readError(_ reader: inout JSONReader) throws(JSONError) {
        if try reader.readNull() { return }
        var (code, description) = (0, "")
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "code": code = try reader.readIntOrNull() ?? 0
            case "description": description = try reader.readStringOrNull() ?? ""
            default: try reader.skipValue()
            }
        }
        error = description.isEmpty ? "error \(code)" : "\(description) (error \(code))"
    }
}

extension UserInfo {
    fileprivate init(_ reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "user": user = try reader.readStringOrNull() ?? ""
            case "account": account = try reader.readStringOrNull() ?? ""
            case "user_name": userName = try reader.readStringOrNull()
            case "account_name": accountName = try reader.readStringOrNull()
            case "permissions": permissions = try reader.readNull() ? nil : Permissions(&reader)
            case "expires": expiresIn = try reader.readNull() ? nil : .nanoseconds(reader.readInt64())
            default: try reader.skipValue()
            }
        }
    }
}

extension UserInfo.Permissions {
    fileprivate init(_ reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "publish": publish = try UserInfo.Subjects(&reader)
            case "subscribe": subscribe = try UserInfo.Subjects(&reader)
            case "responses": responses = try reader.readNull() ? nil : UserInfo.Responses(&reader)
            default: try reader.skipValue()
            }
        }
    }
}

extension UserInfo.Subjects {
    fileprivate init(_ reader: inout JSONReader) throws(JSONError) {
        self.init()
        if try reader.readNull() { return }
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "allow": allow = try reader.readStringsOrNull()
            case "deny": deny = try reader.readStringsOrNull()
            default: try reader.skipValue()
            }
        }
    }
}

extension UserInfo.Responses {
    fileprivate init(_ reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "max": maximumMessages = try reader.readInt()
            case "ttl": timeLimit = .nanoseconds(try reader.readInt64())
            default: try reader.skipValue()
            }
        }
    }
}
