import Reactor

/// The state of a ``DeliveryQueue``, touched only under its lock.
struct DeliveryQueueState: ~Copyable {
    let limits: SubscriptionLimits
    var ring = MessageRing()
    var counts = DeliveryCounts()
    /// Messages that wait in the consumers' window: they count towards the limits.
    var window = WindowCounts()
    var emptyObserver: (@Sendable () -> Void)?
    private var isFinished = false
    /// Nobody can take messages any more.
    private(set) var isAbandoned = false
    private(set) var failure: NATSError?
    private var waiters: [QueueWaiter] = []
    private var nextTicket: UInt64 = 0
    private var isInEpisode = false
    /// Under ``OverflowPolicy/fail`` the first drop is the end: nothing from behind the gap is delivered.
    private var hasOverflowed = false
    private var episodeMessages: UInt64 = 0
    private var episodeBytes: UInt64 = 0

    private let wakesAtEndOnly: Bool

    init(limits: SubscriptionLimits, wakesAtEndOnly: Bool = false) {
        self.limits = limits
        self.wakesAtEndOnly = wakesAtEndOnly
    }

    // MARK: Producer

    mutating func offer(_ layouts: Span<MessageLayout>, of block: ReceiveBlock) -> OfferOutcome {
        var outcome = OfferOutcome()
        guard !isFinished, !isAbandoned else { return outcome }
        counts.received &+= UInt64(layouts.count)
        var bytes = 0
        for index in 0..<layouts.count { bytes &+= layouts[index].chargedBytes }
        let fits = waitingMessages &+ layouts.count <= limits.messages && waitingBytes &+ bytes <= limits.bytes
        if fits, !hasOverflowed {
            ring.append(layouts, of: block)
            counts.pendingBytes &+= bytes
        } else {
            offerOneByOne(layouts, of: block, &outcome)
        }
        counts.pendingMessages = ring.count
        counts.highWaterMessages = max(counts.highWaterMessages, waitingMessages)
        counts.highWaterBytes = max(counts.highWaterBytes, waitingBytes)
        endEpisodeIfRecovered(&outcome)
        return outcome
    }

    private var waitingMessages: Int { ring.count &+ window.messages }
    private var waitingBytes: Int { counts.pendingBytes &+ window.bytes }

    private mutating func offerOneByOne(
        _ layouts: Span<MessageLayout>, of block: ReceiveBlock, _ outcome: inout OfferOutcome
    ) {
        for index in 0..<layouts.count {
            let bytes = layouts[index].chargedBytes
            if limits.overflow == .dropOldest, bytes <= limits.bytes { makeRoom(for: bytes, &outcome) }
            if !hasOverflowed, waitingMessages < limits.messages, waitingBytes &+ bytes <= limits.bytes {
                ring.append(layouts.extracting(index..<(index &+ 1)), of: block)
                counts.pendingBytes &+= bytes
            } else {
                recordDrop(bytes, &outcome)
                if limits.overflow == .fail {
                    hasOverflowed = true
                    outcome.mustFail = true
                }
            }
        }
    }

    /// Drops the oldest messages until one of `bytes` fits, or nothing is left.
    private mutating func makeRoom(for bytes: Int, _ outcome: inout OfferOutcome) {
        while ring.count > 0, ring.count >= limits.messages || counts.pendingBytes &+ bytes > limits.bytes {
            let oldest = ring.firstChargedBytes
            _ = ring.popFirst()
            counts.pendingBytes &-= oldest
            recordDrop(oldest, &outcome)
        }
    }

    private mutating func recordDrop(_ bytes: Int, _ outcome: inout OfferOutcome) {
        outcome.dropped &+= 1
        outcome.droppedBytes &+= bytes
        counts.droppedMessages &+= 1
        counts.droppedBytes &+= UInt64(bytes)
        if !isInEpisode {
            isInEpisode = true
            episodeMessages = 0
            episodeBytes = 0
            outcome.startsEpisode = true
        }
        episodeMessages &+= 1
        episodeBytes &+= UInt64(bytes)
    }

    private mutating func endEpisodeIfRecovered(_ outcome: inout OfferOutcome) {
        guard isInEpisode, outcome.dropped == 0, waitingMessages <= limits.messages / 2,
            waitingBytes <= limits.bytes / 2
        else { return }
        isInEpisode = false
        outcome.endedEpisode = (episodeMessages, episodeBytes)
    }

    mutating func finish(_ error: NATSError?) {
        guard !isFinished else { return }
        isFinished = true
        failure = error
    }

    /// Takes out what waits, for the last time.
    mutating func abandon() -> MessageRing {
        isAbandoned = true
        var taken = MessageRing()
        swap(&taken, &ring)
        counts.pendingBytes = 0
        counts.pendingMessages = 0
        return taken
    }

    // MARK: Consumers

    mutating func pop() -> PopOutcome {
        let bytes = ring.firstChargedBytes
        if let message = ring.popFirst() {
            counts.pendingBytes &-= bytes
            counts.pendingMessages = ring.count
            return .message(message)
        }
        return isFinished ? .ended : .empty
    }

    mutating func popAll(into other: inout MessageRing) -> PopAllOutcome {
        guard ring.count > 0 else { return isFinished ? .ended : .empty }
        swap(&ring, &other)
        counts.pendingBytes = 0
        counts.pendingMessages = 0
        return .messages
    }

    mutating func takeEmptyObserverIfEmpty() -> (@Sendable () -> Void)? {
        guard emptyObserver != nil, ring.count == 0 else { return nil }
        return emptyObserver.take()
    }

    // MARK: Waiting

    mutating func makeTicket() -> UInt64 {
        nextTicket &+= 1
        return nextTicket
    }

    /// False: there is no need to wait. `isCancelled` is read by the caller under the lock, so that a cancellation
    /// either is seen here or finds the waiter in the list.
    mutating func addWaiter(_ waiter: QueueWaiter, isCancelled: Bool) -> Bool {
        guard !isCancelled, !isFinished, ring.count == 0 || wakesAtEndOnly else { return false }
        waiters.append(waiter)
        return true
    }

    mutating func cancelWaiter(_ ticket: UInt64) -> QueueWaiter? {
        guard let index = waiters.firstIndex(where: { $0.ticket == ticket }) else { return nil }
        return waiters.remove(at: index)
    }

    /// How many waiters have something to do: one for each message, all when the queue is finished.
    ///
    /// - Parameter windowMessages: those that a running consumer has moved out of the ring since they were offered.
    func wakeBudget(windowMessages: Int) -> Int {
        isFinished ? waiters.count : wakesAtEndOnly ? 0 : min(waiters.count, ring.count &+ windowMessages)
    }

    var waiterCount: Int { waiters.count }

    mutating func takeWaiter() -> QueueWaiter? { waiters.isEmpty ? nil : waiters.removeFirst() }
}
