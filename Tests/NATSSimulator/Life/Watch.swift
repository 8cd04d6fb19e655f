import NATSClient

/// Calls that wait, each with the moment at which it must have ended.
final class CallWatch {
    private struct Call {
        let number: Int
        let start: UInt64
        let deadline: UInt64
        /// What it waits for has deadlines of its own, which follow each other: time that was lost is added.
        let hasSteps: Bool
        let what: String
    }

    private let world: World
    private var calls: [Call] = []
    private var lastNumber = 0
    /// The resolution of the client's deadlines, and as much as a turn may take.
    private static let toleranceNanoseconds: UInt64 = 1_100_000

    init(world: World) { self.world = world }

    /// - Returns: the number by which the end is told.
    func began(_ what: String, nanoseconds: UInt64, hasSteps: Bool = false) -> Int {
        lastNumber += 1
        let start = world.nowNanoseconds
        calls.append(
            Call(number: lastNumber, start: start, deadline: start + nanoseconds, hasSteps: hasSteps, what: what))
        return lastNumber
    }

    /// Too late if `nil` isn't the answer.
    func ended(_ number: Int) -> String? {
        guard let index = calls.firstIndex(where: { $0.number == number }) else { return nil }
        return lateness(of: calls.remove(at: index), lives: 1)
    }

    /// A call that should have ended long ago.
    func overdue() -> String? {
        // A turn may bring the end: what is looked for is what hangs.
        for call in calls where call.deadline + 1_000_000_000 < world.nowNanoseconds {
            if let text = lateness(of: call, lives: 1_000) { return text + ", and still waits" }
        }
        return nil
    }

    private func lateness(of call: Call, lives: UInt64) -> String? {
        let tolerance = Self.toleranceNanoseconds * lives
        let limit =
            call.hasSteps
            ? call.deadline + world.lostNanoseconds(since: call.start) + tolerance
            : world.earliest(after: call.deadline + Self.toleranceNanoseconds) + tolerance
        guard world.nowNanoseconds > limit else { return nil }
        return "\(call.what) is \(world.nowNanoseconds - call.deadline) ns behind its deadline"
    }
}

/// What must hold for one connection at every turn.
final class ConnectionWatch {
    let name: String
    private let nats: NATSConnection
    private unowned let oracle: Oracle
    private var last: ConnectionStatistics
    private var turns = 0
    /// The account is looked at in each of so many turns: it costs a lock and sixty words.
    private static let stride = 4

    init(_ nats: NATSConnection, name: String, oracle: Oracle) {
        self.nats = nats
        self.name = name
        self.oracle = oracle
        last = nats.statistics
    }

    func checkTurn() {
        turns += 1
        guard turns % Self.stride == 0 else { return }
        oracle.counts.turnsChecked += 1
        let now = nats.statistics
        check(now.publishesFenced + now.publishesLostUnknown <= now.publishesWritten, "more settled than written")
        check(now.publishesWritten + now.publishesDiscarded <= now.publishesAccepted, "more written and given up than accepted")
        // A publish that was lost may still turn out to have been unfinished, so `written` may go back by those.
        check(now.publishesAccepted >= last.publishesAccepted, "accepted fewer than before")
        check(now.publishesDiscarded >= last.publishesDiscarded, "gave up fewer than before")
        check(now.publishesLostUnknown >= last.publishesLostUnknown, "lost fewer than before")
        check(now.publishesPending > 0 || now.pendingBytes >= 0, "\(now.pendingBytes) bytes pending")
        if now.publishesFenced != last.publishesFenced, name != "witness" {
            let arrived = oracle.arrivedCount(of: name)
            check(arrived >= Int(now.publishesFenced), "fenced \(now.publishesFenced), but arrived \(arrived)")
        }
        last = now
    }

    private func check(_ condition: Bool, _ what: @autoclosure () -> String) {
        oracle.check(condition, "\(name): \(what())")
    }
}
