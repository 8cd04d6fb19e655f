public import NATSProtocol

extension NATSConnection {
    /// Publishes a message, and collects what every server that it passes reports of it (ADR-41).
    ///
    /// Returns as soon as all servers have reported, or when the time is over, with what has come: see
    /// ``MessageTrace/isComplete``. For the diagnosis of a route, not for traffic: each call makes a subscription.
    ///
    /// - Parameters:
    ///   - onlyTrace: report where the message would go, and deliver it nowhere. Default: true.
    ///   - timeout: how long to collect. Default: `ConnectOptions.requestTimeout`, 5 s.
    /// - Throws: ``NATSError/Code/timedOut`` when no server has reported, ``NATSError/Code/configuration`` when the server
    ///   is older than 2.11, ``NATSError/Code/permissionViolation`` when reports can't be published to or received at our
    ///   inbox, ``NATSError/Code/invalidHeader`` when `Accept-Encoding` asks for compressed reports; what `publish` and
    ///   `subscribe` throw; `CancellationError`. A message that the server refuses isn't an error: the trace says so.
    public func trace(
        _ subject: String, _ payload: String = "", headers: Headers? = nil, onlyTrace: Bool = true,
        timeout: Duration? = nil
    ) async throws -> MessageTrace {
        try await trace(subject, Array(payload.utf8), headers: headers, onlyTrace: onlyTrace, timeout: timeout)
    }

    /// Publishes a message, and collects what every server that it passes reports of it.
    /// As ``trace(_:_:headers:onlyTrace:timeout:)-(_,String,_,_,_)``.
    public func trace(
        _ subject: String, _ payload: [UInt8], headers: Headers? = nil, onlyTrace: Bool = true,
        timeout: Duration? = nil
    ) async throws -> MessageTrace {
        let destination = newInbox()
        let headers = try traceHeaders(headers, destination, onlyTrace: onlyTrace)
        try checkThatTheServerTraces()
        let subscription = try await subscribe(destination)
        defer { subscription.unsubscribe() }
        // Listens before the message can be refused.
        let events = events
        try await publish(subject, payload, headers: headers)
        let deadline = ContinuousClock.now + (timeout ?? core.options.requestTimeout)
        return try await withThrowingTaskGroup(of: MessageTrace?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await Self.collect(from: subscription, until: deadline) }
            group.addTask {
                try await Self.throwRefusal(of: destination, events)
                return nil
            }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }

    private func traceHeaders(
        _ headers: Headers?, _ destination: String, onlyTrace: Bool
    ) throws(NATSError) -> Headers {
        var headers = headers ?? Headers()
        if let encoding = headers[TraceHeader.acceptEncoding], Self.isCompression(encoding) {
            throw NATSError(
                .invalidHeader, "\(TraceHeader.acceptEncoding) asks for compressed reports, which can't be read; leave it out")
        }
        do throws(HeaderError) {
            try headers.requestTrace(to: destination, onlyTrace: onlyTrace)
        } catch {
            throw NATSError(.invalidHeader, "\(error)", underlying: error)
        }
        return headers
    }

    /// Source: `getCompressionType` in nats-server's `server/msgtrace.go`.
    private static func isCompression(_ encoding: String) -> Bool {
        let encoding = encoding.lowercased()
        return ["snappy", "s2", "gzip"].contains { encoding.contains($0) }
    }

    private func checkThatTheServerTraces() throws(NATSError) {
        guard let info = serverInfo, let version = ServerVersion(info.version) else { return }
        guard (version.major, version.minor) >= (2, 11) else {
            throw NATSError(
                .configuration, "tracing needs server 2.11 or later; this one is \(info.version)", server: connectedServer)
        }
    }

    private static func collect(
        from subscription: Subscription, until deadline: ContinuousClock.Instant
    ) async throws -> MessageTrace {
        var reports: [TraceReport] = []
        do {
            while let message = try await subscription.next(timeout: deadline - .now) {
                reports.append(try TraceReport(message))
                let trace = MessageTrace(reports)
                if trace.isComplete { return trace }
            }
        } catch let error as NATSError where error.code == .timedOut {
            guard !reports.isEmpty else {
                throw NATSError(
                    .timedOut, "no server has reported what it did with the message", server: error.server,
                    underlying: error)
            }
            return MessageTrace(reports)
        }
        throw subscription.core.closedError()
    }

    /// The server says so at once when reports may not go to `destination`.
    private static func throwRefusal(of destination: String, _ events: ConnectionEvents) async throws {
        for await event in events {
            if case .publishDenied(destination, let error) = event { throw error }
        }
    }
}
