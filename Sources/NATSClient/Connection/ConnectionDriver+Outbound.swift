import NATSProtocol
import Reactor

/// Bytes from the stage to the kernel, and their account.
extension ConnectionDriver {
    /// Starts a send if none is in flight and there is something to send.
    func pump(_ on: borrowing OnReactor) {
        if let link = state.value.link { pump(link, on) }
        // Who waits for the account of the connection before says nothing until then: what happens stays in order.
        if let link = state.value.successor, !link.state.value.opensGateLater { pump(link, on) }
    }

    private func pump(_ link: Link, _ on: borrowing OnReactor) {
        guard link.transport.isOpen, !link.state.value.sendQueue.isSending else { return }
        if link.state.value.sendQueue.hasBatch {
            link.state.value.sendQueue.insertPongs()
        } else if !beginBatch(link) {
            return
        }
        let vectors = link.state.value.sendQueue.beginSend()
        if link.transport.send(vectors, on) {
            core.counters.sends.increase(by: 1)
        } else {
            _ = link.state.value.sendQueue.didSend(0)
        }
    }

    /// Takes what is urgent and, if the gate is open, what is staged. False: there is nothing.
    private func beginBatch(_ link: Link) -> Bool {
        core.stage.lock()
        let hasBatch = takeBatch(link)
        let waitsForRoom = link.state.value.isGateOpen && !core.stage.value.roomWaiters.isEmpty
        core.stage.unlock()
        if hasBatch { enterWireOrder(link) }
        // Who came to wait after the last batch was written finds the room that it made.
        if waitsForRoom { wakeRoomWaiters() }
        return hasBatch
    }

    /// The same, by a caller that holds the stage's lock and enters the wire order afterwards.
    private func takeBatch(_ link: Link) -> Bool {
        let isGateOpen = link.state.value.isGateOpen
        guard link.state.value.sendQueue.hasUrgent || (isGateOpen && core.stage.value.hasStagedBytes) else {
            // From here on the next one who stages something wakes us; while the gate is closed nobody needs to.
            if isGateOpen { core.stage.value.isScheduled = false }
            return false
        }
        link.state.value.sendQueue.beginBatch { buffer in
            guard isGateOpen else { return 0 }
            return core.stage.value.take(into: &buffer, fences: &state.value.takenFences)
        }
        return true
    }

    /// Fences of the batch take their place in the order of PONGs to come.
    private func enterWireOrder(_ link: Link) {
        defer { link.state.value.ledger.recordPublishes(link.state.value.sendQueue.publishes) }
        guard !state.value.takenFences.isEmpty else { return }
        for staged in state.value.takenFences {
            link.state.value.ledger.recordPing(after: staged.publishesBefore)
            state.value.session.fenceQueued(staged.fence, generation: link.generation)
        }
        state.value.takenFences.removeAll(keepingCapacity: true)
    }

    /// Settles what was sent, and takes the next batch under the same lock.
    func didSend(_ link: Link, _ byteCount: Int, _ on: borrowing OnReactor) {
        core.counters.bytesOut.increase(by: byteCount)
        let isComplete = link.state.value.sendQueue.didSend(byteCount)
        if isComplete { link.state.value.sendQueue.finishBatch() }
        guard link === state.value.link else { return }
        core.stage.lock()
        guard isComplete else {
            core.stage.value.inFlightBytes = link.state.value.sendQueue.unwrittenStagedBytes
            let waitsForRoom = !core.stage.value.roomWaiters.isEmpty
            core.stage.unlock()
            return waitsForRoom ? wakeRoomWaiters() : ()
        }
        core.stage.value.inFlightBytes = 0
        core.stage.value.account.advanceWritten(to: link.state.value.writtenBase &+ link.state.value.ledger.taken)
        let waitsForRoom = !core.stage.value.roomWaiters.isEmpty
        let hasBatch = takeBatch(link)
        core.stage.unlock()
        if hasBatch { enterWireOrder(link) }
        if waitsForRoom { wakeRoomWaiters() }
        if !hasBatch, link.state.value.isGateHeld {
            switchGate()
            beginNextConnect(on)
        }
    }

    /// Urgent frames; each PING among them takes its place in the order of PONGs.
    func sendUrgent(_ frames: [UInt8], generation: UInt32, _ on: borrowing OnReactor) {
        guard let link = link(generation) else { return }
        var walker = OutboundFrameWalker()
        while case .frame(let frame) = walker.next(frames.span) {
            guard frame.kind != .pong else {
                if !link.state.value.sendQueue.appendPong() {
                    state.value.session.protocolViolated(
                        ProtocolError(.tooManyPings), generation: generation, now: now(on))
                }
                continue
            }
            if frame.kind == .ping { link.state.value.ledger.recordPing() }
            link.state.value.sendQueue.appendUrgent(frames.span.extracting(frame.range))
        }
        // The session writes whole frames of known kinds. Were one unknown, it must not vanish.
        let rest = frames.span.extracting(min(walker.offset, frames.count)...)
        assert(rest.isEmpty, "the session wrote something that isn't a frame")
        link.state.value.sendQueue.appendUrgent(rest)
    }

    func sendOrdered(_ frames: [UInt8], fence: Fence?) {
        core.stage.lock()
        core.stage.value.appendOrdered(frames.span, fence: fence)
        core.stage.unlock()
    }

    /// A PONG confirms everything that was written before its PING.
    func recordFence(_ link: Link) {
        let confirmed = link.state.value.ledger.recordPong()
        guard confirmed > 0 else { return }
        core.stage.lock()
        core.stage.value.account.fenced &+= confirmed
        // The PONG may overtake the completion of the send that it proves.
        core.stage.value.account.advanceWritten(
            to: core.stage.value.account.fenced &+ core.stage.value.account.lostUnknown)
        core.stage.unlock()
    }

    /// Limits of the present server. Staged messages that are too large for it are given up: the server would cut
    /// the connection for them, again and again.
    func applyServerLimits(_ info: ServerInfo?) {
        guard let info else { return }
        // Zero: no limit.
        let maximum = info.maximumPayloadBytes == 0 ? Int.max : info.maximumPayloadBytes
        let shrank = maximum < core.stage.value.maximumPayload
        core.stage.value.maximumPayload = maximum
        core.stage.value.supportsHeaders = info.supportsHeaders
        if shrank, core.stage.value.hasStagedBytes { core.stage.value.discardLarger(than: maximum) }
    }

    /// Each of those who wait now looks once; who finds no room waits again, for the next time. So this ends, however
    /// many wait.
    func wakeRoomWaiters() {
        core.stage.lock()
        let ids = core.stage.value.takeRoomWaitersIfThereIsRoom()
        core.stage.unlock()
        for id in ids { core.complete(id, .done) }
    }
}
