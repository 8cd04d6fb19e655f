import NATSProtocol
import Reactor
import Synchronization

/// Subscriptions: the session keeps the protocol's side, the sink table the consumers' side.
extension ConnectionDriver {
    func subscribe(_ request: SubscribeRequest, waiter: WaiterID, _ on: borrowing OnReactor) {
        guard !hasTooManyControlBytes else {
            return core.complete(
                waiter,
                .failed(
                    NATSError(
                        .limitReached, "the server takes subscriptions slower than they are made",
                        subject: request.subject)))
        }
        let id: SubscriptionID
        do throws(SessionRefusal) {
            id = try state.value.session.subscribe(
                subject: request.subject, queueGroup: request.queueGroup, confirm: request.confirms,
                isRequestInbox: request.sink.isReplyInbox, now: now(on))
        } catch {
            return core.complete(waiter, .failed(core.error(for: error, subject: request.subject)))
        }
        state.value.sinks.insert(
            id, kind: request.sink.kind, object: request.sink.object, subject: request.subject,
            queueGroup: request.queueGroup)
        request.id.withLock { $0 = id }
        if request.sink.kind == .requestInbox {
            // SUB is in the stage before any request can be.
            performActions(on)
            state.value.requestInboxID = id
            core.stage.lock()
            core.stage.value.requestInbox = core.requestInbox
            core.stage.unlock()
        }
        if request.confirms {
            state.value.confirmations[id] = waiter
        } else {
            // SUB is in the stage before the caller can stage anything behind it.
            performActions(on)
            core.complete(waiter, .done)
        }
        state.value.sinks.reactorSink(id.index)?.subscriptionDidBegin()
    }

    private var hasTooManyControlBytes: Bool {
        core.stage.lock()
        defer { core.stage.unlock() }
        return core.stage.value.controlBytes > ClientDefaults.controlBytesMax
    }

    func drainSubscription(_ request: SubscribeRequest, waiter: WaiterID, _ on: borrowing OnReactor) {
        // A subscription that was refused is drained.
        guard let id = request.id.withLock({ $0 }) else { return core.complete(waiter, .done) }
        guard state.value.sinks.contains(id) else { return core.complete(waiter, .done) }
        state.value.drainingSubscriptions[id, default: []].append(waiter)
        state.value.session.drainSubscription(id, now: now(on))
    }

    func subscriptionEnded(_ id: SubscriptionID, _ end: SubscriptionEnd) {
        if end == .connectionClosed {
            // The cause comes with the last action, `.closed`.
            guard !state.value.session.isClosed else { return state.value.endedByClose.append(id) }
            let error = NATSError(
                .connectionLost, "the connection was lost before the subscription was drained",
                subject: state.value.sinks.name(id.index).subject)
            return finishSubscription(id, error)
        }
        let error = error(for: end, subject: state.value.sinks.name(id.index).subject)
        finishSubscription(id, error, isDrained: end == .drained)
    }

    /// The subscription ended in another way than by its drain.
    func failDrains(of id: SubscriptionID, _ error: NATSError) {
        for waiter in state.value.drainingSubscriptions.removeValue(forKey: id) ?? [] {
            core.complete(waiter, .failed(error))
        }
    }

    /// Resolves whoever waits for the subscription, and ends its sequence behind what it still holds.
    func finishSubscription(_ id: SubscriptionID, _ error: NATSError?, isDrained: Bool = false) {
        let subject = state.value.sinks.name(id.index).subject
        if let waiter = state.value.confirmations.removeValue(forKey: id) {
            core.complete(waiter, .failed(error ?? core.closedError(subject: subject)))
        }
        for waiter in state.value.drainingSubscriptions.removeValue(forKey: id) ?? [] {
            core.complete(waiter, error.map { .failed($0) } ?? .done)
        }
        guard state.value.sinks.contains(id) else { return }
        if state.value.requestInboxID == id, let error { requestInboxEnded(error) }
        if let sink = state.value.sinks.monitoredSink(id.index) { state.value.endedSinks.append(sink) }
        if let queue = state.value.sinks.queue(id.index) {
            if isDrained { countUndelivered(queue) }
            queue.finish(throwing: error)
        } else if let sink = state.value.sinks.inlineSink(id.index) {
            sink.endQueue.finish(throwing: error)
        } else if let sink = state.value.sinks.reactorSink(id.index) {
            sink.subscriptionDidEnd(error)
        }
        state.value.sinks.remove(id)
    }

    private func error(for end: SubscriptionEnd, subject: String) -> NATSError? {
        switch end {
        case .unsubscribed, .limitReached, .drained, .connectionClosed: nil
        case .denied(let error):
            NATSError(
                error.kind.isPermissionViolation ? .permissionViolation : .serverError,
                "the server refused the subscription", server: state.value.session.currentServer?.location,
                subject: subject, serverError: error)
        }
    }

    // MARK: Draining the connection

    /// While the connection drains, each drained queue must be emptied by its consumers first.
    private func countUndelivered(_ queue: DeliveryQueue) {
        guard state.value.session.status == .drainingSubscriptions else { return }
        state.value.undeliveredQueues &+= 1
        queue.notifyWhenEmpty { [weak core] in
            core?.onDriver { driver, on in driver.queueWasEmptied(on) }
        }
    }

    private func queueWasEmptied(_ on: borrowing OnReactor) {
        state.value.undeliveredQueues &-= 1
        if state.value.undeliveredQueues == 0, state.value.awaitsDelivery { deliveryFinished(on) }
    }

    func awaitDelivery(_ on: borrowing OnReactor) {
        state.value.awaitsDelivery = true
        if state.value.undeliveredQueues == 0 { deliveryFinished(on) }
    }

    private func deliveryFinished(_ on: borrowing OnReactor) {
        state.value.awaitsDelivery = false
        core.stage.lock()
        if core.stage.value.acceptance == .open { core.stage.value.acceptance = .draining }
        core.stage.unlock()
        state.value.session.deliveryFinished(now: now(on))
    }
}
