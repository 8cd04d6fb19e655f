import NATSProtocol
import Reactor
import Synchronization

/// Messages out of the window, on the reactor's thread.
extension PublishPipeline: ReactorSink {
    func receive(_ message: borrowing MessageView) { reading.value.read(message) }

    func chunkDidEnd() {
        var news = SettlingNews()
        let now = Timestamp(nanoseconds: core.loop.nowNanoseconds())
        state.lock()
        for answer in reading.value.answers { settle(answer, now, &news) }
        finishSettling(&news)
        reading.value.forgetAnswers()
        tell(news)
    }

    func subscriptionDidBegin() {
        var news = SettlingNews()
        state.lock()
        state.value.isSubscribed = true
        release(&news)
        finishSettling(&news)
        tell(news)
    }

    func connectionWasLost(_ error: NATSError) {
        var news = SettlingNews()
        state.lock()
        // What is published without a connection stays in the window alone, so that nothing is sent that has ended meanwhile.
        state.value.isHeld = true
        if !options.resendsAfterLoss {
            let lost = NATSError(
                .connectionLost,
                "the connection was lost before the stream acknowledged: nobody knows whether it has the message",
                server: error.server, underlying: error)
            failAll(&news, lost, exceptUnsent: true)
        }
        finishSettling(&news)
        tell(news)
    }

    /// Staged before the loss: what failed with it, and what is sent again from the window.
    var withdrawnReplies: [UInt8]? {
        state.lock()
        defer { state.unlock() }
        return state.value.isHeld && state.value.isSubscribed ? replyPrefix : nil
    }

    func connectionDidOpen(_ frames: inout ByteBuffer) {
        var news = SettlingNews()
        state.lock()
        if state.value.isHeld, state.value.isSubscribed {
            state.value.isHeld = false
            state.value.window.endPauses(now: Timestamp(nanoseconds: core.loop.nowNanoseconds()))
            sendAll(&frames, &news)
        }
        finishSettling(&news)
        tell(news)
    }

    /// Everything in the window, in order, but for what this server doesn't take.
    private func sendAll(_ frames: inout ByteBuffer, _ news: inout SettlingNews) {
        var next = state.value.window.oldestID
        while let id = next {
            next = state.value.window.next(after: id)
            let frame = state.value.window.frame(of: id)
            let payload = state.value.window.payload(of: id)
            let body = state.value.body(of: id)
            core.stage.lock()
            let refusal = core.stage.value.refusalOfHeld(
                frame.span, body: body.count, hasHeaders: body.hasHeaders, payload: payload)
            core.stage.unlock()
            // Those that were published before a drain are sent, too.
            if let refusal, refusal != .draining {
                refuse(id, refusal, &news)
                continue
            }
            frames.append(contentsOf: frame)
            if !payload.isEmpty {
                frames.append(contentsOf: payload)
                frames.appendLineEnd()
            }
            if state.value.window.noteSent(id) { state.value.counts.resent &+= 1 }
        }
    }

    func publishesWereTooLarge(replies: [[UInt8]]) {
        var news = SettlingNews()
        state.lock()
        for reply in replies where reply.starts(with: replyPrefix) {
            guard let id = token.parse(reply.span.extracting(droppingFirst: replyPrefix.count)) else { continue }
            refuse(id, .payloadTooLarge, &news)
        }
        finishSettling(&news)
        tell(news)
    }

    func subscriptionDidEnd(_ error: NATSError?) {
        var news = SettlingNews()
        state.lock()
        let end = error ?? core.closedError()
        state.value.end = state.value.end ?? end
        state.value.isFinished = true
        failAll(&news, end, exceptUnsent: false)
        finishSettling(&news)
        tell(news)
    }

    // MARK: With the lock

    private func settle(_ answer: AcknowledgementReading.Answer, _ now: Timestamp, _ news: inout SettlingNews) {
        switch answer.content {
        case .result(let result): end(answer.id, result, &news)
        case .noResponders:
            if state.value.window.postpone(answer.id, now: now) { return }
            let subject = state.value.subject(of: answer.id)
            end(
                answer.id,
                .failed(
                    NATSError(
                        .noResponders, "no stream listens on this subject; make one, or retry when its cluster has a leader",
                        subject: subject)), &news)
        case .refused(let error):
            if options.meansNotNow(error), state.value.window.postpone(answer.id, now: now) { return }
            end(answer.id, .failed(options.refusal(error, state.value.subject(of: answer.id))), &news)
        }
    }

    private func end(_ id: WaiterID, _ result: PublishResult, _ news: inout SettlingNews) {
        if let settled = state.value.window.settle(id) {
            state.value.conclude(settled, result, &news)
        } else {
            state.value.counts.lateAnswers &+= 1
        }
    }

