/// Requests for messages, and what comes of them.
extension ModelConsumer {
    func request(_ message: ModelMessage, from server: ModelServer) {
        guard let reply = message.reply else { return }
        group.reach(from: server) { [weak self] in self?.take(ModelPull(Array(message.payload), reply: reply)) }
    }

    private func take(_ pull: ModelPull) {
        noteActivity()
        jetStream.oracle?.consumerWasAsked(pull, by: self)
        if let defect = pull.defect { return tell(pull, "400 \(defect)") }
        if pulls.count >= settings.maximumWaiting {
            // Source: `processNextMsgRequest`: whoever wants heartbeats learns it by missing them.
            if pull.heartbeatNanoseconds == 0 { tell(pull, "409 Exceeded MaxWaiting") }
            return
        }
        if pull.noWait {
            let waiting = waitingCount + redeliveries.count
            if waiting == 0, pull.expiryNanoseconds == 0 { return tell(pull, "404 No Messages") }
            if waiting > 0, waiting < pulls.reduce(0, { $0 + $1.messagesLeft }) { return tell(pull, "408 Requests Pending") }
        }
        pulls.append(pull)
        pull.lastWord = world.nowNanoseconds
        if pull.expiryNanoseconds > 0 {
            group.later(nanoseconds: pull.expiryNanoseconds) { [weak self] in self?.expire(pull) }
        }
        if pull.heartbeatNanoseconds > 0 { beatLater(pull, afterNanoseconds: pull.heartbeatNanoseconds) }
        deliver()
    }

    private func expire(_ pull: ModelPull) {
        guard !pull.isOver else { return }
        end(pull, "408 Request Timeout")
    }

    private func beatLater(_ pull: ModelPull, afterNanoseconds delay: UInt64) {
        group.later(nanoseconds: delay) { [weak self] in
            guard let self, !pull.isOver else { return }
            let silence = world.nowNanoseconds - pull.lastWord
            if silence >= pull.heartbeatNanoseconds {
                let place = "Nats-Last-Consumer: \(state.lastDelivery)\r\nNats-Last-Stream: \(state.nextSequence - 1)\r\n"
                tell(pull, "100 Idle Heartbeat", place)
                beatLater(pull, afterNanoseconds: pull.heartbeatNanoseconds)
            } else {
                beatLater(pull, afterNanoseconds: pull.heartbeatNanoseconds - silence)
            }
        }
    }

    /// A status with what is left, behind which the request isn't served any more.
    private func end(_ pull: ModelPull, _ status: String, withRest: Bool = true) {
        pull.isOver = true
        pulls.removeAll { $0 === pull }
        tell(pull, status, withRest ? pull.pendingHeaders : "")
    }

    func tell(_ pull: ModelPull, _ status: String, _ headers: String = "") {
        pull.lastWord = world.nowNanoseconds
        let block = Array("NATS/1.0 \(status)\r\n\(headers)\r\n".utf8)
        world.trace.note(world.nowNanoseconds, "consumer \(name): \(status) for \(pull.reply)")
        jetStream.oracle?.consumerSaid(status, to: pull, of: self)
        group.send(ModelMessage(subject: pull.reply, reply: nil, headerCount: block.count, body: block), to: pull.reply)
    }

    // MARK: Delivery

    /// The message that is due: one that is given out again before those that are new.
    private func nextSequence() -> UInt64? {
        if let again = redeliveries.first { return again }
        guard state.pending.count < settings.maximumPending else { return nil }
        return stream.next(from: state.nextSequence) { settings.wants($0.subject) }?.sequence
    }

    func streamHasMore() { deliver() }

    /// Gives out as much as is there and asked for.
    func deliver() {
        guard let leader = group.leader, !leader.isFrozen else { return }
        while let sequence = nextSequence() {
            guard let entry = stream.entries[sequence] else {
                // It was removed in between.
                redeliveries.removeAll { $0 == sequence }
                change(.end(sequence))
                continue
            }
            guard let pull = nextPull(for: entry) else { return }
            give(entry, to: pull)
        }
        // Who doesn't want to wait, and has got what there was.
        for pull in pulls where pull.noWait && (pull.wasServed || pull.expiryNanoseconds == 0) {
            end(pull, "404 No Messages", withRest: false)
        }
    }

    private func nextPull(for entry: ModelStream.Entry) -> ModelPull? {
        while let pull = pulls.first {
            guard group.cluster.hasInterest(in: pull.reply) else {
                pull.isOver = true
                pulls.removeFirst()
                continue
            }
            guard pull.hasBytes, size(of: entry) > pull.bytesLeft else { return pull }
            end(pull, "409 Message Size Exceeds MaxBytes")
        }
        return nil
    }

    private func acknowledgementSubject(of sequence: UInt64) -> String {
        let deliveries = (state.pending[sequence] ?? 0) + 1
        return "$JS.ACK.\(stream.name).\(name).\(deliveries).\(sequence).\(state.lastDelivery + 1)"
            + ".\(world.trueWallNanoseconds).\(max(0, waitingCount - 1))"
    }

    private func size(of entry: ModelStream.Entry) -> Int {
        entry.subject.utf8.count + acknowledgementSubject(of: entry.sequence).utf8.count + entry.body.count
    }

    private func give(_ entry: ModelStream.Entry, to pull: ModelPull) {
        let reply = acknowledgementSubject(of: entry.sequence)
        let size = size(of: entry)
        redeliveries.removeAll { $0 == entry.sequence }
        change(.delivery(entry.sequence))
        if settings.acknowledges { awaitAcknowledgement(of: entry.sequence) }
        pull.wasServed = true
        pull.lastWord = world.nowNanoseconds
        pull.messagesLeft -= 1
        if pull.hasBytes { pull.bytesLeft -= size }
        let message = ModelMessage(subject: entry.subject, reply: reply, headerCount: entry.headerCount, body: entry.body)
        if deliveriesToLose > 0 {
            deliveriesToLose -= 1
            world.trace.note(world.nowNanoseconds, "consumer \(name): \(reply) is lost on a route")
        } else {
            group.send(message, to: pull.reply)
        }
        if pull.messagesLeft == 0 {
            pull.isOver = true
            pulls.removeFirst()
        } else if pull.hasBytes, pull.bytesLeft <= 0 {
            end(pull, "409 Batch Completed")
        } else {
            // Source: `waitQueue.pop`: who was served goes behind the others.
            pulls.append(pulls.removeFirst())
        }
    }
}
