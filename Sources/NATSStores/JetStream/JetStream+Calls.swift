import NATSClient
internal import NATSProtocol

/// An answer of the API of which only the success counts.
struct EmptyReply: JSONObject {
    static let fields: [JSONField<EmptyReply>] = []
}

extension JetStream {
    /// Calls the API: `subject` without the prefix.
    ///
    /// - Parameters:
    ///   - body: the request's JSON; empty for none.
    ///   - level: what the server must know at least, from the fields that are used.
    ///   - concerns: the stream or consumer, for errors.
    func call<Reply: JSONObject>(
        _ subject: String, _ body: [UInt8] = [], level: Int = 0, concerns: String? = nil, as type: Reply.Type = Reply.self
    ) async throws -> Reply {
        let subject = "\(prefix).\(subject)"
        let reply = try await request(subject, body, headers: requiredLevel(level, subject))
        return try answer(reply, subject: subject, concerns: concerns)
    }

    /// What the API says in `message`.
    ///
    /// - Throws: ``NATSError/Code/jetStreamRefused`` when it says that it doesn't do it; ``NATSError/Code/protocolViolation``.
    func answer<Reply: JSONObject>(
        _ message: Message, subject: String, concerns: String?, as type: Reply.Type = Reply.self
    ) throws(NATSError) -> Reply {
        var answer = Reply()
        var refusal: JetStreamError?
        do throws(JSONError) {
            var reader = JSONReader(message.payload.span)
            try reader.beginObject()
            while let key = try reader.nextKey() {
                if key == "error" {
                    refusal = try reader.readNull() ? nil : JetStreamError(from: &reader)
                } else {
                    try answer.readMember(key, &reader)
                }
            }
            try reader.finish()
        } catch {
            throw NATSError(
                .protocolViolation, "the JetStream API's answer can't be read: \(error)",
                server: connection.connectedServer, subject: subject, underlying: error)
        }
        if let refusal { throw refused(refusal, subject, concerns) }
        return answer
    }

    /// A request of which the absence of responders means that there is no JetStream.
    private func request(_ subject: String, _ body: [UInt8], headers: Headers?) async throws -> Message {
        do {
            return try await connection.request(subject, body, headers: headers, timeout: timeout)
        } catch let error as NATSError where error.code == .noResponders {
            throw NATSError(
                .jetStreamUnavailable,
                "nobody answers for JetStream: it isn't enabled for this account, the domain or prefix is wrong, or its cluster "
                    + "has no leader",
                server: error.server, subject: subject, underlying: error)
        }
    }

    /// The demand that an older server refuses the request rather than ignoring parts of it (ADR-44). What the server is known
    /// to be too old for isn't sent at all.
    func requiredLevel(_ level: Int, _ subject: String) throws(NATSError) -> Headers? {
        guard level > 0 else { return nil }
        try checkLevel(level, subject)
        return [HeaderName.requiredAPILevel: String(level)]
    }

    /// Throws ``NATSError/Code/serverTooOld`` when the server is known not to know this level of the API.
    func checkLevel(_ level: Int, _ subject: String) throws(NATSError) {
        // In another domain, or behind an import, another server may answer. One that says no level ignores what it doesn't know.
        guard prefix == Self.standardPrefix, let info = connection.serverInfo, info.apiLevel ?? 0 < level else { return }
        throw NATSError(
            .serverTooOld, "the request needs API level \(level), and the server has \(info.apiLevel ?? 0)",
            server: connection.connectedServer, subject: subject)
    }

    private func refused(_ refusal: JetStreamError, _ subject: String, _ concerns: String?) -> NATSError {
        NATSError(
            .jetStreamRefused, concerns.map { "\($0): \(refusal)" } ?? "\(refusal)", server: connection.connectedServer,
            subject: subject, underlying: refusal)
    }
}
