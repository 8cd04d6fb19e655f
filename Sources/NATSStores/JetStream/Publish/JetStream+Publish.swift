public import NATSClient
internal import NATSProtocol

/// Publishing with acknowledgement, one message at a time. For many at a time: ``JetStream/asyncPublisher(window:options:)``.
extension JetStream {
    /// Publishes bytes and waits until the stream has them.
    ///
    /// - Parameters:
    ///   - messageID: within the stream's duplicate window, two messages of the same id are stored once: with it, publishing again
    ///     after an error is safe.
    ///   - expecting: what must be true of the stream.
    ///   - timeout: for each attempt; default ``JetStream/timeout``.
    /// - Returns: where the message is stored.
    /// - Throws: ``NATSError/Code/jetStreamRefused``, with the stream's reason as ``NATSError/jetStream``;
    ///   ``NATSError/Code/noResponders`` when no stream has the subject, after 2 more attempts 250 ms apart (ADR-22);
    ///   ``NATSError/Code/timedOut`` and ``NATSError/Code/connectionLost``, after which nobody knows whether the stream has it; the
    ///   other errors of `request`; `CancellationError`.
    @discardableResult
    public func publish(
        _ subject: String, _ payload: [UInt8], headers: Headers? = nil, messageID: String? = nil,
        expecting: PublishExpectations = [], timeout: Duration? = nil
    ) async throws -> PublishAck {
        let options = PublishOptions(messageID: messageID, expecting: expecting)
        return try await publish(subject, payload, headers: headers, options: options, timeout: timeout)
    }

    /// Publishes text and waits until the stream has it. As ``publish(_:_:headers:messageID:expecting:timeout:)-(_,[UInt8],_,_,_,_)``.
    @discardableResult
    public func publish(
        _ subject: String, _ payload: String, headers: Headers? = nil, messageID: String? = nil,
        expecting: PublishExpectations = [], timeout: Duration? = nil
    ) async throws -> PublishAck {
        let options = PublishOptions(messageID: messageID, expecting: expecting)
        return try await publish(subject, payload, headers: headers, options: options, timeout: timeout)
    }

    /// Publishes memory of the caller and waits until the stream has it. It must stay until the call returns, which the compiler
    /// checks. As ``publish(_:_:headers:messageID:expecting:timeout:)-(_,[UInt8],_,_,_,_)``.
    @discardableResult
    public func publish(
        _ subject: String, _ payload: Span<UInt8>, headers: Headers? = nil, messageID: String? = nil,
        expecting: PublishExpectations = [], timeout: Duration? = nil
    ) async throws -> PublishAck {
        let options = PublishOptions(messageID: messageID, expecting: expecting)
        return try await publish(subject, payload, headers: headers, options: options, timeout: timeout)
    }

    /// Publishes a received payload again and waits until the stream has it.
    /// As ``publish(_:_:headers:messageID:expecting:timeout:)-(_,[UInt8],_,_,_,_)``.
    @discardableResult
    public func publish(
        _ subject: String, _ payload: Payload, headers: Headers? = nil, messageID: String? = nil,
        expecting: PublishExpectations = [], timeout: Duration? = nil
    ) async throws -> PublishAck {
        let options = PublishOptions(messageID: messageID, expecting: expecting)
        return try await publish(subject, payload, headers: headers, options: options, timeout: timeout)
    }
}

/// The same with everything that can be asked of the stream.
extension JetStream {
    /// Publishes bytes and waits until the stream has them, with all options.
    /// As ``publish(_:_:headers:messageID:expecting:timeout:)-(_,[UInt8],_,_,_,_)``.
    @discardableResult
    public func publish(
        _ subject: String, _ payload: [UInt8], headers: Headers? = nil, options: PublishOptions, timeout: Duration? = nil
    ) async throws -> PublishAck {
        let headers = try options.headers(with: headers)
        return try await attempts(options, subject) {
            try await connection.request(subject, payload, headers: headers, timeout: timeout ?? self.timeout)
        }
    }

    /// Publishes text and waits until the stream has it, with all options.
    /// As ``publish(_:_:headers:messageID:expecting:timeout:)-(_,[UInt8],_,_,_,_)``.
    @discardableResult
    public func publish(
        _ subject: String, _ payload: String, headers: Headers? = nil, options: PublishOptions, timeout: Duration? = nil
    ) async throws -> PublishAck {
        let headers = try options.headers(with: headers)
        return try await attempts(options, subject) {
            try await connection.request(subject, payload, headers: headers, timeout: timeout ?? self.timeout)
        }
    }

