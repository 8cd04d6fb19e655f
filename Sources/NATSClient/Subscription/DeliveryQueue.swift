import Reactor

/// The bounded queue between the reactor and the consumers of one subscription.
///
/// Producer: the reactor, which never waits. Consumers: any number of tasks. Messages are handed over under a
/// futex lock held for nanoseconds; a consumer suspends only when the queue is empty, and is resumed outside the
/// lock. A message leaves the queue only in the hands of a running consumer, so that cancellation can't swallow it.
final class DeliveryQueue: Sendable {
    let box: LockedBox<DeliveryQueueState>

    init(limits: SubscriptionLimits) {
        box = LockedBox(DeliveryQueueState(limits: limits))
    }

    // MARK: Producer (reactor)

    /// Offers a run of messages of one block; applies limits and policy.
    func offer(_ layouts: Span<MessageLayout>, of block: ReceiveBlock) -> OfferOutcome {
        box.lock()
        defer { box.unlock() }
        return box.value.offer(layouts, of: block)
    }

    /// Resumes waiting consumers if there is anything for them. Once per chunk, not per message.
    func wakeConsumers() {
        box.lock()
        var budget = box.value.wakeBudget
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
        box.lock()
        let discarded = box.value.takeAll()
        let observer = box.value.takeEmptyObserverIfEmpty()
        box.unlock()
        // Outside of the lock: releasing the last message of a connection may run much.
        _ = consume discarded
        observer?()
    }

    /// Calls `observer` once when the queue is finished and empty; at once if it is.
    func notifyWhenEmpty(_ observer: @escaping @Sendable () -> Void) {
        box.lock()
        let isEmpty = box.value.ring.count == 0
        if !isEmpty { box.value.emptyObserver = observer }
        box.unlock()
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
        box.lock()
        defer { box.unlock() }
        return box.value.counts
    }

    // MARK: Consumers

    func pop() -> PopOutcome {
        box.lock()
        let outcome = box.value.pop()
        let observer = box.value.takeEmptyObserverIfEmpty()
        box.unlock()
        observer?()
        return outcome
    }

    /// Takes everything that waits by swapping rings: constant time, whatever the number of messages.
    func popAll(into ring: inout MessageRing) -> PopAllOutcome {
        box.lock()
        let outcome = box.value.popAll(into: &ring)
        let observer = box.value.takeEmptyObserverIfEmpty()
        box.unlock()
        observer?()
        return outcome
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
                box.lock()
                let mustWait = box.value.addWaiter(
                    QueueWaiter(ticket: ticket, wakeup: wakeup), isCancelled: Task.isCancelled || isOver())
                box.unlock()
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
