import NATSClient
import Synchronization

/// Four subscriptions to everything, one for each way of delivery; every message of each is checked.
struct Subscribers {
    /// The subscriptions that must each get every message; the two members of the group count as one.
    enum Lane: Int, CaseIterable {
        case sequence, batches, inline, group
    }

    private let workload: Workload
    private let window: DeliveryWindow
    private let queued: [Subscription]
    private let inlineSubscription: InlineSubscription
    private let inlineCheck: InlineCheck
    private let ordered: [Task<Tally, any Error>]
    private let members: [Task<ShareCheck, any Error>]

    /// Subscribes; returns when the server has confirmed all of it.
    init(on connection: NATSConnection, workload: Workload, window: DeliveryWindow) async throws {
        let pattern = Workload.pattern
        let sequence = try await connection.subscribe(pattern)
        let batches = try await connection.subscribe(pattern)
        let first = try await connection.subscribe(pattern, queueGroup: "demo")
        let second = try await connection.subscribe(pattern, queueGroup: "demo")
        let inlineCheck = InlineCheck(workload, window)
        inlineSubscription = try await connection.subscribe(pattern) { message in
            inlineCheck.note(
                Reading.verified(
                    subject: message.subjectBytes, payload: message.bytes, expectedBytes: workload.payloadBytes))
        }
        ordered = [
            Task { try await Self.checkSequence(of: sequence, workload, window) },
            Task { try await Self.checkBatches(of: batches, workload, window) },
        ]
        members = [first, second].map { member in
            Task { try await Self.checkShare(of: member, workload, window) }
        }
        queued = [sequence, batches, first, second]
        self.inlineCheck = inlineCheck
        self.workload = workload
        self.window = window
    }

    /// Drains: when the server has confirmed that nothing more comes, and all that came is checked, the tallies are
    /// final. No time-out guesses whether something is still under way.
    func finish() async throws -> [Delivery] {
        for subscription in queued { try await subscription.drain() }
        try await inlineSubscription.drain()
        inlineCheck.reportRest()
        let first = try await members[0].value
        let second = try await members[1].value
        return [
            Delivery(name: "sequence", tally: try await ordered[0].value),
            Delivery(name: "batches", tally: try await ordered[1].value),
            Delivery(name: "inline handler", tally: inlineCheck.tally),
            Delivery(
                name: "queue group", tally: first.joined(with: second),
                shares: [first.tally.messages, second.tally.messages]),
        ]
    }

    /// Delivery as a sequence: one message after the other.
    private static func checkSequence(
        of subscription: Subscription, _ workload: Workload, _ window: DeliveryWindow
    ) async throws -> Tally {
        var check = OrderCheck(workload)
        var unreported = 0
        for try await message in subscription {
            check.note(message.reading(workload))
            unreported += 1
            if unreported == window.step {
                window.report(unreported, lane: Lane.sequence.rawValue)
                unreported = 0
            }
        }
        window.report(unreported, lane: Lane.sequence.rawValue)
        return check.tally
    }

    /// Delivery in batches: everything that waits, at once.
    private static func checkBatches(
        of subscription: Subscription, _ workload: Workload, _ window: DeliveryWindow
    ) async throws -> Tally {
        var check = OrderCheck(workload)
        for try await batch in subscription.batches {
            for message in batch { check.note(message.reading(workload)) }
            window.report(batch.count, lane: Lane.batches.rawValue)
        }
        return check.tally
    }

    /// One member of the queue group.
    private static func checkShare(
        of subscription: Subscription, _ workload: Workload, _ window: DeliveryWindow
    ) async throws -> ShareCheck {
        var check = ShareCheck(workload)
        for try await batch in subscription.batches {
            for message in batch { check.note(message.reading(workload)) }
            window.report(batch.count, lane: Lane.group.rawValue)
        }
        return check
    }
}

/// What one subscription got in the end.
struct Delivery {
    let name: String
    let tally: Tally
    /// What each member of a queue group got.
    var shares: [Int] = []
}

/// The check of the inline subscription. Its handler runs on the reactor's thread; the lock is for the reader of the
/// tally at the end, and never contended before.
private final class InlineCheck: Sendable {
    private struct State {
        var check: OrderCheck
        var unreported = 0
    }

    private let state: Mutex<State>
    private let window: DeliveryWindow

    init(_ workload: Workload, _ window: DeliveryWindow) {
        state = Mutex(State(check: OrderCheck(workload)))
        self.window = window
    }

    var tally: Tally { state.withLock { $0.check.tally } }

    func note(_ reading: Reading?) {
        let due = state.withLock { state in
            state.check.note(reading)
            state.unreported += 1
            guard state.unreported == window.step else { return 0 }
            defer { state.unreported = 0 }
            return state.unreported
        }
        if due > 0 { window.report(due, lane: Subscribers.Lane.inline.rawValue) }
    }

    func reportRest() {
        let rest = state.withLock { state in
            defer { state.unreported = 0 }
            return state.unreported
        }
        window.report(rest, lane: Subscribers.Lane.inline.rawValue)
    }
}

extension Message {
    /// The reading in this message, `nil` when it isn't as it was sent.
    fileprivate func reading(_ workload: Workload) -> Reading? {
        Reading.verified(subject: subjectBytes, payload: bytes, expectedBytes: workload.payloadBytes)
    }
}
