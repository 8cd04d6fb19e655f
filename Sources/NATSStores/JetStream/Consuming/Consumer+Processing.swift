public import NATSClient

/// Handling each message in a task, with its acknowledgement.
extension JetStream.Consumer {
    /// Calls `handler` with each message, and acknowledges it when that returns. When it throws, the message goes back (NAK), to come
    /// again. A handler may acknowledge by itself; then nothing more is said. What can't be said for want of a
    /// connection isn't said, and the message comes again.
    ///
    /// Goes on until the task is cancelled, or the consumption fails. Handlers that run then are waited for; a handler that ends
    /// by `CancellationError` gives its message back, and so does what nobody has taken yet.
    ///
    /// - Parameters:
    ///   - options: how the consumer is pulled from.
    ///   - concurrency: how many handlers may run at the same time. Default: 1, which keeps the order.
    ///   - keepAliveInterval: while a handler runs, the server is told so often that the message is being handled, so that it isn't
    ///     given out again; less than the consumer's ``ConsumerConfiguration/acknowledgementWait``. Default: nil, never. Costs a
    ///     task for each message.
    /// - Throws: as ``ConsumerMessages``; `CancellationError`.
    public func process(
        _ options: ConsumeOptions = ConsumeOptions(), concurrency: Int = 1, keepAliveInterval: Duration? = nil,
        _ handler: @escaping @Sendable (Message) async throws -> Void
    ) async throws {
        let messages = messages(options)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<max(1, concurrency) {
                    group.addTask {
                        for try await message in messages {
                            try await handle(message, keepAliveInterval, handler)
                        }
                    }
                }
                try await group.waitForAll()
            }
        } catch {
            // What nobody has taken goes back at once.
            messages.subscription.abandonToMonitor()
            throw error
        }
    }
}

private func handle(
    _ message: Message, _ keepAliveInterval: Duration?, _ handler: @escaping @Sendable (Message) async throws -> Void
) async throws {
    do {
        if let keepAliveInterval {
            try await handle(message, keepingAliveEvery: keepAliveInterval, handler)
        } else {
            try await handler(message)
        }
    } catch {
        if !message.isAcknowledged { try? message.nak() }
        if error is CancellationError, Task.isCancelled { throw error }
        return
    }
    // Somebody may have been faster, or there is no connection: then the message comes again.
    if !message.isAcknowledged { try? message.ack() }
}

private func handle(
    _ message: Message, keepingAliveEvery interval: Duration, _ handler: @escaping @Sendable (Message) async throws -> Void
) async throws {
    try await withThrowingTaskGroup(of: Bool.self) { group in
        group.addTask {
            try await handler(message)
            return true
        }
        group.addTask {
            while !message.isAcknowledged {
                try await Task.sleep(for: interval)
                // Refused when the handler has acknowledged meanwhile, or the connection ends, which others report.
                try? message.inProgress()
            }
            return false
        }
        defer { group.cancelAll() }
        while let isHandled = try await group.next() { if isHandled { return } }
    }
}
