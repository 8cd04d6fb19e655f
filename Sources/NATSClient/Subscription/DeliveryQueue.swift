import Reactor

/// The bounded queue between the reactor and the consumers of one subscription.
///
/// Producer: the reactor, which never waits. Consumers: any number of tasks. Messages are handed over under a
/// futex lock held for nanoseconds; a consumer suspends only when the queue is empty, and is resumed outside the
/// lock. A message leaves the queue only in the hands of a running consumer, so that cancellation can't swallow it.
///
/// Consumers don't meet the reactor for each message: they take all that waits into their window, and that one by one.
/// Only where the oldest message may have to give way, everything stays within reach of the reactor.
///
/// Order of locks: the window's, then the box's.
final class DeliveryQueue: Sendable {
    let box: LockedBox<DeliveryQueueState>
    private let window = LockedBox(DeliveryWindow())
    private let windowCounters = WindowCounters()
    private let usesWindow: Bool

    /// - Parameter wakesAtEndOnly: whoever waits isn't resumed for messages, but when all have come.
    init(limits: SubscriptionLimits, wakesAtEndOnly: Bool = false) {
        box = LockedBox(DeliveryQueueState(limits: limits, wakesAtEndOnly: wakesAtEndOnly))
        usesWindow = limits.overflow != .dropOldest
    }

    // MARK: Producer (reactor)

    /// Offers a run of messages of one block; applies limits and policy.
    func offer(_ layouts: Span<MessageLayout>, of block: ReceiveBlock) -> OfferOutcome {
        box.lock()
        defer { box.unlock() }
        box.value.window = windowCounters.current
        return box.value.offer(layouts, of: block)
    }

    /// Resumes waiting consumers if there is anything for them. Once per chunk, not per message.
    func wakeConsumers() {
        box.lock()
        var budget = box.value.wakeBudget(windowMessages: windowCounters.current.messages)
        while budget > 0, let waiter = box.value.takeWaiter() {
            box.unlock()
            waiter.resume()
            budget -= 1
            box.lock()
        }
        box.unlock()
    }

    /// No further messages: what waits is still delivered, then the sequence ends, by `error` if there is one.
    func finish(throwing error: NATSError? = nil) {
        box.lock()
        box.value.finish(error)
        box.unlock()
        wakeConsumers()
    }

    /// Drops what waits, since nobody can take it any more.
    func discardAll() {
        var taken = DeliveryWindow()
        window.lock()
        swap(&taken, &window.value)
        windowCounters.store(window.value)
        box.lock()
        let discarded = box.value.abandon()
        let observer = box.value.takeEmptyObserverIfEmpty()
        box.publishAndUnlock()
        window.publishAndUnlock()
        // Outside of the locks: releasing the last message of a connection may run much.
        _ = consume taken
        _ = consume discarded
        observer?()
    }

    /// Calls `observer` once when the queue is finished and empty; at once if it is.
    func notifyWhenEmpty(_ observer: @escaping @Sendable () -> Void) {
        window.lock()
        box.lock()
        let isEmpty = box.value.isAbandoned || window.value.ring.count == 0 && box.value.ring.count == 0
        if !isEmpty { box.value.emptyObserver = observer }
        window.value.reportsEmpty = !isEmpty
        box.publishAndUnlock()
        window.unlock()
        if isEmpty { observer() }
    }

    /// What ended the queue, if it wasn't an orderly end.
    var failure: NATSError? {
        box.lock()
        defer { box.unlock() }
        return box.value.failure
    }

    /// How a sequence over this queue ends: by `nil`, or by throwing.
    func endOfSequence<Element>() throws -> Element? {
        if let failure { throw failure }
        return nil
    }

    var counts: DeliveryCounts {
        // Both, so that a message on its way into the window is counted once.
        window.lock()
        box.lock()
        var counts = box.value.counts
        counts.pendingMessages &+= window.value.ring.count
        counts.pendingBytes &+= window.value.bytes
        box.unlock()
        window.unlock()
        return counts
    }

    /// Consumers that wait now.
    var waiterCount: Int {
        box.lock()
        defer { box.unlock() }
        return box.value.waiterCount
    }

    // MARK: Consumers

    func pop() -> PopOutcome {
        guard usesWindow else { return popShared() }
        window.lock()
        if window.value.ring.count == 0 {
            switch refillWindow() {
            case .messages: break
            case .ended: return unlockWindow(.ended)
            case .empty: return unlockWindow(.empty)
            }
        }
        guard let message = window.value.popFirst() else { return unlockWindow(.empty) }
        windowCounters.store(window.value)
        if _slowPath(window.value.isObserved) {
            unlockAndReport(tookMessages: 1, bytes: message.layout.chargedBytes)
        } else {
            window.unlock()
        }
        return .message(message)
    }

    /// Ends a critical section in which messages were taken that somebody wants to know of.
    @inline(never)
    private func unlockAndReport(tookMessages count: Int, bytes: Int) {
        let observer = window.value.takes.isWatched ? window.value.takes.took(messages: count, bytes: bytes) : nil
        let mayBeEmpty = window.value.reportsEmpty && window.value.ring.count == 0
        window.publishAndUnlock()
        observer?()
        if mayBeEmpty { reportIfEmpty() }
    }

