import NATSProtocol
import Reactor
import Synchronization

/// Monitored subscriptions: their monitors see what comes, and are asked what they need.
extension ConnectionDriver {
    func subscribe(_ request: SubscribeRequest, _ sink: MonitoredSink, _ on: borrowing OnReactor) {
        let id: SubscriptionID
        do throws(SessionRefusal) {
            id = try state.value.session.subscribe(
                subject: request.subject, queueGroup: request.queueGroup, confirm: false, now: now(on))
        } catch {
            return sink.refuse(core.error(for: error, subject: request.subject))
        }
        state.value.sinks.insert(
            id, kind: .monitored, object: sink, subject: request.subject, queueGroup: request.queueGroup)
        request.id.withLock { $0 = id }
        sink.state.value.id = id
        sink.state.value.driver = self
        state.value.monitoredSinks.append(sink)
        // SUB is in the stage before the monitor publishes anything.
        performActions(on)
        if state.value.monitoredSinks.count == 1 { state.value.monitorsAreConnected = isConnected ?? false }
        settleMonitor(sink, .began(isConnected: state.value.monitorsAreConnected), on)
    }

    /// A message of a monitored subscription. Never inlined, so that plain ones don't pay for it.
    @inline(never)
    func deliverMonitored(
        _ index: Int, _ layout: MessageLayout, _ block: ReceiveBlock, _ on: borrowing OnReactor
    ) {
        guard let sink = state.value.sinks.monitoredSink(index) else { return }
        if !sink.state.value.isTouched {
            sink.state.value.isTouched = true
            state.value.touchedSinks.append(sink)
        }
        if sink.state.value.isOver, !sink.state.value.handsOutLateMessages {
            own(block)
            return sink.monitor.receivedLate(MessageView(block, layout: layout))
        }
        if sink.inspects(layout, of: block) {
            own(block)
            tellArrivals(sink, on)
            guard sink.monitor.inspect(MessageView(block, layout: layout), now: now(on)) else { return }
        }
        sink.state.value.messages &+= 1
        sink.state.value.bytes &+= layout.chargedBytes
        if case .inline(let inline) = sink.target {
            own(block)
            inline.count(layout)
            return inline.handler(MessageView(block, layout: layout))
        }
        if !state.value.run.accepts(index) {
            flushRun(on)
            state.value.run.begin(index, in: block)
        }
        state.value.run.append(layout)
    }

    /// Once per chunk.
    func settleTouchedMonitors(_ on: borrowing OnReactor) {
        while let sink = state.value.touchedSinks.popLast() {
            sink.state.value.isTouched = false
            settleMonitor(sink, nil, on)
        }
    }

    /// Tells a monitor what happened, and does what it wants.
    func settleMonitor(_ sink: MonitoredSink, _ event: MonitorEvent?, _ on: borrowing OnReactor) {
        guard !sink.state.value.isOver, sink.state.value.driver != nil else { return }
        let now = now(on)
        tellArrivals(sink, on)
        if let event { sink.monitor.observe(event, now: now) }
        let port = MonitorPort(core: core)
        var demand = sink.monitor.settle(port, now: now)
        while demand.end == nil, let takes = demand.takes, !watch(sink, takes) {
            tellTakes(sink, now)
            demand = sink.monitor.settle(port, now: now)
        }
        if let end = demand.end { return endMonitored(sink, end, on) }
        setTimer(of: sink, demand.deadline ?? .distantFuture, on)
    }

    func messagesWereTaken(_ sink: MonitoredSink, _ on: borrowing OnReactor) {
        guard !sink.state.value.isOver else { return }
        sink.state.value.tellAtMessages = -1
        tellTakes(sink, now(on))
        settleMonitor(sink, nil, on)
    }

    private func tellTakes(_ sink: MonitoredSink, _ now: Timestamp) {
        guard let taken = sink.queue?.taken else { return }
        let messages = taken.messages &- sink.state.value.toldMessages
        let bytes = taken.bytes &- sink.state.value.toldBytes
        sink.state.value.toldMessages = taken.messages
        sink.state.value.toldBytes = taken.bytes
        if messages > 0 { sink.monitor.observe(.taken(messages: messages, bytes: bytes), now: now) }
    }

