import NATSProtocol
import Reactor
import Synchronization

/// Publishes that are acknowledged by a stream, many at a time: a bounded window, from which every message ends exactly once.
///
/// A publish takes a slot of the window and is staged with a reply subject that names the slot and how often it was used. The
/// acknowledgements come on one subscription, are read on the reactor's thread where they lie, and settled chunk by chunk under one
/// lock. Nothing is allocated for a message, unless somebody wants to wait for this one.
///
/// The lock of the window is taken before that of the connection's stage, never behind it. Nobody is resumed under either.
///
/// `@unchecked Sendable`: `reading` is only touched by the functions of ``ReactorSink``, which the loop's thread alone calls;
/// everything else is immutable or behind its lock.
package final class PublishPipeline: @unchecked Sendable {
    let core: ConnectionCore
    let options: PipelineOptions
    let state: LockedBox<PipelineState>
    /// What was read of the present chunk.
    let reading: Pinned<AcknowledgementReading>
    /// What the reply subjects of all its messages begin with: the inbox and a dot.
    let replyPrefix: [UInt8]
    let token: PublishToken
    private let subscription = Mutex<SubscriptionID?>(nil)

    /// Asks nobody: SUB is staged by the reactor, soon.
    package init(_ connection: NATSConnection, _ options: PipelineOptions) {
        core = connection.core
        self.options = options
        let inbox = connection.newInbox()
        token = PublishToken(slots: options.limits.messages)
        replyPrefix = Array("\(inbox).".utf8)
        state = LockedBox(PipelineState(options, inbox: inbox, idPrefix: connection.newName() + "-"))
        reading = Pinned(AcknowledgementReading(prefixCount: inbox.utf8.count + 1, token))
        subscribe(to: inbox + ".*")
    }

    /// The table of subscriptions keeps this object until the subscription ends.
    private func subscribe(to subject: String) {
        let request = SubscribeRequest(
            subject: subject, queueGroup: nil, confirms: false, sink: .reactor(ReactorSinkHolder(self)))
        let isOpen = core.onDriver { driver, on in
            // No call has this id: what it is completed with is for nobody.
            driver.subscribe(request, waiter: WaiterID(rawValue: .max), on)
            let id = request.id.withLock { $0 }
            self.subscription.withLock { $0 = id }
            if id == nil { self.subscriptionDidEnd(nil) }
        }
        if !isOpen { subscriptionDidEnd(nil) }
    }

    /// Nobody will publish any more: the inbox goes when what is under way has ended.
    package func abandon() {
        state.lock()
        state.value.isAbandoned = true
        state.value.isFinished = true
        let isIdle = state.value.window.count == 0
        state.unlock()
        if isIdle { unsubscribe() }
    }

    func unsubscribe() {
        core.onDriver { driver, on in
            guard let id = self.subscription.withLock({ $0 }) else { return }
            driver.state.value.session.unsubscribe(id, after: nil, now: driver.now(on))
        }
    }

    package var counts: PipelineCounts {
        state.lock()
        defer { state.unlock() }
        var counts = state.value.counts
        counts.inFlight = state.value.window.count
        counts.inFlightBytes = state.value.window.byteCount
        counts.waitingPublishes = state.value.producers.count
        return counts
    }

    /// What is in the window, the oldest first.
    package var unsettled: [UnsettledPublish] {
        state.lock()
        defer { state.publishAndUnlock() }
        var publishes: [UnsettledPublish] = []
        var next = state.value.window.oldestID
        while let id = next {
            publishes.append(
                UnsettledPublish(
                    number: state.value.window.number(of: id), frame: state.value.window.frame(of: id),
                    payload: state.value.window.payload(of: id)))
            next = state.value.window.next(after: id)
        }
        return publishes
    }
}

/// A message that waits for its acknowledgement. With an external payload the frame ends before it.
package struct UnsettledPublish: Sendable {
    package let number: UInt64
    package let frame: [UInt8]
    package let payload: [UInt8]
}
