import NATSProtocol
import Reactor
import Synchronization

/// Bytes from the kernel to frames. Frames are decoded where they lie; only a frame that is torn between two blocks
/// is put together in a block of its own.
extension ConnectionDriver {
    func receive(_ link: Link, _ chunk: borrowing ReceiveChunk, _ on: borrowing OnReactor) {
        core.counters.bytesIn.increase(by: chunk.count)
        state.value.ownedBlock = nil
        do throws(ProtocolError) {
            try assemble(link, chunk, on)
        } catch {
            link.state.value.pendingFrame = nil
            state.value.session.protocolViolated(error, generation: link.generation, now: now(on))
        }
        flushRun(on)
        if !state.value.touchedSinks.isEmpty { settleTouchedMonitors(on) }
        wakeTouchedQueues()
    }

    private func assemble(
        _ link: Link, _ chunk: borrowing ReceiveChunk, _ on: borrowing OnReactor
    ) throws(ProtocolError) {
        let end = chunk.start &+ chunk.count
        var position = chunk.start
        if let pending = link.state.value.pendingFrame.take() {
            if pending.block === chunk.block, pending.start &+ pending.count == chunk.start {
                // The chunk continues the torn frame in place.
                position = pending.start
            } else {
                position = try complete(link, pending, with: chunk, on)
                guard link.state.value.pendingFrame == nil else { return }
            }
        }
        guard position < end else { return }
        let rest =
            isPresent(link)
            ? try decode(link, chunk.block, from: position, to: end, isPresent: true, on)
            : try decode(link, chunk.block, from: position, to: end, isPresent: false, on)
        if rest.consumed < end &- position {
            link.state.value.pendingFrame = PendingFrame(
                block: chunk.block, start: position &+ rest.consumed, count: end &- position &- rest.consumed,
                needed: rest.needed)
        }
    }

    /// Puts a torn frame together. Returns where in the chunk the next frame starts.
    private func complete(
        _ link: Link, _ pending: PendingFrame, with chunk: borrowing ReceiveChunk, _ on: borrowing OnReactor
    ) throws(ProtocolError) -> Int {
        var torn = pending
        if torn.start != 0 || !torn.isAssembly {
            // Into a block of its own, with room for what the frame is known to need.
            let block = on.makeBlock(minimumCapacity: max(torn.needed, torn.count &+ Self.lineAllowance))
            block.copyBytes(from: torn.block, at: torn.start, count: torn.count, to: 0)
            torn = PendingFrame(block: block, start: 0, count: torn.count, needed: torn.needed, isAssembly: true)
        }
        var position = chunk.start
        let end = chunk.start &+ chunk.count
        while position < end {
            let wanted = torn.needed > torn.count ? torn.needed &- torn.count : Self.lineAllowance
            let added = min(wanted, end &- position)
            reserve(&torn, torn.count &+ added, on)
            torn.block.copyBytes(from: chunk.block, at: position, count: added, to: torn.count)
            torn.count &+= added
            position &+= added
            let rest = try decodeOne(link, torn.block, count: torn.count, following: end &- position, on)
            if rest.consumed > 0 {
                // What was copied beyond the frame is decoded from the chunk again.
                flushRun(on)
                return link.state.value.isDisconnecting ? end : position &- (torn.count &- rest.consumed)
            }
            torn.needed = rest.needed
        }
        link.state.value.pendingFrame = torn
        return position
    }

    /// Bytes that are added at a time while the length of a torn frame isn't known.
    private static var lineAllowance: Int { 512 }

    private func reserve(_ torn: inout PendingFrame, _ capacity: Int, _ on: borrowing OnReactor) {
        guard torn.block.capacity < capacity else { return }
        let block = on.makeBlock(minimumCapacity: max(capacity, torn.needed, torn.block.capacity &* 2))
        block.copyBytes(from: torn.block, at: 0, count: torn.count, to: 0)
        torn.block = block
    }

    private func decodeOne(
        _ link: Link, _ block: ReceiveBlock, count: Int, following: Int, _ on: borrowing OnReactor
    ) throws(ProtocolError) -> (consumed: Int, needed: Int) {
        var frame = DecodedFrame()
        let bytes = block.bytes(from: 0, count: count)
        let kind = try link.state.value.decoder.next(bytes, at: 0, &frame)
        guard kind != .needsMore else { return (0, frame.needed) }
        if kind == .message {
            guard link.state.value.isEstablished else { throw ProtocolError(.unexpectedFrame) }
            if isPresent(link) {
                handleMessage(frame, block, origin: 0, on)
            } else {
                handleMessageOfSuccessor(link, frame, block, origin: 0, on)
            }
        } else if !handleControl(link, kind, frame, bytes, following: following, on) {
            return (count, 0)
        }
        return (frame.end, 0)
    }

