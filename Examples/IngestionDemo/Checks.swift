/// What a subscription got, and what was wrong with it.
struct Tally: Sendable {
    var messages = 0
    /// Messages with a wrong byte, length or subject.
    var corrupt = 0
    /// Messages whose sequence number didn't follow the one before on the same subject.
    var outOfOrder = 0
    /// Messages that came twice.
    var repeated = 0

    var isClean: Bool { corrupt == 0 && outOfOrder == 0 && repeated == 0 }
}

/// Checks a subscription that gets everything: each subject's numbers must come without a gap.
struct OrderCheck: Sendable {
    private(set) var tally = Tally()
    private var next: [Int]

    init(_ workload: Workload) {
        next = Array(repeating: 0, count: workload.subjectCount)
    }

    /// - Parameter reading: `nil` for a message that isn't as it was sent.
    mutating func note(_ reading: Reading?) {
        tally.messages += 1
        guard let reading, next.indices.contains(reading.subject) else { return tally.corrupt += 1 }
        if reading.sequence != next[reading.subject] { tally.outOfOrder += 1 }
        next[reading.subject] = reading.sequence + 1
    }
}

/// Checks one member of a queue group: numbers must grow. What it has seen is kept, one bit for each message, so that
/// the members together can prove that each message came exactly once.
struct ShareCheck: Sendable {
    private(set) var tally = Tally()
    private var last: [Int]
    private var seen: [[UInt64]]

    init(_ workload: Workload) {
        last = Array(repeating: -1, count: workload.subjectCount)
        seen = (0..<workload.subjectCount).map { subject in
            Array(repeating: 0, count: (workload.messageCount(ofSubject: subject) + 63) / 64)
        }
    }

    mutating func note(_ reading: Reading?) {
        tally.messages += 1
        guard let reading, seen.indices.contains(reading.subject),
            (0..<seen[reading.subject].count * 64).contains(reading.sequence)
        else { return tally.corrupt += 1 }
        if reading.sequence <= last[reading.subject] { tally.outOfOrder += 1 }
        last[reading.subject] = reading.sequence
        let bit = UInt64(1) << UInt64(reading.sequence % 64)
        if seen[reading.subject][reading.sequence / 64] & bit != 0 { tally.repeated += 1 }
        seen[reading.subject][reading.sequence / 64] |= bit
    }

    /// What both members got together.
    func joined(with other: ShareCheck) -> Tally {
        var sum = tally
        sum.messages += other.tally.messages
        sum.corrupt += other.tally.corrupt
        sum.outOfOrder += other.tally.outOfOrder
        sum.repeated += other.tally.repeated
        for (mine, theirs) in zip(seen.joined(), other.seen.joined()) {
            sum.repeated += (mine & theirs).nonzeroBitCount
        }
        return sum
    }
}