    private func unlockWindow(_ outcome: PopOutcome) -> PopOutcome {
        window.unlock()
        return outcome
    }

    @inline(never)
    private func refillWindow() -> PopAllOutcome {
        box.lock()
        window.value.bytes = box.value.counts.pendingBytes
        let outcome = box.value.popAll(into: &window.value.ring)
        // Before the reactor can see that its ring is empty.
        windowCounters.store(window.value)
        box.publishAndUnlock()
        return outcome
    }

    /// Without a window: the reactor may drop the oldest message at any time.
    private func popShared() -> PopOutcome {
        box.lock()
        let outcome = box.value.pop()
        let observer = box.value.takeEmptyObserverIfEmpty()
        box.publishAndUnlock()
        observer?()
        return outcome
    }

    /// Takes everything that waits by swapping rings: constant time, whatever the number of messages.
    func popAll(into ring: inout MessageRing) -> PopAllOutcome {
        window.lock()
        var outcome = PopAllOutcome.messages
        var bytes = window.value.bytes
        if window.value.ring.count > 0 {
            swap(&window.value.ring, &ring)
            window.value.bytes = 0
            windowCounters.store(window.value)
        } else {
            box.lock()
            bytes = box.value.counts.pendingBytes
            outcome = box.value.popAll(into: &ring)
            box.publishAndUnlock()
        }
        if _slowPath(window.value.isObserved) {
            unlockAndReport(tookMessages: outcome == .messages ? ring.count : 0, bytes: outcome == .messages ? bytes : 0)
        } else {
            window.publishAndUnlock()
        }
        return outcome
    }

    // MARK: What consumers took

    /// Counts from now on what consumers take. `observer` is called from their threads, when ``tell(atMessages:atBytes:)`` says.
    func watchTakes(_ observer: @escaping @Sendable () -> Void) {
        window.lock()
        window.value.takes = TakeWatch(observer: observer)
        window.publishAndUnlock()
    }

    /// What was taken since ``watchTakes(_:)``.
    var taken: (messages: Int, bytes: Int) {
        window.lock()
        defer { window.unlock() }
        return (window.value.takes.messages, window.value.takes.bytes)
    }

    /// Calls the observer once when so much was taken. False: it is so already.
    func tell(atMessages messages: Int, atBytes bytes: Int) -> Bool {
        window.lock()
        defer { window.unlock() }
        return window.value.takes.tell(atMessages: messages, atBytes: bytes)
    }

    private func reportIfEmpty() {
        window.lock()
        box.lock()
        let observer = window.value.ring.count == 0 ? box.value.takeEmptyObserverIfEmpty() : nil
        box.publishAndUnlock()
        window.unlock()
        observer?()
    }

    /// Names a wait, so that ``wake(_:)`` can end it.
    func makeTicket() -> UInt64 {
        box.lock()
        defer { box.unlock() }
        return box.value.makeTicket()
    }

    /// Ends one wait, if it goes on.
    func wake(_ ticket: UInt64) {
        box.lock()
        let waiter = box.value.cancelWaiter(ticket)
        box.unlock()
        waiter?.resume()
    }

    /// Suspends until there may be something to pop. Returns at once when there is, and on cancellation.
    @inline(never)
    func waitForMessages() async { await waitForMessages(makeTicket()) }

    /// `isOver` is asked under the lock: what ends the wait either is seen there, or finds the waiter by its ticket.
    func waitForMessages(_ ticket: UInt64, unless isOver: () -> Bool = { false }) async {
        await withTaskCancellationHandler {
            await suspendUntilWoken { wakeup in
                window.lock()
                box.lock()
                let mustWait =
                    window.value.ring.count == 0
                    && box.value.addWaiter(
                        QueueWaiter(ticket: ticket, wakeup: wakeup), isCancelled: Task.isCancelled || isOver())
                box.unlock()
                window.unlock()
                if !mustWait { wakeup.resume() }
            }
        } onCancel: {
            wake(ticket)
        }
    }
}

/// What became of an offered run.
struct OfferOutcome {
    var dropped = 0
    var droppedBytes = 0
    /// The first drop since the queue was last below half of its limits.
    var startsEpisode = false
    /// The queue fell below half of its limits after an episode; the counts of the episode.
    var endedEpisode: (messages: UInt64, bytes: UInt64)?
    /// The policy says to end the subscription.
    var mustFail = false
}

enum PopOutcome {
    case message(Message)
    case empty
    case ended
}

enum PopAllOutcome {
    case messages
    case empty
    case ended
}

struct DeliveryCounts {
    var pendingMessages = 0
    var pendingBytes = 0
    var highWaterMessages = 0
    var highWaterBytes = 0
    var received: UInt64 = 0
    var droppedMessages: UInt64 = 0
    var droppedBytes: UInt64 = 0
}

/// A consumer that waits. It is resumed exactly once: whoever removes it from the list resumes it.
struct QueueWaiter {
    let ticket: UInt64
    let wakeup: Wakeup

    func resume() { wakeup.resume() }
}