    /// Only the present connection is promoted from something else, and never by what it says itself: the answer holds
    /// for a chunk.
    private func isPresent(_ link: Link) -> Bool { link.generation == state.value.session.generation }

    /// Decodes every whole frame of a range. Returns how much of it was consumed. Made twice, so that the usual
    /// connection isn't asked for each message which one it is.
    @inline(__always)
    private func decode(
        _ link: Link, _ block: ReceiveBlock, from start: Int, to end: Int, isPresent: Bool, _ on: borrowing OnReactor
    ) throws(ProtocolError) -> (consumed: Int, needed: Int) {
        var frame = DecodedFrame()
        var position = 0
        let bytes = block.bytes(from: start, count: end &- start)
        if !link.state.value.isEstablished, let rest = try decodeHandshake(link, bytes, &position, on) { return rest }
        while position < bytes.count {
            let kind = try link.state.value.decoder.next(bytes, at: position, &frame)
            if kind == .message, isPresent {
                handleMessage(frame, block, origin: start, on)
            } else if kind == .message {
                handleMessageOfSuccessor(link, frame, block, origin: start, on)
            } else if kind == .needsMore {
                return (position, frame.needed)
            } else if !handleControl(link, kind, frame, bytes, following: 0, on) {
                return (bytes.count, 0)
            }
            position = frame.end
        }
        return (position, 0)
    }

    /// A server that hasn't taken us yet has no message for us; a subscription of an earlier connection must not get one
    /// from whoever this is. Nil: from the position on it is an ordinary connection. Apart, so that messages on one aren't
    /// asked.
    private func decodeHandshake(
        _ link: Link, _ bytes: Span<UInt8>, _ position: inout Int, _ on: borrowing OnReactor
    ) throws(ProtocolError) -> (consumed: Int, needed: Int)? {
        var frame = DecodedFrame()
        while position < bytes.count, !link.state.value.isEstablished {
            let kind = try link.state.value.decoder.next(bytes, at: position, &frame)
            if kind == .message { throw ProtocolError(.unexpectedFrame) }
            if kind == .needsMore { return (position, frame.needed) }
            guard handleControl(link, kind, frame, bytes, following: 0, on) else { return (bytes.count, 0) }
            position = frame.end
        }
        return nil
    }

    /// - Parameter following: bytes of the chunk that are behind `bytes`.
    /// - Returns: false when the session has given this transport up, and what follows on it must not be looked at.
    private func handleControl(
        _ link: Link, _ kind: FrameKind, _ frame: DecodedFrame, _ bytes: Span<UInt8>, following: Int,
        _ on: borrowing OnReactor
    ) -> Bool {
        // Messages that came before are delivered before what the control frame causes.
        flushRun(on)
        link.state.value.unconsumedByteCount = bytes.count &- frame.end &+ following
        let now = now(on)
        let generation = link.generation
        switch kind {
        case .needsMore, .message: break
        case .ping: state.value.session.pingReceived(generation: generation, now: now)
        case .pong:
            recordFence(link)
            state.value.session.pongReceived(generation: generation, now: now)
            if !link.state.value.isEstablished {
                link.state.value.isEstablished = state.value.session.isEstablished(generation: generation)
            }
        case .ok: state.value.session.okReceived(generation: generation, now: now)
        case .info:
            let text = bytes.extracting(frame.textStart..<(frame.textStart &+ frame.textCount))
            state.value.session.infoReceived(text, generation: generation, now: now)
            infoDidChange(link)
        case .error:
            let text = bytes.extracting(frame.textStart..<(frame.textStart &+ frame.textCount))
            state.value.session.errorReceived(text, generation: generation, now: now)
        }
        performActions(on)
        return !link.state.value.isDisconnecting
    }

    private func infoDidChange(_ link: Link) {
        let ownInfo = state.value.session.serverInfo(generation: link.generation)
        link.transport.limitCompressedMessages(to: ownInfo?.maximumPayloadBytes)
        publishServers()
        let info = state.value.session.serverInfo
        core.snapshot.withLock { $0.serverInfo = info }
        guard link.state.value.isGateOpen else { return }
        core.stage.lock()
        applyServerLimits(info)
        core.stage.unlock()
        tellReactorSinksOfDiscarded()
    }
}
