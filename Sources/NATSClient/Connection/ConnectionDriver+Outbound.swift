import NATSProtocol
import Reactor

/// Bytes from the stage to the kernel, and their account.
extension ConnectionDriver {
    /// Starts a send if none is in flight and there is something to send.
    func pump(_ on: borrowing OnReactor) {
        guard let stream = state.value.streamID, !state.value.sendQueue.isSending else { return }
        if state.value.sendQueue.hasBatch {
            state.value.sendQueue.insertPongs()
        } else if !beginBatch() {
            return
        }
        let vectors = state.value.sendQueue.beginSend()
        if on.send(stream, vectors) {
            core.counters.sends.increase(by: 1)
        } else {
            _ = state.value.sendQueue.didSend(0)
        }
    }

    /// Takes what is urgent and, if the gate is open, what is staged. False: there is nothing.
    private func beginBatch() -> Bool {
        core.stage.lock()
        let hasBatch = takeBatch()
        let waitsForRoom = state.value.isGateOpen && !core.stage.value.roomWaiters.isEmpty
        core.stage.unlock()
        if hasBatch { enterWireOrder() }
        // Who came to wait after the last batch was written finds the room that it made.
        if waitsForRoom { wakeRoomWaiters() }
        return hasBatch
    }

    /// The same, by a caller that holds the stage's lock and enters the wire order afterwards.
    private func takeBatch() -> Bool {
        let isGateOpen = state.value.isGateOpen
        guard state.value.sendQueue.hasUrgent || (isGateOpen && core.stage.value.hasStagedBytes) else {
            // From here on the next one who stages something wakes us; while the gate is closed nobody needs to.
            if isGateOpen { core.stage.value.isScheduled = false }
            return false
        }
        state.value.sendQueue.beginBatch { buffer in
            guard isGateOpen else { return 0 }
            return core.stage.value.take(into: &buffer, fences: &state.value.takenFences)
        }
        return true
    }

    /// Fences of the batch take their place in the order of PONGs to come.
    private func enterWireOrder() {
        defer { state.value.ledger.recordPublishes(state.value.sendQueue.publishes) }
        guard !state.value.takenFences.isEmpty else { return }
        for staged in state.value.takenFences {
            state.value.ledger.recordPing(after: staged.publishesBefore)
            state.value.session.fenceQueued(staged.fence, generation: state.value.generation)
        }
        state.value.takenFences.removeAll(keepingCapacity: true)
    }

    /// Settles what was sent, and takes the next batch under the same lock.
    func didSend(_ byteCount: Int, _ on: borrowing OnReactor) {
        core.counters.bytesOut.increase(by: byteCount)
        let isComplete = state.value.sendQueue.didSend(byteCount)
        if isComplete { state.value.sendQueue.finishBatch() }
        core.stage.lock()
        guard isComplete else {
            core.stage.value.inFlightBytes = state.value.sendQueue.unwrittenStagedBytes
            let waitsForRoom = !core.stage.value.roomWaiters.isEmpty
            core.stage.unlock()
            return waitsForRoom ? wakeRoomWaiters() : ()
        }
        core.stage.value.inFlightBytes = 0
        core.stage.value.account.advanceWritten(to: state.value.writtenBase &+ state.value.ledger.taken)
        let waitsForRoom = !core.stage.value.roomWaiters.isEmpty
        let hasBatch = takeBatch()
        core.stage.unlock()
        if hasBatch { enterWireOrder() }
        if waitsForRoom { wakeRoomWaiters() }
    }

    /// Urgent frames; each PING among them takes its place in the order of PONGs.
    func sendUrgent(_ frames: [UInt8], _ on: borrowing OnReactor) {
        var walker = OutboundFrameWalker()
        while case .frame(let frame) = walker.next(frames.span) {
            guard frame.kind != .pong else {
                if !state.value.sendQueue.appendPong() {
                    state.value.session.protocolViolated(
                        ProtocolError(.tooManyPings), generation: state.value.generation, now: now(on))
                }
                continue
            }
            if frame.kind == .ping { state.value.ledger.recordPing() }
            state.value.sendQueue.appendUrgent(frames.span.extracting(frame.range))
        }
        // The session writes whole frames of known kinds. Were one unknown, it must not vanish.
        let rest = frames.span.extracting(min(walker.offset, frames.count)...)
        assert(rest.isEmpty, "the session wrote something that isn't a frame")
        state.value.sendQueue.appendUrgent(rest)
    }

    func sendOrdered(_ frames: [UInt8], fence: Fence?) {
        core.stage.lock()
        core.stage.value.appendOrdered(frames.span, fence: fence)
        core.stage.unlock()
    }

    /// A PONG confirms everything that was written before its PING.
    func recordFence() {
        let confirmed = state.value.ledger.recordPong()
        guard confirmed > 0 else { return }
        core.stage.lock()
        core.stage.value.account.fenced &+= confirmed
        // The PONG may overtake the completion of the send that it proves.
        core.stage.value.account.advanceWritten(
            to: core.stage.value.account.fenced &+ core.stage.value.account.lostUnknown)
        core.stage.unlock()
    }

    func openGate() {
        state.value.isGateOpen = true
        let info = state.value.session.serverInfo
        core.stage.lock()
        core.stage.value.limitBytes = core.options.outbound.highWaterBytes
        if core.stage.value.acceptance == .disconnected { core.stage.value.acceptance = .open }
        applyServerLimits(info)
        // Also what came back from a connection that was cut for it: it would be sent, and the connection cut, again.
        if core.stage.value.hasStagedBytes { core.stage.value.discardLarger(than: core.stage.value.maximumPayload) }
        core.stage.unlock()
        wakeRoomWaiters()
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
