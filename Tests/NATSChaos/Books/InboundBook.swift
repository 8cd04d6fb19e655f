import Synchronization

/// What a client was sent, message by message, against what its handlers got.
///
/// For each subscription and connection the rows on the wire wait in a line, in their order. A handler's row must be the head of
/// one of the lines: nothing is delivered twice, out of order or swallowed. The end of a line may stay behind when its connection
/// was lost: those bytes never reached the client, or were given up with the connection.
final class InboundBook: Sendable {
    struct Totals: Sendable {
        var delivered = 0
        /// Skipped on a connection, by a full queue.
        var dropped = 0
        /// Behind the last one that was delivered of a connection that is lost.
        var lostInCut = 0
    }

    private struct Line {
        let link: Int32
        var rows: [Row] = []
        var head = 0
        var isClosed = false

        var waiting: Int { rows.count - head }
        var first: Row? { head < rows.count ? rows[head] : nil }

        /// - Returns: how many were skipped; nil when the row doesn't wait here.
        mutating func take(_ row: Row, skipping: Bool) -> Int? {
            guard let index = skipping ? rows[head...].firstIndex(of: row) : (first == row ? head : nil) else { return nil }
            let skipped = index - head
            head = index + 1
            if head > 256, head * 2 > rows.count {
                rows.removeFirst(head)
                head = 0
            }
            return skipped
        }
    }

    private struct Account {
        let isLossy: Bool
        var lines: [Line] = []
        var totals = Totals()
    }

    /// Lines of lost connections that are kept, for what the client holds still.
    private static let closedLinesMax = 6

    private let client: String
    private let verdict: Verdict
    private let accounts = Mutex<[String: Account]>([:])

    init(client: String, verdict: Verdict) {
        self.client = client
        self.verdict = verdict
    }

    /// - Parameter isLossy: its queue is small, and drops rows.
    func open(_ subscription: String, isLossy: Bool = false) {
        accounts.withLock { $0[subscription] = Account(isLossy: isLossy) }
    }

    func sent(_ row: Row, to subscription: String, link: Int32) {
        accounts.withLock { accounts in
            guard var account = accounts.removeValue(forKey: subscription) else { return }
            if let index = account.lines.firstIndex(where: { $0.link == link }) {
                account.lines[index].rows.append(row)
            } else {
                account.lines.append(Line(link: link, rows: [row]))
                if account.lines.count(where: \.isClosed) > Self.closedLinesMax,
                    let oldest = account.lines.firstIndex(where: \.isClosed)
                {
                    account.totals.lostInCut += account.lines.remove(at: oldest).waiting
                }
            }
            accounts[subscription] = account
        }
    }

    func closed(link: Int32) {
        accounts.withLock { accounts in
            for subscription in accounts.keys {
                guard let index = accounts[subscription]?.lines.firstIndex(where: { $0.link == link }) else { continue }
                accounts[subscription]?.lines[index].isClosed = true
            }
        }
    }

    func delivered(_ row: Row, by subscription: String) {
        let isInOrder = accounts.withLock { accounts in
            guard var account = accounts.removeValue(forKey: subscription) else { return false }
            defer { accounts[subscription] = account }
            account.totals.delivered += 1
            for isSkipping in account.isLossy ? [false, true] : [false] {
                for index in account.lines.indices {
                    guard let skipped = account.lines[index].take(row, skipping: isSkipping) else { continue }
                    account.totals.dropped += skipped
                    return true
                }
            }
            return false
        }
        if !isInOrder { verdict.violation("\(client), \(subscription): \(row) isn't what the wire carried next") }
    }

    /// Rows that wait on connections that aren't lost.
    func waiting(_ subscription: String) -> Int {
        accounts.withLock { ($0[subscription]?.lines ?? []).filter { !$0.isClosed }.reduce(0) { $0 + $1.waiting } }
    }

    /// With everything that stays behind for good.
    func totals(_ subscription: String) -> Totals {
        accounts.withLock { accounts in
            guard let account = accounts[subscription] else { return Totals() }
            var totals = account.totals
            totals.lostInCut += account.lines.filter(\.isClosed).reduce(0) { $0 + $1.waiting }
            return totals
        }
    }
}
