/// Follows what a watch of a bucket gets: says when everything has come that was there when it began, and when revisions may have
/// been lost while nobody gave them out.
///
/// **Complete.** A new consumer says how many messages wait for it. When so many have come, some of them may have taken the place of
/// others that were overwritten meanwhile; but whatever replaced those was stored by then, so it is among the messages that still
/// wait at that moment. So they are counted, too. A message that says that none waits behind it, or silence for a heartbeat, is the
/// end in any case. No key is remembered, and the end comes even if others write all the time.
///
/// **Gaps.** A consumer that is made anew begins behind the last message. If its messages are those of the whole bucket, a number
/// that is left out was removed meanwhile. Of some keys only that can't be seen, so every removal counts.
///
/// Source: ADR-8.
package struct WatchStateMachine: Sendable {
    package enum Event: Sendable, Hashable {
        /// Everything is there.
        case complete
        /// Revisions from this one on may have been lost.
        case gap(from: UInt64)
    }

    /// What is known of a bucket when a watch goes on.
    package struct Bucket: Sendable, Hashable {
        package var firstSequence: UInt64
        package var lastSequence: UInt64
        /// Numbers without a message between them.
        package var deletedCount: Int

        package init(firstSequence: UInt64, lastSequence: UInt64, deletedCount: Int) {
            self.firstSequence = firstSequence
            self.lastSequence = lastSequence
            self.deletedCount = deletedCount
        }
    }

    private enum Initial: Sendable {
        /// Nobody has said how much there is.
        case unknown
        /// So many messages were there.
        case counting(UInt64)
        /// So many messages were there when the last of those had come.
        case following(UInt64)
        case complete
    }

    /// The last revision that came, or behind which the first consumer began; 0: none.
    package private(set) var revision: UInt64 = 0
    /// Whether ``revision`` is a place to go on from; 0 is the one before everything.
    private var hasPlace = false
    private var initial = Initial.unknown
    /// Whether it is about the whole bucket.
    private let seesEverything: Bool
    /// Until this revision no number may be left out.
    private var contiguousUntil: UInt64?

    package init(seesEverything: Bool) { self.seesEverything = seesEverything }

    /// Whether everything has come that was there at the beginning.
    package var isComplete: Bool {
        if case .complete = initial { true } else { false }
    }

    /// A consumer was made.
    ///
    /// - Parameters:
    ///   - pending: how many messages wait for it.
    ///   - sequence: behind which message it begins; nil: that is no place in the stream.
    package mutating func began(pending: UInt64, behind sequence: UInt64?) -> Event? {
        if !hasPlace, let sequence {
            revision = sequence
            hasPlace = true
        }
        guard !isComplete else { return nil }
        initial = .counting(pending)
        return pending == 0 ? complete() : nil
    }

    /// A consumer was made in place of one that was lost. Before ``began(pending:behind:)``.
    ///
    /// - Parameter bucket: nil: nobody knows.
    package mutating func resumed(_ bucket: Bucket?) -> Event? {
        contiguousUntil = nil
        // Nothing was seen: it begins as it did at first.
        guard hasPlace else { return nil }
        guard let bucket else { return .gap(from: revision &+ 1) }
        guard bucket.lastSequence > revision else { return nil }
        if seesEverything {
            contiguousUntil = bucket.lastSequence
            return nil
        }
        let hasLost = bucket.deletedCount > 0 || bucket.firstSequence > revision &+ 1
        return hasLost ? .gap(from: revision &+ 1) : nil
    }

    /// A message came.
    ///
    /// - Parameter pending: how many wait behind it.
    /// - Returns: what is to be told before it, and behind it.
    package mutating func received(_ sequence: UInt64, pending: UInt64) -> (before: Event?, after: Event?) {
        var before: Event?
        if let end = contiguousUntil {
            if sequence > revision &+ 1 {
                before = .gap(from: revision &+ 1)
                contiguousUntil = nil
            } else if sequence >= end {
                contiguousUntil = nil
            }
        }
        revision = sequence
        hasPlace = true
        return (before, counted(pending))
    }

    /// The server said that nothing more waits.
    package mutating func idle() -> [Event] {
        var events: [Event] = []
        if let end = contiguousUntil.take(), end > revision { events.append(.gap(from: revision &+ 1)) }
        if !isComplete { events.append(complete()) }
        return events
    }

    private mutating func counted(_ pending: UInt64) -> Event? {
        switch initial {
        case .complete: return nil
        case _ where pending == 0: return complete()
        case .unknown: initial = .following(pending)
        case .counting(let count): initial = count > 1 ? .counting(count &- 1) : .following(pending)
        case .following(let count) where count <= 1: return complete()
        case .following(let count): initial = .following(count &- 1)
        }
        return nil
    }

    private mutating func complete() -> Event {
        initial = .complete
        return .complete
    }
}