    /// What was never sent, as far as anybody knows, may stay.
    private func failAll(_ news: inout SettlingNews, _ error: NATSError, exceptUnsent: Bool) {
        var next = state.value.window.oldestID
        while let id = next {
            next = state.value.window.next(after: id)
            if exceptUnsent, !state.value.window.isSent(id) || state.value.window.isPaused(id) { continue }
            end(id, .failed(error), &news)
        }
    }

    /// Stages what was held until the inbox was subscribed.
    private func release(_ news: inout SettlingNews) {
        state.value.isHeld = false
        var next = state.value.window.oldestID
        while let id = next {
            next = state.value.window.next(after: id)
            _ = stageAgain(id, isBounded: false, &news)
        }
    }

    /// - Parameter isBounded: only if the outbound buffer has room; else what a slow connection has staged already would be staged
    ///   again and again. A first time is bounded by the window.
    /// - Returns: whether it is staged.
    private func stageAgain(_ id: WaiterID, isBounded: Bool, _ news: inout SettlingNews) -> Bool {
        let frame = state.value.window.frame(of: id)
        let payload = state.value.window.payload(of: id)
        let body = state.value.body(of: id)
        core.stage.lock()
        let refusal =
            isBounded
            ? core.stage.value.publishEncoded(frame.span, body: body.count, hasHeaders: body.hasHeaders, payload: payload)
            : core.stage.value.publishHeld(frame.span, body: body.count, hasHeaders: body.hasHeaders, payload: payload)
        core.unlock(waking: refusal == nil)
        guard let refusal else {
            _ = state.value.window.noteSent(id)
            return true
        }
        if refusal == .disconnected || refusal == .full {
            state.value.window.postponeAgain(id, now: Timestamp(nanoseconds: core.loop.nowNanoseconds()))
        } else {
            refuse(id, refusal, &news)
        }
        return false
    }

    /// The server to which the message would go now doesn't take it: it may be another one than the first time.
    private func refuse(_ id: WaiterID, _ refusal: PublishRefusal, _ news: inout SettlingNews) {
        guard state.value.window.contains(id) else { return }
        let subject = state.value.subject(of: id)
        end(id, .failed(core.error(for: refusal, subject: subject, reply: nil, headers: nil)), &news)
    }

    /// Sees who is to be told, and unlocks.
    private func finishSettling(_ news: inout SettlingNews) {
        if state.value.isFinished || state.value.window.isHalfEmpty {
            while let id = state.value.producers.popFirst() { news.waiters.append(id) }
        }
        if !state.value.outcomeReaders.isEmpty, !state.value.outcomes.isEmpty || state.value.hasNoMoreOutcomes {
            news.waiters += state.value.takeOutcomeReaders()
        }
        if let deadline = state.value.nextDeadline, deadline < state.value.armedDeadline { armTimer() }
        news.endsInbox = state.value.isAbandoned && state.value.window.count == 0
        state.publishAndUnlock()
    }

    private func tell(_ news: consuming SettlingNews) {
        for (ticket, result) in news.tickets { ticket.resolve(result) }
        for id in news.waiters { core.complete(id, .done) }
        if news.endsInbox { unsubscribe() }
    }

    // MARK: Time

    /// With the lock. One timer for all: the oldest message's deadline is the first.
    func armTimer() {
        guard let deadline = state.value.nextDeadline else { return }
        if let timer = state.value.timer.take() { core.cancelTimeout(timer) }
        state.value.armedDeadline = deadline
        // Without a reactor the connection's close ends the messages.
        state.value.timer = try? core.scheduleTimeout(deadline, kind: .timer) { [weak self] in self?.timerDidFire() }
    }

    private func timerDidFire() {
        var news = SettlingNews()
        let now = Timestamp(nanoseconds: core.loop.nowNanoseconds())
        state.lock()
        state.value.timer = nil
        state.value.armedDeadline = .distantFuture
        while let settled = state.value.popTimedOut(now) {
            state.value.conclude(settled.settled, .failed(timeoutError(settled.subject)), &news)
        }
        if !state.value.isHeld {
            for id in state.value.window.takeRetries(now) where stageAgain(id, isBounded: true, &news) {
                state.value.counts.resent &+= 1
            }
        }
        finishSettling(&news)
        tell(news)
    }

    private func timeoutError(_ subject: String) -> NATSError {
        NATSError(
            .timedOut, "the stream didn't acknowledge in time: nobody knows whether it has the message",
            server: core.snapshot.withLock { $0.server?.location }, subject: subject)
    }
}

/// Who is to be told when the lock is free.
struct SettlingNews {
    var tickets: [(PublishTicket, PublishResult)] = []
    var waiters: [WaiterID] = []
    var endsInbox = false
}
