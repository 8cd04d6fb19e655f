package import NATSProtocol

extension TraceReport {
    /// Reads a message that came to a trace destination.
    ///
    /// Throws ``NATSError/Code/invalidPayload`` when it is none, and when it is compressed, which the server does when the
    /// traced message had the header `Accept-Encoding: gzip` or `snappy`.
    public init(_ message: Message) throws(NATSError) {
        if let encoding = message.header(TraceHeader.contentEncoding), encoding != "identity" {
            throw NATSError(
                .invalidPayload,
                "the trace is compressed (\(encoding)); publish without the header \(TraceHeader.acceptEncoding)",
                subject: message.subject)
        }
        do throws(JSONError) {
            try self.init(parsing: message.bytes)
        } catch {
            throw NATSError(
                .invalidPayload, "the message is no report of a trace: \(error)", subject: message.subject,
                underlying: error)
        }
    }

    package init(parsing json: Span<UInt8>) throws(JSONError) {
        self.init()
        var reader = JSONReader(json)
        var hasServer = false
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "server":
                server = try Server(&reader)
                hasServer = true
            case "request": try readRequest(&reader)
            case "hops": hopCount = max(0, try reader.readIntOrNull() ?? 0)
            case "events": try readEvents(&reader)
            default: try reader.skipValue()
            }
        }
        try reader.finish()
        guard hasServer else { throw JSONError(.wrongType, at: 0) }
    }

    private mutating func readRequest(_ reader: inout JSONReader) throws(JSONError) {
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "header": try readHeaders(&reader)
            case "msgsize": messageSize = try reader.readIntOrNull() ?? 0
            default: try reader.skipValue()
            }
        }
    }

    private mutating func readHeaders(_ reader: inout JSONReader) throws(JSONError) {
        if try reader.readNull() { return }
        try reader.beginObject()
        while let key = try reader.nextKey() {
            // The key is UTF-8: `nextKey` has looked.
            headers[key.string ?? ""] = try reader.readStringsOrNull()
        }
    }

    private mutating func readEvents(_ reader: inout JSONReader) throws(JSONError) {
        if try reader.readNull() { return }
        try reader.beginArray()
        while try reader.nextElement() {
            var fields = EventFields()
            try fields.read(&reader)
            events.append(fields.event)
        }
    }
}

extension TraceReport.Server {
    fileprivate init(_ reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "name": name = try reader.readStringOrNull() ?? ""
            case "id": id = try reader.readStringOrNull() ?? ""
            case "host": host = try reader.readStringOrNull() ?? ""
            case "ver": version = try reader.readStringOrNull() ?? ""
            case "cluster": cluster = try reader.readStringOrNull()
            case "domain": domain = try reader.readStringOrNull()
            default: try reader.skipValue()
            }
        }
    }
}

/// The fields of all kinds of events: which of them count is known when the type has come.
private struct EventFields {
    private var type = ""
    private var time: ServerTime?
    private var kind = 0
    private var connectionID: UInt64 = 0
    private var hasNoInterest = false
    private var texts: [String: String] = [:]

    mutating func read(_ reader: inout JSONReader) throws(JSONError) {
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "type": type = try reader.readString()
            case "ts": time = try reader.readStringOrNull().flatMap { ServerTime($0) }
            case "kind": kind = try reader.readIntOrNull() ?? 0
            case "cid": connectionID = try reader.readUInt64OrNull() ?? 0
            case "nointerest": hasNoInterest = try reader.readBoolOrNull() ?? false
            case "name", "acc", "subj", "error", "to", "from", "stream", "subject", "hop", "sub", "queue":
                texts[key.string ?? ""] = try reader.readStringOrNull()
            default: try reader.skipValue()
            }
        }
    }

    var event: TraceReport.Event {
        switch type {
        case "in":
            .ingress(
                .init(
                    time: time, connection: connection, account: text("acc"), subject: text("subj"),
                    error: texts["error"]))
        case "sm": .subjectMapping(.init(time: time, subject: text("to")))
        case "se": .streamExport(.init(time: time, account: text("acc"), subject: text("to")))
        case "si": .serviceImport(.init(time: time, account: text("acc"), from: text("from"), to: text("to")))
        case "js":
            .jetStream(
                .init(
                    time: time, stream: text("stream"), subject: texts["subject"], hasNoInterest: hasNoInterest,
                    error: texts["error"]))
        case "eg":
            .egress(
                .init(
                    time: time, connection: connection, hop: texts["hop"], account: texts["acc"],
                    subscription: texts["sub"], queueGroup: texts["queue"], error: texts["error"]))
        default: .unknown(type: type, time: time)
        }
    }

    private var connection: TraceReport.Connection {
        .init(kind: .init(rawValue: kind), id: connectionID, name: texts["name"])
    }

    private func text(_ name: String) -> String { texts[name] ?? "" }
}
