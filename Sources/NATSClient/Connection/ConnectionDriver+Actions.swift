import NATSProtocol
import Reactor
import Synchronization

extension ConnectionDriver {
    /// The only place where actions become effects.
    func perform(_ action: SessionAction, _ on: borrowing OnReactor) {
        switch action {
        case .connect(let address, let generation, let deadline):
            connect(PendingConnect(address: address, generation: generation, deadline: deadline), on)
        case .startTLS(let serverName, let generation): startTLS(serverName: serverName, generation: generation, on)
        case .authenticate(let nonce, let generation): authenticate(nonce: nonce, generation: generation)
        case .sendUrgent(let frames, let generation): sendUrgent(frames, generation: generation, on)
        case .sendOrdered(let frames, let fence): sendOrdered(frames, fence: fence)
        case .openGate(let generation): openGate(generation: generation)
        case .holdGate(let generation): holdGate(generation: generation)
        case .chooseServer(let request): chooseServer(request, on)
        case .closeGate(let failure): closeGate(failure)
        case .disconnect(let generation, let graceful): disconnect(generation: generation, graceful: graceful, on)
        case .fenceConfirmed(let fence): confirmFlushes(upTo: fence)
        case .subscriptionConfirmed(let id):
            if let waiter = state.value.confirmations.removeValue(forKey: id) { core.complete(waiter, .done) }
        case .subscriptionEnded(let id, let end): subscriptionEnded(id, end)
        case .publishDenied(let subject, let error): publishDenied(subject: subject, error)
        case .replyDenied(let reply, let error): replyDenied(reply: reply, error)
        case .awaitDelivery: awaitDelivery(on)
        case .report(let event): report(event)
        case .drained(let result): drained(result)
        case .closed(let failure): closed(failure)
        }
    }

    private func confirmFlushes(upTo fence: UInt64) {
        while true {
            core.stage.lock()
            guard let id = core.stage.value.flushWaiters.popFirst(upTo: fence) else { return core.stage.unlock() }
            let waiter = core.stage.value.complete(id, .done)
            core.stage.publishAndUnlock()
            waiter?.resume(.done)
        }
    }

    private func report(_ event: SessionEvent) {
        publishServers()
        switch event {
        case .connected(let server):
            connected(to: server)
        case .reconnected(let server):
            publishServerInfo()
            publishSnapshot()
            reportReconnected(to: server)
        case .moved(let report):
            // Before the event, so that whoever hears it finds the new server.
            publishServerInfo()
            core.hub.emit(
                .moved(ConnectionMove(from: report.from.location, to: report.to.location, cause: report.cause)))
        case .disconnected:
            // Reported with the account, when the stream is closed.
            break
        case .attemptFailed(let failure):
            let error = error(for: failure)
            core.snapshot.withLock { $0.lastError = error }
            core.hub.emit(.attemptFailed(error))
        case .lameDuck(let server): core.hub.emit(.lameDuck(server: server.location))
        case .discoveredServers(let servers):
            core.hub.emit(.discoveredServers(servers.map(\.location)))
        case .serverError(let error):
            core.snapshot.withLock {
                $0.lastError = NATSError(.serverError, "the server reported an error", serverError: error)
            }
            core.hub.emit(.serverError(error))
        }
    }

    /// The event comes before `connect` returns, so that it can't mix with what happens afterwards.
    private func connected(to server: ServerAddress) {
        publishServerInfo()
        publishSnapshot()
        core.hub.emit(.connected(server: server.location))
        if let waiter = state.value.connectWaiter.take() { core.complete(waiter, .done) }
    }

    private func publishServerInfo() {
        let info = state.value.session.serverInfo
        let server = state.value.session.currentServer
        core.snapshot.withLock {
            $0.serverInfo = info
            $0.server = server
        }
    }
}
