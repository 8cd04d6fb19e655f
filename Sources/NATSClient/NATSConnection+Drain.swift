import NATSProtocol
import Reactor
import Synchronization

/// How a drain ended.
public enum DrainOutcome: Sendable, Equatable {
    /// Every message was delivered, every publish is at the server.
    case complete
    /// The deadline passed in this phase; the connection is closed all the same.
    case timedOut(Phase)
    /// There was no connection to drain.
    case notConnected
    /// The connection was lost during this phase.
    case connectionLost(Phase)
    /// `close()` or `abort()` came in between.
    case interrupted(Phase)

    /// The parts of a drain, in order.
    public enum Phase: Sendable, Equatable {
        /// Waiting for the server to confirm that it sends nothing more.
        case subscriptions
        /// Waiting for consumers to take what has arrived.
        case delivery
        /// Waiting for the server to confirm that it has every publish.
        case publishes
    }
}

extension NATSConnection {
    /// Ends in order: unsubscribes, waits until consumers have taken every message that had arrived, waits until the
    /// server has every publish, closes. Handlers may publish until their last message; requests get their replies.
    ///
    /// Without a connection there is nobody to confirm anything: during a reconnect it closes at once, with
    /// ``DrainOutcome/notConnected``, and what waited to be sent is counted in ``ConnectionStatistics/publishesDiscarded``.
    ///
    /// - Parameter timeout: of the whole drain; default `ConnectOptions.drainTimeout`, 30 s. The connection is
    ///   closed after it in any case.
    /// - Returns: how it ended; only ``DrainOutcome/complete`` lost nothing.
    /// - Throws: ``NATSError/Code/connectionClosed`` when it was closed before; `CancellationError` (the drain goes
    ///   on).
    @discardableResult
    public func drain(timeout: Duration? = nil) async throws -> DrainOutcome {
        let limit = core.deadline(after: timeout ?? core.options.drainTimeout)
        // The session ends the drain at its deadline. One of the waiter would pass together with it in a process that stood still,
        // and the call would return before the connection is closed and its account settled.
        try await core.wait(.drain, deadline: .distantFuture, beginsAlways: true) { core, id in
            if !core.onDriver({ driver, on in driver.drain(deadline: limit, waiter: id, on) }) {
                core.complete(id, .failed(core.closedError()))
            }
        }
        // No result: a close was under way, and this joined it.
        return DrainOutcome(core.snapshot.withLock { $0.drainResult ?? .interrupted(.publishes) })
    }

    /// Closes: hands everything staged to the server and waits for its confirmation (for at most 2 s), then ends.
    ///
    /// Waiting calls fail with ``NATSError/Code/connectionClosed``; subscriptions end behind what they hold.
    /// Returns when the socket is closed, also in a task that is cancelled: who leaves then drops the connection, and what
    /// was published would be given up with it. Repeating it does nothing.
    public func close() async {
        await waitForClose { driver, on in driver.close(on) }
    }

    /// Ends at once. What wasn't written is given up, and counted in ``ConnectionStatistics/publishesDiscarded``.
    /// Doesn't wait.
    public func abort() {
        core.onDriver { driver, on in driver.abort(on) }
    }

    /// Aborts and waits until nothing is left.
    package func abortAndWait() async {
        await waitForClose { driver, on in driver.abort(on) }
    }

    /// In a task of its own: the caller's may be cancelled. Nothing of it can fail.
    private func waitForClose(
        _ begin: @escaping @Sendable (ConnectionDriver, borrowing OnReactor) -> Void
    ) async {
        await Task(executorPreference: core.loop.taskExecutor) { [core] in
            try? await core.wait(.close, deadline: .distantFuture) { core, id in
                let isOpen = core.onDriver { driver, on in
                    driver.state.value.closeWaiters.append(id)
                    begin(driver, on)
                }
                if !isOpen { core.complete(id, .done) }
            }
        }.value
    }

    /// Makes a new connection, to the next server if there is one, and leaves the present one when the new one is ready:
    /// ``ConnectionEvent/moved(_:)``, without an outage. If the attempt fails, the present connection is left all the
    /// same; if that doesn't confirm what it has within 2 s, it is given up. Ends a pause between attempts.
    ///
    /// Does nothing more while an attempt to connect is under way, as it leads to a new connection anyway, and nothing at all
    /// while the connection drains or closes.
    ///
    /// Returns when it is asked for; see ``events`` for when it is done.
    ///
    /// - Throws: ``NATSError/Code/connectionClosed``.
    public func reconnect() async throws {
        let isOpen = core.onDriver { driver, on in driver.state.value.session.reconnect(now: driver.now(on)) }
        if !isOpen { throw core.closedError() }
    }

    /// Replaces the servers to which the client reconnects. The present connection stays; a pause between
    /// attempts ends if the list is another one.
    ///
    /// What the options ask of servers holds for these, too: a connection with ``ConnectOptions/tls`` takes no `ws://`.
    /// WebSocket servers can't follow others, nor others them.
    ///
    /// - Throws: ``NATSError/Code/invalidAddress``, ``NATSError/Code/configuration`` for a URL without the TLS that is required,
    ///   ``NATSError/Code/invalidOption`` when the other options don't fit, ``NATSError/Code/connectionClosed``.
    public func setServers(_ urls: [String]) throws(NATSError) {
        let addresses = try NATS.parse { () throws(ServerAddressError) in try ServerAddress.parseList(urls) }
        for address in addresses { try core.check(address) }
        let isOpen = core.onDriver { driver, on in
            driver.state.value.session.setServers(addresses, now: driver.now(on))
            driver.publishServers()
        }
        if !isOpen { throw core.closedError() }
    }
}

extension DrainOutcome {
    init(_ result: DrainResult) {
        switch result {
        case .complete: self = .complete
        case .notConnected: self = .notConnected
        case .timedOut(let phase): self = .timedOut(Phase(phase))
        case .connectionLost(let phase): self = .connectionLost(Phase(phase))
        case .interrupted(let phase): self = .interrupted(Phase(phase))
        }
    }
}

extension DrainOutcome.Phase {
    init(_ phase: DrainPhase) {
        switch phase {
        case .subscriptions: self = .subscriptions
        case .delivery: self = .delivery
        case .publishes: self = .publishes
        }
    }
}