    /// Publishes memory of the caller and waits until the stream has it, with all options.
    /// As ``publish(_:_:headers:messageID:expecting:timeout:)-(_,[UInt8],_,_,_,_)``.
    @discardableResult
    public func publish(
        _ subject: String, _ payload: Span<UInt8>, headers: Headers? = nil, options: PublishOptions, timeout: Duration? = nil
    ) async throws -> PublishAck {
        let headers = try options.headers(with: headers)
        var attemptsLeft = options.retryAttempts
        while true {
            do {
                let answer = try await connection.request(subject, payload, headers: headers, timeout: timeout ?? self.timeout)
                return try acknowledgement(answer, subject)
            } catch {
                try await awaitNextAttempt(after: error, &attemptsLeft, options, subject)
            }
        }
    }

    /// Publishes a received payload again and waits until the stream has it, with all options.
    /// As ``publish(_:_:headers:messageID:expecting:timeout:)-(_,[UInt8],_,_,_,_)``.
    @discardableResult
    public func publish(
        _ subject: String, _ payload: Payload, headers: Headers? = nil, options: PublishOptions, timeout: Duration? = nil
    ) async throws -> PublishAck {
        let headers = try options.headers(with: headers)
        return try await attempts(options, subject) {
            try await connection.request(subject, payload, headers: headers, timeout: timeout ?? self.timeout)
        }
    }

    /// Publishes a message without payload and waits until the stream has it: a counter's increment, or the end of a schedule.
    /// As ``publish(_:_:headers:messageID:expecting:timeout:)-(_,[UInt8],_,_,_,_)``.
    @discardableResult
    public func publish(
        _ subject: String, headers: Headers? = nil, options: PublishOptions = PublishOptions(), timeout: Duration? = nil
    ) async throws -> PublishAck {
        let headers = try options.headers(with: headers)
        return try await attempts(options, subject) {
            try await connection.request(subject, headers: headers, timeout: timeout ?? self.timeout)
        }
    }
}

// MARK: - Attempts

extension JetStream {
    /// Publishes until it is answered otherwise than by "not now".
    func attempts(
        _ options: PublishOptions, _ subject: String, _ publish: () async throws -> Message
    ) async throws -> PublishAck {
        var attemptsLeft = options.retryAttempts
        while true {
            do {
                return try acknowledgement(await publish(), subject)
            } catch {
                try await awaitNextAttempt(after: error, &attemptsLeft, options, subject)
            }
        }
    }

    /// Throws the error when there is no other attempt.
    private func awaitNextAttempt(
        after error: any Error, _ attemptsLeft: inout Int, _ options: PublishOptions, _ subject: String
    ) async throws {
        guard let refusal = error as? NATSError, refusal.meansNotNow else { throw error }
        guard attemptsLeft > 0 else { throw refusal.code == .noResponders ? noStream(subject, refusal) : refusal }
        attemptsLeft -= 1
        try await connection.pause(options.retryPause)
    }

    /// The answer to a publish.
    func acknowledgement(_ message: Message, _ subject: String) throws(NATSError) -> PublishAck {
        let acknowledgement: PublishAcknowledgement
        do throws(JSONError) {
            acknowledgement = try PublishAcknowledgement(json: message.bytes)
        } catch {
            throw NATSError(
                .protocolViolation, "the answer isn't the acknowledgement of a stream: \(error)",
                server: connection.connectedServer, subject: subject, underlying: error)
        }
        if let refusal = acknowledgement.error {
            throw Self.refused(JetStreamError(refusal), server: connection.connectedServer, subject: subject)
        }
        guard acknowledgement.isOfStream else {
            throw NATSError(
                .protocolViolation, "the answer names no stream: somebody else listens on the subject",
                server: connection.connectedServer, subject: subject)
        }
        return PublishAck(acknowledgement)
    }

    static func refused(_ refusal: JetStreamError, server: String?, subject: String) -> NATSError {
        NATSError(
            .jetStreamRefused, "the stream refused the message: \(refusal)", server: server, subject: subject, underlying: refusal
        )
    }

    private func noStream(_ subject: String, _ error: NATSError) -> NATSError {
        NATSError(
            .noResponders, "no stream listens on this subject; make one, or retry when its cluster has a leader",
            server: error.server, subject: subject, underlying: error)
    }
}

extension NATSError {
    /// The message isn't stored, and may be a moment later.
    var meansNotNow: Bool { code == .noResponders || jetStream?.meansNotNow == true }
}

extension JetStreamError {
    init(_ error: PublishAcknowledgement.APIError) {
        self.init()
        code = Code(error.errorCode)
        status = error.code
        message = error.description
    }

    /// Busy, without a leader, or with the same message under way.
    var meansNotNow: Bool {
        switch code {
        case .streamTooManyRequests, .clusterNotAvail, .streamOffline, .streamOfflineReason, .streamDuplicateMessageConflict,
            .streamExpectedLastSeqPerSubjectNotReady:
            true
        default: false
        }
    }
}
