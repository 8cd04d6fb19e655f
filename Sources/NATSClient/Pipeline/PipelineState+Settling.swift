import NATSProtocol

extension PipelineState {
    /// A message has left the window: its result goes to whoever wants it.
    mutating func conclude(_ settled: PublishWindow.Settled, _ result: PublishResult, _ news: inout SettlingNews) {
        var isTold = false
        if settled.id.slot < tickets.count, let ticket = tickets[settled.id.slot] {
            tickets[settled.id.slot] = nil
            news.tickets.append((ticket, result))
            isTold = true
        }
        if outcomeInterests > 0 {
            outcomes.append(PipelineOutcome(number: settled.number, result: result))
            window.keepPlace()
            isTold = true
        }
        count(result, isTold: isTold)
        if !flushes.isEmpty { countDown(settled.number, &news) }
    }

    private mutating func count(_ result: PublishResult, isTold: Bool) {
        switch result {
        case .stored(_, let isDuplicate, _):
            if isDuplicate { counts.duplicates &+= 1 } else { counts.stored &+= 1 }
        case .acknowledged(let detailed):
            if detailed.value.isDuplicate { counts.duplicates &+= 1 } else { counts.stored &+= 1 }
        case .failed(let error):
            counts.failed &+= 1
            if !isTold, untoldFailure == nil { untoldFailure = error }
        }
    }

    private mutating func countDown(_ number: UInt64, _ news: inout SettlingNews) {
        for index in flushes.indices where number < flushes[index].end { flushes[index].remaining &-= 1 }
        flushes.removeAll { flush in
            if flush.remaining == 0 { news.waiters.append(flush.waiter) }
            return flush.remaining == 0
        }
    }

    /// The outcomes end when no message can come any more.
    var hasNoMoreOutcomes: Bool { isFinished && window.count == 0 }

    /// They look at what there is now, all of them: whoever finds nothing waits again.
    mutating func takeOutcomeReaders() -> [WaiterID] {
        var readers: [WaiterID] = []
        swap(&readers, &outcomeReaders)
        return readers
    }

    mutating func popTimedOut(_ now: Timestamp) -> (settled: PublishWindow.Settled, subject: String)? {
        guard let id = window.oldestID else { return nil }
        // Read before it leaves.
        let subject = subject(of: id)
        return window.popTimedOut(now).map { ($0, subject) }
    }

    /// Where a message goes, from its frame: `PUB␠subject␠…`.
    func subject(of id: WaiterID) -> String {
        let words = window.frame(of: id).split(separator: 0x20, maxSplits: 2)
        return words.count > 1 ? String(decoding: words[1], as: UTF8.self) : ""
    }

    /// How large headers and payload of a kept message are together, from the end of its frame's first line, and whether it has
    /// headers.
    func body(of id: WaiterID) -> (count: Int, hasHeaders: Bool) {
        let frame = window.frame(of: id)
        guard let end = frame.firstIndex(of: 0x0D), let space = frame[..<end].lastIndex(of: 0x20) else { return (0, false) }
        let count = Decimal.parse(frame.span, space &+ 1, end).map { Int(clamping: $0) }
        return (count ?? 0, frame.first == UInt8(ascii: "H"))
    }
}