    /// False: so much was taken already.
    private func watch(_ sink: MonitoredSink, _ takes: (messages: Int, bytes: Int)) -> Bool {
        guard let queue = sink.queue else { return true }
        let messages = Self.sum(sink.state.value.toldMessages, takes.messages)
        let bytes = Self.sum(sink.state.value.toldBytes, takes.bytes)
        guard messages != sink.state.value.tellAtMessages || bytes != sink.state.value.tellAtBytes else { return true }
        sink.state.value.tellAtMessages = messages
        sink.state.value.tellAtBytes = bytes
        return queue.tell(atMessages: messages, atBytes: bytes)
    }

    private static func sum(_ left: Int, _ right: Int) -> Int {
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? .max : sum
    }

    private func tellArrivals(_ sink: MonitoredSink, _ on: borrowing OnReactor) {
        let messages = sink.state.value.messages
        guard messages > 0 else { return }
        let bytes = sink.state.value.bytes
        sink.state.value.messages = 0
        sink.state.value.bytes = 0
        let now = now(on)
        sink.monitor.observe(.arrived(messages: messages, bytes: bytes), now: now)
        // A handler has taken what it was called with.
        if sink.inlineSink != nil { sink.monitor.observe(.taken(messages: messages, bytes: bytes), now: now) }
    }

    /// The timer isn't moved to a later deadline: most deadlines are postponed with each message.
    private func setTimer(of sink: MonitoredSink, _ deadline: Timestamp, _ on: borrowing OnReactor) {
        guard deadline < sink.state.value.timerDeadline, !on.isStopping else { return }
        let timer = sink.state.value.timer ?? on.makeTimer(sink)
        sink.state.value.timer = timer
        sink.state.value.timerDeadline = deadline
        on.setTimer(timer, deadlineNanoseconds: deadline.nanoseconds)
    }

    // MARK: - The end

    private func endMonitored(_ sink: MonitoredSink, _ end: MonitorEnd, _ on: borrowing OnReactor) {
        guard let id = sink.state.value.id else { return }
        // What came before is handed over before the end.
        flushRun(on)
        sink.state.value.isOver = true
        if let timer = sink.state.value.timer.take() { on.destroyTimer(timer) }
        switch end {
        case .finished(let error):
            sink.finish(error)
            state.value.session.unsubscribe(id, after: nil, now: now(on))
        case .drained:
            sink.state.value.handsOutLateMessages = true
            state.value.session.drainSubscription(id, now: now(on))
        case .abandoned(let error):
            sink.finish(error)
            state.value.session.drainSubscription(id, now: now(on))
        }
        performActions(on)
    }

    /// The subscriptions are no more, for whatever reason.
    @inline(never)
    func forgetEndedMonitors(_ on: borrowing OnReactor) {
        while let sink = state.value.endedSinks.popLast() {
            if let timer = sink.state.value.timer.take() { on.destroyTimer(timer) }
            sink.state.value.isOver = true
            sink.state.value.driver = nil
            sink.monitor.subscriptionEnded()
            state.value.monitoredSinks.removeAll { $0 === sink }
        }
    }

    // MARK: - The connection

    /// Nil when there will be no connection any more: that is no loss, and the subscriptions end.
    private var isConnected: Bool? {
        switch state.value.session.status {
        case .connected, .drainingSubscriptions, .drainingPublishes: true
        case .connecting, .reconnecting: false
        case .closing, .closed: nil
        }
    }

    /// Tells all monitors when the connection is lost or there again. Called after every input.
    @inline(never)
    func followConnection(_ on: borrowing OnReactor) {
        guard let isConnected, isConnected != state.value.monitorsAreConnected else { return }
        state.value.monitorsAreConnected = isConnected
        for sink in state.value.monitoredSinks {
            settleMonitor(sink, isConnected ? .connectionEstablished : .connectionLost, on)
        }
        performActions(on)
    }

    /// The connection drains: nobody is to ask for more.
    func stopMonitors(_ on: borrowing OnReactor) {
        for sink in state.value.monitoredSinks { settleMonitor(sink, .stopped, on) }
    }
}

extension MonitoredSink {
    /// It never became a subscription.
    func refuse(_ error: NATSError) {
        finish(error)
        monitor.subscriptionEnded()
    }

    func finish(_ error: NATSError?) {
        switch target {
        case .queue(let queue): queue.finish(throwing: error)
        case .inline(let sink): sink.endQueue.finish(throwing: error)
        }
    }
}
