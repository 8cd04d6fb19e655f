import NATSProtocol
import Synchronization

/// Where publishes flow: to one connection at a time, and to the next one only when the account of the one before is
/// settled.
extension ConnectionDriver {
    func openGate(generation: UInt32) {
        guard let link = link(generation) else { return }
        if link !== state.value.link {
            link.state.value.opensGateLater = true
            return switchGate()
        }
        link.state.value.isGateOpen = true
        link.state.value.isEstablished = true
        link.state.value.isGateHeld = false
        link.state.value.opensGateLater = false
        let info = state.value.session.serverInfo
        core.stage.lock()
        // The same connection again, after a move that failed, goes on with its own count.
        if !link.state.value.hadGate { link.state.value.writtenBase = core.stage.value.account.written }
        core.stage.value.limitBytes = core.options.outbound.highWaterBytes
        if core.stage.value.acceptance == .disconnected { core.stage.value.acceptance = .open }
        applyServerLimits(info)
        // Also what came back from a connection that was cut for it: it would be sent, and the connection cut, again.
        if core.stage.value.hasStagedBytes { core.stage.value.discardLarger(than: core.stage.value.maximumPayload) }
        core.stage.unlock()
        tellReactorSinksOfDiscarded()
        link.state.value.hadGate = true
        openReactorSinks(link)
        wakeRoomWaiters()
    }

    /// A move: nothing more of what is staged goes to this connection, behind the batch under way.
    func holdGate(generation: UInt32) {
        guard let link = link(generation), link.state.value.isGateOpen || link.state.value.opensGateLater else { return }
        link.state.value.isGateOpen = false
        link.state.value.opensGateLater = false
        link.state.value.isGateHeld = true
        core.stage.lock()
        let unsubscribes = core.stage.value.forgetControlFrames()
        core.stage.unlock()
        link.state.value.sendQueue.appendUrgent(unsubscribes.span)
    }

    /// Opens the gate of the successor, if that waits for it and the present connection has written everything.
    func switchGate() {
        guard let present = state.value.link, present.state.value.isGateHeld, let next = state.value.successor,
            next.state.value.opensGateLater, !present.state.value.sendQueue.isUnderWay
        else { return }
        present.state.value.isGateHeld = false
        state.value.retired.append(present)
        state.value.link = nil
        promoteSuccessor()
    }

    /// Makes the present connection's TLS visible to getters.
    func publishTLSDetails() {
        let details = state.value.link?.state.value.tlsDetails
        core.snapshot.withLock { $0.tlsDetails = details }
    }

    /// The connection before is settled: the successor takes its place.
    func promoteSuccessor() {
        guard let link = state.value.successor.take() else { return }
        state.value.link = link
        publishTLSDetails()
        if link.state.value.opensGateLater { openGate(generation: link.generation) }
    }
}
