/// Reads a stream in order and without gaps, through consumers that it makes anew whenever one has lost its place: pulled from by
/// one ``PullStateMachine``, one consumer at a time.
///
/// An epoch is the life of one consumer, and stands in its name. Whatever comes of an earlier epoch counts for nothing. The place
/// is the last message that was handed to the user's queue; the next consumer begins behind it. Something is always under way:
/// a consumer is being made, is pulled from, or a pause has a deadline.
///
/// Source: ADR-17.
package struct OrderedStateMachine: Sendable {
    package enum Action: Sendable, Hashable {
        /// Make the consumer of an epoch. It begins behind this message; nil: where the user wanted.
        case create(epoch: UInt64, behind: UInt64?)
        /// The consumer isn't needed any more; nobody waits for the answer.
        case delete(epoch: UInt64)
        case request(PullRequest)
        case report(PullReport)
        /// The consumer of this epoch is there.
        case recreated(epoch: UInt64)
        /// The last one.
        case end(OrderedEnd)
    }

    private enum Phase: Sendable, Equatable {
        case disconnected
        /// Until the deadline.
        case creating(Timestamp)
        case pulling
        /// Until then.
        case pausing(Timestamp)
        case over
    }

    /// Of the consumer that is there or is being made.
    package private(set) var epoch: UInt64 = 0
    /// The last message that was handed on, or behind which the first consumer began.
    package private(set) var streamSequence: UInt64?
    private var consumerSequence: UInt64 = 0
    private var phase = Phase.disconnected
    private var pull: PullStateMachine
    /// In a row: consumers that couldn't be made.
    private var failureCount = 0
    /// In a row: consumers that were lost before they had shown any life.
    private var lossCount = 0
    private let maximumFailures: Int?
    private var actions: [Action] = []

    /// - Parameter maximumFailures: so many times in a row making a consumer may fail. Nil: any number.
    package init(_ configuration: PullConfiguration, maximumFailures: Int?, isConnected: Bool, now: Timestamp) {
        // What isn't answered is made anew, not asked again.
        pull = PullStateMachine(configuration, isConnected: false, now: now)
        self.maximumFailures = maximumFailures
        if isConnected { create(now: now) }
    }

    /// What to do next; nil: nothing until the next input. Ask after every input.
    package mutating func nextAction() -> Action? { actions.isEmpty ? nil : actions.removeFirst() }

    package var nextDeadline: Timestamp? {
        switch phase {
        case .creating(let deadline), .pausing(let deadline): deadline
        case .pulling: pull.nextDeadline
        case .disconnected, .over: nil
        }
    }

    package var takenUntilRefill: (messages: Int, bytes: Int)? { phase == .pulling ? pull.takenUntilRefill : nil }
    package var requestedMessages: Int { pull.requestedMessages }
    package var receivedCount: Int { pull.receivedCount }

    // MARK: - Messages

    /// A message came. True: it is the next one, and is to be handed on. False: it isn't for the user. Allocates nothing.
    package mutating func messageReceived(
        epoch: UInt64, consumerSequence: UInt64, streamSequence: UInt64, now: Timestamp
    ) -> Bool {
        guard phase == .pulling, epoch == self.epoch else { return false }
        guard consumerSequence == self.consumerSequence &+ 1 else {
            // A gap; or a server has made the consumer anew under its name, and counts from its beginning again.
            reset(now: now)
            return false
        }
        self.consumerSequence = consumerSequence
        self.streamSequence = streamSequence
        lossCount = 0
        return true
    }

    /// So many of these were handed on.
    package mutating func messagesHandedOn(count: Int, byteCount: Int, now: Timestamp) {
        pull.messagesReceived(count: count, byteCount: byteCount, now: now)
    }

    package mutating func messagesTaken(count: Int, byteCount: Int, now: Timestamp) {
        pull.messagesTaken(count: count, byteCount: byteCount, now: now)
        takePullActions(now: now)
    }

    package mutating func statusReceived(
        _ status: PullStatus, serial: UInt64, pendingMessages: Int?, pendingBytes: Int?, lastConsumerSequence: UInt64?,
        now: Timestamp
    ) {
        guard phase == .pulling, pull.isCurrent(serial) else { return }
        switch status {
        case .consumerDeleted, .noResponders, .consumerIsPushBased: return reset(now: now)
        case .idleHeartbeat:
            // What the consumer has given out and hasn't come before the heartbeat never comes; and one that has given out less
            // than came isn't the same any more.
            if let last = lastConsumerSequence, last != consumerSequence { return reset(now: now) }
            lossCount = 0
        default: break
        }
        pull.statusReceived(
            status, serial: serial, pendingMessages: pendingMessages, pendingBytes: pendingBytes, now: now)
        takePullActions(now: now)
    }

    // MARK: - Consumers

    /// The consumer of an epoch is there, and has given out everything up to `streamSequence`; nil: nobody knows. False: it isn't
    /// the one that was waited for.
    @discardableResult
    package mutating func created(epoch: UInt64, behind streamSequence: UInt64?, now: Timestamp) -> Bool {
        guard case .creating = phase, epoch == self.epoch else {
            removeIfLate(epoch)
            return false
        }
        if self.streamSequence == nil { self.streamSequence = streamSequence }
        phase = .pulling
        failureCount = 0
        consumerSequence = 0
        actions.append(.recreated(epoch: epoch))
        pull.connected(now: now)
        takePullActions(now: now)
        return true
    }

    /// It was made when nobody waited for it any more, perhaps behind its removal.
    private mutating func removeIfLate(_ epoch: UInt64) {
        guard phase != .over, phase != .pulling || epoch != self.epoch else { return }
        actions.append(.delete(epoch: epoch))
    }

    /// The consumer of an epoch couldn't be made, and it makes no sense to try again if `isFinal`.
    package mutating func refused(epoch: UInt64, isFinal: Bool, now: Timestamp) {
        guard case .creating = phase, epoch == self.epoch else { return }
        creationFailed(isFinal ? .refused : nil, now: now)
    }

    package mutating func requestNotSent(now: Timestamp) {
        guard phase == .pulling else { return }
        reset(now: now)
    }

    // MARK: - What else happens

    package mutating func connectionLost() {
        guard phase != .over else { return }
        pull.connectionLost()
        phase = .disconnected
    }

    package mutating func connected(now: Timestamp) {
        guard phase == .disconnected else { return }
        failureCount = 0
        lossCount = 0
        if epoch > 0 { actions.append(.delete(epoch: epoch)) }
        create(now: now)
    }

    package mutating func deadlineReached(now: Timestamp) {
        switch phase {
        case .creating(let deadline) where deadline <= now:
            actions.append(.delete(epoch: epoch))
            creationFailed(nil, now: now)
        case .pausing(let deadline) where deadline <= now: create(now: now)
        case .pulling:
            pull.deadlineReached(now: now)
            takePullActions(now: now)
        default: break
        }
    }

    package mutating func stop() { end(.stopped) }

    // MARK: - Within the machine

    private mutating func create(now: Timestamp) {
        epoch &+= 1
        phase = .creating(now.advanced(byNanoseconds: Self.creationNanoseconds))
        actions.append(.create(epoch: epoch, behind: streamSequence))
    }

    /// The consumer has lost its place, or is lost.
    private mutating func reset(now: Timestamp) {
        pull.connectionLost()
        actions.append(.delete(epoch: epoch))
        // At once the first time; consumers that are lost again before they have given anything aren't made in a circle.
        lossCount &+= 1
        lossCount > 1 ? pause(now: now) : create(now: now)
    }

    private mutating func creationFailed(_ cause: OrderedEnd?, now: Timestamp) {
        failureCount &+= 1
        pause(now: now)
        if let cause { return end(cause) }
        if let maximumFailures, failureCount > maximumFailures { return end(.failed) }
        actions.append(.report(.unanswered(times: failureCount)))
    }

    /// Half a second at first, twice as long after each further failure or loss in a row, up to ten seconds.
    private mutating func pause(now: Timestamp) {
        let shift = UInt64(min(max(1, failureCount &+ lossCount) &- 1, 5))
        phase = .pausing(now.advanced(byNanoseconds: min(500_000_000 &<< shift, 10_000_000_000)))
    }

    private mutating func end(_ end: OrderedEnd) {
        guard phase != .over else { return }
        switch phase {
        case .pulling, .creating: actions.append(.delete(epoch: epoch))
        // It waits until there is a connection again.
        case .disconnected: if epoch > 0 { actions.append(.delete(epoch: epoch)) }
        case .pausing, .over: break
        }
        phase = .over
        actions.append(.end(end))
    }

    private mutating func takePullActions(now: Timestamp) {
        while phase == .pulling, let action = pull.nextAction() {
            switch action {
            case .request(let request): actions.append(.request(request))
            case .report(.heartbeatsMissed):
                actions.append(.report(.heartbeatsMissed))
                reset(now: now)
            case .report(let report): actions.append(.report(report))
            case .end(let cause): end(.pull(cause))
            }
        }
        // What a consumer was to be asked that is no more.
        if phase != .pulling { while pull.nextAction() != nil {} }
    }

    private static var creationNanoseconds: UInt64 { 5_000_000_000 }
}

/// Why reading is over.
package enum OrderedEnd: Sendable, Hashable {
    case stopped
    /// The server doesn't make such a consumer.
    case refused
    /// A consumer couldn't be made too many times.
    case failed
    case pull(PullEnd)
}
