/// The orderly end: no message and no publish is lost that the connection could still carry.
extension Session {
    /// Ends every subscription after its last message, then confirms the last publishes, then closes.
    /// `drained` and `closed` follow in every case, by `deadline` at the latest.
    package mutating func drain(deadline: Timestamp, now: Timestamp) {
        note(.drain)
        guard !isClosed else { return }
        // A successor that sends messages already isn't dismissed with them: the move is brought to its end.
        if case .preparing = move { leavePresentLink(now: now) } else { abandonMove() }
        switch windDown.drain(isConnected: isReady) {
        case .joined: break
        case .finish(let result): end(nil, graceful: false, drain: result)
        case .fenceSubscriptions:
            timers.set(.windDown, at: deadline)
            actions.append(.sendOrdered(unsubscribeAll(), fence: .drainSubscriptions))
        }
    }

    /// The queues of all drained subscriptions are empty; the answer to `awaitDelivery`.
    package mutating func deliveryFinished(now: Timestamp) {
        note(.deliveryFinished)
        guard !isClosed else { return }
        perform(windDown.deliveryFinished(), now: now)
    }

    // MARK: - Within the session

    mutating func perform(_ action: WindDownStateMachine.ProgressAction, now: Timestamp) {
        switch action {
        case .none: break
        case .endSubscriptions:
            for record in subscriptions.living where !record.isRequestInbox { endSubscription(record.id, .drained) }
            actions.append(.awaitDelivery)
        case .fencePublishes: actions.append(.sendOrdered([], fence: .drainPublishes))
        case .finish(let result):
            end(nil, graceful: true, drain: result, subscriptionEnd: result == nil ? .connectionClosed : .drained)
        }
    }

    mutating func windDownTimedOut(now: Timestamp) {
        end(nil, graceful: false, drain: windDown.drainPhase.map { .timedOut($0) })
    }

    /// The UNSUBs of everything but the replies to requests; those come until the publishes are confirmed.
    private mutating func unsubscribeAll() -> [UInt8] {
        let subscriptions = subscriptions.living.filter { !$0.isRequestInbox && !$0.isDraining }
        for record in subscriptions { self.subscriptions.beginDraining(record.id) }
        return Self.encode { buffer in
            for record in subscriptions {
                FrameEncoder.unsubscribe(sid: record.id.rawValue, maximum: nil, into: &buffer)
            }
        }
    }
}
