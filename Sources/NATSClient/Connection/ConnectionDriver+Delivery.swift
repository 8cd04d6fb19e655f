import NATSProtocol
import Reactor

/// Messages from frames to their subscriptions.
extension ConnectionDriver {
    @inline(__always)
    func handleMessage(
        _ frame: DecodedFrame, _ block: ReceiveBlock, origin: Int, _ on: borrowing OnReactor
    ) {
        deliver(state.value.session.messageReceived(sid: frame.sid), frame, block, origin: origin, on)
    }

    /// A message of a connection that isn't the present one: for nobody before its server took us.
    func handleMessageOfSuccessor(
        _ link: Link, _ frame: DecodedFrame, _ block: ReceiveBlock, origin: Int, _ on: borrowing OnReactor
    ) {
        let delivery = state.value.session.messageReceived(sid: frame.sid, generation: link.generation)
        state.value.deliversForSuccessor = true
        deliver(delivery, frame, block, origin: origin, on)
        state.value.deliversForSuccessor = false
    }

    @inline(__always)
    private func deliver(
        _ delivery: MessageDelivery, _ frame: DecodedFrame, _ block: ReceiveBlock, origin: Int,
        _ on: borrowing OnReactor
    ) {
        let index: Int
        switch delivery {
        case .deliver(let slot): index = slot
        case .deliverLast(let slot): index = slot
        case .ignored:
            core.counters.unknownSubscription.increase(by: 1)
            return
        }
        state.value.messagesInChunk &+= 1
        let layout = MessageLayout(frame, origin: origin)
        switch state.value.sinks.kind(index) {
        case .queue:
            if !state.value.run.accepts(index) {
                flushRun(on)
                state.value.run.begin(index, in: block)
            }
            state.value.run.append(layout)
        case .inline:
            own(block)
            state.value.sinks.callInline(index, block, layout)
        case .requestInbox:
            own(block)
            // Whoever gets the reply finds it counted.
            countMessages()
            resolveReply(layout, block)
        case .reactor:
            own(block)
            touchReactorSink(index)
            state.value.sinks.callReactorSink(index, block, layout)
        case .monitored:
            deliverMonitored(index, layout, block, on)
        case .none:
            core.counters.unknownSubscription.increase(by: 1)
        }
    }

    /// The block carries messages of this connection from now on, so that they can be responded to.
    @inline(__always)
    func own(_ block: ReceiveBlock) {
        // Asked for each message: the property of a class would be retained to be looked at.
        guard state.value.ownedBlock != ObjectIdentifier(block) else { return }
        state.value.ownedBlock = ObjectIdentifier(block)
        if block.context == nil { block.context = core }
    }

    /// Offers the gathered run to its queue.
    func flushRun(_ on: borrowing OnReactor) {
        countMessages()
        guard let block = state.value.run.block, !state.value.run.isEmpty else { return }
        let index = state.value.run.index
        guard let queue = state.value.sinks.queue(index) else { return state.value.run.removeAll() }
        let outcome: OfferOutcome
        if on.lentBlockCount > ClientDefaults.lentBlocksMax, !block.isDedicated {
            outcome = offerCopies(to: queue, of: block, on)
        } else {
            own(block)
            let layouts = state.value.run.layouts
            outcome = queue.offer(layouts.span, of: block)
        }
        state.value.run.removeAll()
        touch(queue)
        if outcome.dropped > 0 || outcome.endedEpisode != nil { report(outcome, index, queue, on) }
    }

    private func countMessages() {
        guard state.value.messagesInChunk > 0 else { return }
        core.counters.messagesIn.increase(by: state.value.messagesInChunk)
        state.value.messagesInChunk = 0
    }

    /// Consumers hold many blocks: the messages are copied into dense memory, so that few held messages can't pin
    /// much of it.
    private func offerCopies(
        to queue: DeliveryQueue, of block: ReceiveBlock, _ on: borrowing OnReactor
    ) -> OfferOutcome {
        var outcome = OfferOutcome()
        for layout in state.value.run.layouts {
            let start = Int(layout.subjectStart)
            let count = layout.copiedCount
            let copy = compactionBlock(for: count, on)
            let offset = state.value.compaction?.used ?? 0
            copy.copyBytes(from: block, at: start, count: count, to: offset)
            state.value.compaction?.used = offset &+ count
            own(copy)
            let moved = CollectionOfOne(layout.moved(by: offset &- start))
            outcome.merge(queue.offer(moved.span, of: copy))
        }
        core.counters.copiedOut.increase(by: state.value.run.layouts.count)
        return outcome
    }

    private func compactionBlock(for count: Int, _ on: borrowing OnReactor) -> ReceiveBlock {
        if let compaction = state.value.compaction, compaction.block.capacity &- compaction.used >= count {
            return compaction.block
        }
        let block = ReceiveBlock.detached(capacity: max(count, 64 * 1024))
        state.value.compaction = CompactionBlock(block: block, used: 0)
        return block
    }

    private func touch(_ queue: DeliveryQueue) {
        if let last = state.value.touchedQueues.last, last === queue { return }
        state.value.touchedQueues.append(queue)
    }

    /// Once per chunk: a consumer is resumed for everything that came, not for each message.
    func wakeTouchedQueues() {
        for queue in state.value.touchedQueues { queue.wakeConsumers() }
        state.value.touchedQueues.removeAll(keepingCapacity: true)
        endChunkOfReactorSinks()
    }

    @inline(never)
    private func report(_ outcome: OfferOutcome, _ index: Int, _ queue: DeliveryQueue, _ on: borrowing OnReactor) {
        core.counters.droppedMessages.increase(by: outcome.dropped)
        let name = state.value.sinks.name(index)
        if outcome.startsEpisode {
            core.hub.emit(
                .slowConsumer(
                    SlowConsumerReport(
                        subject: name.subject, queueGroup: name.queueGroup,
                        droppedMessages: UInt64(outcome.dropped), droppedBytes: UInt64(outcome.droppedBytes))))
        }
        if let ended = outcome.endedEpisode {
            core.hub.emit(
                .slowConsumerRecovered(
                    SlowConsumerReport(
                        subject: name.subject, queueGroup: name.queueGroup, droppedMessages: ended.messages,
                        droppedBytes: ended.bytes)))
        }
        if outcome.mustFail, let id = state.value.sinks.id(index) {
            queue.finish(
                throwing: NATSError(
                    .slowConsumer,
                    "the subscription overflowed, and its policy is .fail; consume faster or raise its limits",
                    subject: name.subject))
            state.value.session.unsubscribe(id, after: nil, now: now(on))
        }
    }
}

extension OfferOutcome {
    mutating func merge(_ other: OfferOutcome) {
        dropped &+= other.dropped
        droppedBytes &+= other.droppedBytes
        startsEpisode = startsEpisode || other.startsEpisode
        endedEpisode = other.endedEpisode ?? endedEpisode
        mustFail = mustFail || other.mustFail
    }
}
