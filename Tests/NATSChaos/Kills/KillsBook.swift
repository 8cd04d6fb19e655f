import Synchronization

/// What became of the messages of one stream: who published what, what was acknowledged, and who has got which place.
final class KillsBook: Sendable {
    /// A message: who published it, and its number there.
    struct Row: Hashable, Sendable, CustomStringConvertible {
        let publisher: String
        let number: Int

        var text: String { "\(publisher) \(number)" }
        var description: String { text }

        init(_ publisher: String, _ number: Int) {
            self.publisher = publisher
            self.number = number
        }

        init?(_ text: String) {
            let words = text.split(separator: " ")
            guard words.count == 2, let number = Int(words[1]) else { return nil }
            self.init(String(words[0]), number)
        }
    }

    private struct State {
        var begun = 0
        var acknowledged: [Row: UInt64] = [:]
        var failures: [String: Int] = [:]
        /// As the first reader of each place has seen it.
        var places: [UInt64: Row] = [:]
        var contradictions = 0
    }

    let stream: String
    /// Nothing is stored twice.
    let isExact: Bool
    private let verdict: Verdict
    private let state = Mutex(State())

    init(_ stream: String, isExact: Bool, verdict: Verdict) {
        self.stream = stream
        self.isExact = isExact
        self.verdict = verdict
    }

    func begun() { state.withLock { $0.begun += 1 } }

    func acknowledged(_ row: Row, at sequence: UInt64) {
        let isFirst = state.withLock { $0.acknowledged.updateValue(sequence, forKey: row) == nil }
        verdict.check(isFirst, "\(stream): \(row) was acknowledged twice")
    }

    /// Nobody knows whether it is stored.
    func failed(_ row: Row, _ reason: String) { state.withLock { $0.failures[reason, default: 0] += 1 } }

    /// Somebody reads this place. Everybody must see the same there.
    func seen(_ row: Row?, at sequence: UInt64, by reader: String) {
        guard let row else { return verdict.violation("\(stream): \(reader) got at \(sequence) what nobody has published") }
        let known = state.withLock { state in
            let known = state.places[sequence]
            if known == nil { state.places[sequence] = row }
            return known
        }
        verdict.check(
            known == nil || known == row, "\(stream): \(reader) sees \(row) at \(sequence), where others saw \(known ?? row)")
    }

    struct Count: Sendable {
        var begun = 0
        var acknowledged = 0
        var failures: [String: Int] = [:]
        var stored = 0
        var duplicates = 0
        var lost = 0
    }

    /// The reckoning, when everything up to `last` was read.
    func judge(last: UInt64) -> Count {
        let state = state.withLock { $0 }
        var count = Count(begun: state.begun, acknowledged: state.acknowledged.count, failures: state.failures)
        count.stored = state.places.count
        verdict.check(state.places.count == Int(last), "\(stream): \(state.places.count) of \(last) places were read")
        var stored: [Row: Int] = [:]
        for row in state.places.values { stored[row, default: 0] += 1 }
        for (row, times) in stored where times > 1 {
            count.duplicates += times - 1
            if isExact { verdict.violation("\(stream): \(row) is stored \(times) times") }
        }
        for (row, sequence) in state.acknowledged where stored[row] == nil || state.places[sequence] != row {
            count.lost += 1
            verdict.violation(
                "\(stream): \(row) was acknowledged at \(sequence), where \(state.places[sequence].map { "\($0)" } ?? "nothing") is"
            )
        }
        return count
    }
}

/// What a reader has got of a stream.
final class KillsReading: Sendable {
    /// What was sent before the server took the last word on it may still be under way for so long.
    private static let graceSeconds = 10.0

    struct Count: Sendable {
        var deliveries = 0
        var repetitions = 0
        var confirmed = 0
        var missing = 0
        var longestSilenceSeconds = 0.0
    }

    private struct State {
        var count = Count()
        var seen = BitSet()
        var confirmedAt: [UInt64: Double] = [:]
        var last: UInt64 = 0
        var lastArrival: Double?
    }

    let name: String
    let book: KillsBook
    private let clock: RunClock
    private let verdict: Verdict
    private let state = Mutex(State())

    init(_ name: String, of book: KillsBook, clock: RunClock, verdict: Verdict) {
        (self.name, self.book, self.clock, self.verdict) = (name, book, clock, verdict)
    }

    /// - Parameter isOrdered: it must be the one behind the last.
    func got(_ text: String, at sequence: UInt64, isOrdered: Bool = false) {
        book.seen(KillsBook.Row(text), at: sequence, by: name)
        let now = clock.seconds
        let (last, confirmedAt) = state.withLock { state in
            let last = state.last
            state.last = max(last, sequence)
            state.count.deliveries += 1
            if !state.seen.insert(Int(sequence)) { state.count.repetitions += 1 }
            if let arrival = state.lastArrival {
                state.count.longestSilenceSeconds = max(state.count.longestSilenceSeconds, now - arrival)
            }
            state.lastArrival = now
            return (last, state.confirmedAt[sequence])
        }
        if isOrdered { verdict.check(sequence == last + 1, "\(name) got \(sequence) behind \(last)") }
        if let confirmedAt, now > confirmedAt + Self.graceSeconds {
            verdict.violation("\(name) got \(sequence) again, \(now - confirmedAt) s after its acknowledgement was confirmed")
        }
    }

    /// The server has said that it isn't given out again.
    func confirmed(_ sequence: UInt64) {
        let now = clock.seconds
        state.withLock { state in
            if state.confirmedAt.updateValue(now, forKey: sequence) == nil { state.count.confirmed += 1 }
        }
    }

    var deliveries: Int { state.withLock { $0.count.deliveries } }
    var confirmedCount: Int { state.withLock { $0.count.confirmed } }

    /// The last place it has got, and how many different ones.
    var progress: (last: UInt64, different: Int) { state.withLock { ($0.last, $0.seen.count) } }

    func judge(last: UInt64, confirms: Bool) -> Count {
        var count = state.withLock { $0.count }
        let different = state.withLock { $0.seen.count }
        count.missing = Int(last) - different
        verdict.check(count.missing == 0, "\(name) has got \(different) of \(last)")
        if confirms { verdict.check(count.confirmed == Int(last), "\(name) has confirmed \(count.confirmed) of \(last)") }
        return count
    }
}
