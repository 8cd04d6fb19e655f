/// What the user subscribes to, and what the server must know of it.
extension Session {
    /// Registers a subscription and tells the server, now or when a connection is there. The subject and queue group
    /// must be valid. With `confirm`, `subscriptionConfirmed` or `subscriptionEnded` follows: also for the refusals that
    /// name no subscription (too many subscriptions, malformed subject), which only the PING behind the SUB can place.
    package mutating func subscribe(
        subject: String, queueGroup: String?, confirm: Bool, isRequestInbox: Bool = false, now: Timestamp
    ) throws(SessionRefusal) -> SubscriptionID {
        note(.subscribe)
        switch status {
        case .connecting, .connected, .reconnecting: break
        // Handlers may request until their last message, and the first request brings the inbox.
        case .drainingSubscriptions where isRequestInbox: break
        case .drainingSubscriptions, .drainingPublishes: throw .draining
        case .closing, .closed: throw .closed
        }
        let confirmation: SubscriptionRecord.Confirmation =
            if sendsInOrder { confirm ? .awaitingFence : .unasked } else { .awaitingRestore(asked: confirm) }
        guard
            let id = subscriptions.insert(
                subject: subject, queueGroup: queueGroup, confirmation: confirmation, isRequestInbox: isRequestInbox,
                homes: sendsInOrder ? .present : [])
        else { throw .tooManySubscriptions }
        if sendsInOrder {
            let bytes = Self.encode {
                FrameEncoder.subscribe(subject: subject, queueGroup: queueGroup, sid: id.rawValue, into: &$0)
            }
            actions.append(.sendOrdered(bytes, fence: confirm ? .subscription(id) : nil))
        }
        return id
    }

    /// Ends the subscription: at once, or with message number `maximum` of its whole life.
    package mutating func unsubscribe(_ id: SubscriptionID, after maximum: UInt64?, now: Timestamp) {
        note(maximum == nil ? .unsubscribe : .unsubscribeAfter, orOfGroup: maximum == nil ? .unsubscribeGroup : .limitGroup, id)
        guard !isClosed, let record = subscriptions[id] else { return }
        guard let maximum else {
            sendUnsubscribe(record)
            return endSubscription(id, .unsubscribed)
        }
        switch subscriptions.setLimit(id, maximum) {
        case .unknown: break
        case .reached:
            sendUnsubscribe(record)
            endSubscription(id, .limitReached)
        case .serverMaximum(let maximum):
            guard !record.isDraining else { return }
            limit(record, serverMaximum: maximum)
        }
    }

    /// Ends the subscription after the last message that the server sent for it. Without a connection nothing can
    /// come any more: at once.
    package mutating func drainSubscription(_ id: SubscriptionID, now: Timestamp) {
        note(.drainSubscription, orOfGroup: .drainGroup, id)
        guard !isClosed, let record = subscriptions[id], !record.isDraining else { return }
        guard isReady, !record.homes.isEmpty else { return endSubscription(id, .drained) }
        subscriptions.beginDraining(id)
        // A server that is being left has its UNSUB already, and a PONG that is awaited.
        if record.homes.contains(.present), sendsInOrder {
            let bytes = Self.encode { FrameEncoder.unsubscribe(sid: id.rawValue, maximum: nil, into: &$0) }
            actions.append(.sendOrdered(bytes, fence: .drainSubscription(id)))
        }
        if record.homes.contains(.successor) {
            let bytes = Self.encode {
                FrameEncoder.unsubscribe(sid: id.rawValue, maximum: nil, into: &$0)
                FrameEncoder.ping(into: &$0)
            }
            emitUrgent(bytes, fence: .drainSubscription(id), on: .successor)
        }
    }

    // MARK: - Within the session

    /// The last message of an auto-unsubscribe came; the server has ended the subscription on its side, unless two servers
    /// have sent for it.
    @usableFromInline
    mutating func limitReached(sid: UInt64) {
        let id = SubscriptionID(rawValue: sid)
        if let record = subscriptions[id], record.sharesLimit { sendUnsubscribe(record) }
        endSubscription(id, .limitReached)
    }

    mutating func endSubscription(_ id: SubscriptionID, _ end: SubscriptionEnd) {
        guard subscriptions.remove(id) != nil else { return }
        actions.append(.subscriptionEnded(id, end))
    }

    mutating func endDrainingSubscriptions() {
        for record in subscriptions.living where record.isDraining { endSubscription(record.id, .connectionClosed) }
    }

    mutating func subscriptionFenced(_ id: SubscriptionID) {
        if subscriptions.confirm(id) { actions.append(.subscriptionConfirmed(id)) }
    }

    /// The last message from this server came; during a move there may be another one.
    mutating func subscriptionDrained(_ id: SubscriptionID, on role: LinkRole) {
        if subscriptions.leave(id, role) { endSubscription(id, .drained) }
    }

    /// What a new server must know of `records`, what it must know better of `others`, and the PING whose PONG confirms
    /// it.
    func replayFrames(_ records: [SubscriptionRecord], limitsOf others: [SubscriptionRecord] = []) -> [UInt8] {
        Self.encode { buffer in
            for record in others {
                guard case .serverMaximum(let maximum) = subscriptions.serverLimit(record.id) else { continue }
                FrameEncoder.unsubscribe(sid: record.id.rawValue, maximum: maximum, into: &buffer)
            }
            for record in records {
                let sid = record.id.rawValue
                FrameEncoder.subscribe(
                    subject: record.subject, queueGroup: record.queueGroup, sid: sid, into: &buffer)
                if let remaining = subscriptions.remaining(record.id) {
                    FrameEncoder.unsubscribe(sid: sid, maximum: remaining, into: &buffer)
                }
            }
            FrameEncoder.ping(into: &buffer)
        }
    }

    /// Without a connection there is nobody to tell; a draining subscription's server knows already, and so does one
    /// that is being left.
    mutating func sendUnsubscribe(_ record: SubscriptionRecord, maximum: UInt64? = nil, except role: LinkRole? = nil) {
        guard isReady, !record.isDraining else { return }
        let bytes = Self.encode { FrameEncoder.unsubscribe(sid: record.id.rawValue, maximum: maximum, into: &$0) }
        if role != .present, sendsInOrder { actions.append(.sendOrdered(bytes, fence: nil)) }
        if role != .successor, record.homes.contains(.successor) { emitUrgent(bytes, on: .successor) }
    }

    /// Two servers can't share one count: while both have the subscription, the one that stays for longer counts.
    private mutating func limit(_ record: SubscriptionRecord, serverMaximum: UInt64) {
        guard record.homes.contains(.successor) else { return sendUnsubscribe(record, maximum: serverMaximum) }
        subscriptions.change(record.id) { $0.sharesLimit = true }
        if sendsInOrder {
            sendUnsubscribe(record, maximum: serverMaximum, except: .successor)
            sendUnsubscribe(record, except: .present)
            _ = subscriptions.leave(record.id, .successor)
        } else {
            // Said again, exactly, when the present server has sent its last message.
            sendUnsubscribe(record, maximum: subscriptions.successorMaximum(record.id), except: .present)
        }
    }
}
