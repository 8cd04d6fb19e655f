public import NATSClient
internal import NATSProtocol

/// Reading single messages.
extension JetStream.Stream {
    /// The message of this number; nil when there is none.
    ///
    /// - Throws: ``NATSError/Code/jetStreamRefused`` with `.streamNotFound`; what `request` throws.
    ///
    /// Cost: one round trip; another one when the stream turns out not to allow direct gets.
    public func message(_ sequence: UInt64, source: ReadSource = .anyReplica) async throws -> StoredMessage? {
        try await message(MessageGetRequest(sequence: sequence), source)
    }

    /// The last message on this subject, or on those that match a pattern; nil when there is none.
    ///
    /// The subject is a part of the request's subject, so that permissions can be about it. Errors and cost are those of
    /// ``message(_:source:)``.
    public func lastMessage(on subject: String, source: ReadSource = .anyReplica) async throws -> StoredMessage? {
        try await message(MessageGetRequest(lastOn: subject), source)
    }

    /// The first message at or behind a place, on this subject or on those that match a pattern; nil when there is none.
    ///
    /// Errors and cost are those of ``message(_:source:)``.
    public func firstMessage(
        from start: StreamPosition, matching filter: String = ">", source: ReadSource = .anyReplica
    ) async throws -> StoredMessage? {
        try await message(MessageGetRequest(from: start, on: filter), source)
    }

    /// The payload of the message of this number, without its headers; nil when there is no such message. A server before 2.14 sends
    /// the headers, too, which are dropped.
    ///
    /// Errors and cost are those of ``message(_:source:)``.
    public func payload(_ sequence: UInt64, source: ReadSource = .anyReplica) async throws -> Payload? {
        try await payload(MessageGetRequest(sequence: sequence), source)
    }

    /// The payload of the last message on this subject, without its headers. As ``payload(_:source:)``.
    public func lastPayload(on subject: String, source: ReadSource = .anyReplica) async throws -> Payload? {
        try await payload(MessageGetRequest(lastOn: subject), source)
    }
}

/// A stored message in the form in which it came.
enum FoundMessage {
    /// As it was stored, with headers that tell of it.
    case direct(Message)
    case stored(StoredMessage)
}

extension JetStream.Stream {
    /// As ``message(_:source:)`` and ``lastMessage(on:source:)``, for those who don't need all of it.
    func find(_ request: MessageGetRequest, _ source: ReadSource) async throws -> FoundMessage? {
        if source == .anyReplica, cachedInfo?.configuration.allowsDirectGet != false {
            do {
                return try await direct(request).map { .direct($0) }
            } catch let error as NATSError where error.code == .noResponders {
                // It doesn't allow direct gets, or doesn't exist: the API says which.
            }
        }
        return try await messageOfLeader(request).map { .stored($0) }
    }

    private func message(_ request: MessageGetRequest, _ source: ReadSource) async throws -> StoredMessage? {
        switch try await find(request, source) {
        case .direct(let message): try StoredMessage(direct: message)
        case .stored(let message): message
        case nil: nil
        }
    }

    private func payload(_ request: MessageGetRequest, _ source: ReadSource) async throws -> Payload? {
        if source == .anyReplica, cachedInfo?.configuration.allowsDirectGet != false {
            do {
                var request = request
                request.leavesOutHeaders = true
                return try await direct(request)?.payload
            } catch let error as NATSError where error.code == .noResponders {}
        }
        return try await messageOfLeader(request)?.payload
    }

    private func messageOfLeader(_ request: MessageGetRequest) async throws -> StoredMessage? {
        do {
            let reply: MessageGetReply = try await jetStream.call("STREAM.MSG.GET.\(name)", request.json, concerns: concerns)
            return try reply.message.map { try StoredMessage($0, stream: name) }
        } catch let error as NATSError where error.jetStream?.code == .noMessageFound {
            return nil
        }
    }

    /// A message as it was stored; nil when there is none.
    private func direct(_ request: MessageGetRequest) async throws -> Message? {
        let subject: String
        let body: [UInt8]
        if let last = request.lastOn, !last.utf8.contains(where: { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: ">") }) {
            subject = "\(jetStream.prefix).DIRECT.GET.\(name).\(last)"
            body = request.leavesOutHeaders ? MessageGetRequest(leavesOutHeaders: true).json : []
        } else {
            subject = "\(jetStream.prefix).DIRECT.GET.\(name)"
            body = request.json
        }
        let reply = try await jetStream.connection.request(subject, body, timeout: jetStream.timeout)
        guard let status = reply.status, status.code != 0 else { return reply }
        if status.code == 404 { return nil }
        throw refused(status, subject)
    }

    /// What a status of a direct get means that isn't "not found".
    func refused(_ status: HeaderStatus, _ subject: String) -> NATSError {
        let refusal = JetStreamError(status)
        return NATSError(
            .jetStreamRefused, "\(concerns): \(refusal)", server: jetStream.connection.connectedServer, subject: subject,
            underlying: refusal)
    }
}

extension JetStreamError {
    /// Direct gets are refused by a status. Where the API has a number for it, it is the same.
    init(_ status: HeaderStatus) {
        self.init()
        self.status = status.code
        message = status.description
        switch status.code {
        case 408: code = .badRequest
        case 412: code = .requiredApiLevel
        case 429: code = .streamTooManyRequests
        default: break
        }
    }
}
