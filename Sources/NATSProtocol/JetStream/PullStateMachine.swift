/// Asks a consumer for messages, again and again or once: how much, when, and what follows from what the server says.
///
/// Credit is what was asked for and hasn't come; it belongs to an epoch. When a connection is lost, heartbeats don't come or the
/// consumer's leader changes, nobody knows what became of the requests, so a new epoch begins without credit: statuses of an
/// earlier one count for nothing, and messages that come late are messages all the same.
///
/// What is asked for and what the user hasn't taken yet are never more than the configuration allows, but for what an earlier
/// epoch still brings. Everything the machine waits for has a deadline.
package struct PullStateMachine: Sendable {
    package enum Action: Sendable, Hashable {
        case request(PullRequest)
        case report(PullReport)
        /// The last one.
        case end(PullEnd)
    }

    package let configuration: PullConfiguration
    /// Of the requests whose statuses count.
    package private(set) var epoch: UInt32 = 0
    package private(set) var isOver = false
    package var pinID: String?

    /// Asked for, not come.
    private(set) var creditMessages = 0
    private(set) var creditBytes = 0
    /// Come, not taken by the user.
    private(set) var heldMessages = 0
    private(set) var heldBytes = 0
    private(set) var receivedCount = 0

    private var isConnected: Bool
    private var lastSign: Timestamp
    /// When the present request has been answered for certain.
    private var expiry = Timestamp.distantFuture
    /// When to ask again, after a refusal.
    private var retry: Timestamp?
    private var refusalCount = 0
    private let start: Timestamp
    private var actions: [Action] = []

    /// Begins to ask, if there is a connection.
    package init(_ configuration: PullConfiguration, isConnected: Bool, now: Timestamp) {
        self.configuration = configuration
        self.isConnected = isConnected
        lastSign = now
        start = now
        refill(now: now)
    }

    /// What to do next; nil: nothing until the next input. Ask after every input.
    package mutating func nextAction() -> Action? { actions.isEmpty ? nil : actions.removeFirst() }

    /// When ``deadlineReached(now:)`` is to be called.
    package var nextDeadline: Timestamp? {
        guard !isOver else { return nil }
        var deadline = retry ?? .distantFuture
        if isWaiting { deadline = min(deadline, min(expiry, silenceEnd)) }
        return deadline == .distantFuture ? nil : deadline
    }

    // MARK: - What happens

    /// A message came, of so many bytes as the server counts them. Allocates nothing.
    package mutating func messageReceived(byteCount: Int, now: Timestamp) {
        creditMessages = max(0, creditMessages &- 1)
        creditBytes = max(0, creditBytes &- byteCount)
        heldMessages &+= 1
        heldBytes &+= byteCount
        receivedCount &+= 1
        lastSign = now
        refusalCount = 0
        if configuration.manner == .once, receivedCount >= configuration.maximumMessages { end(.complete) }
    }

    /// The user took messages.
    package mutating func messagesTaken(count: Int, byteCount: Int, now: Timestamp) {
        heldMessages = max(0, heldMessages &- count)
        heldBytes = max(0, heldBytes &- byteCount)
        if configuration.manner == .continuous { refill(now: now) }
    }

    package mutating func pinned(id: String) {
        guard !isOver, pinID != id else { return }
        pinID = id
        actions.append(.report(.pinned(id: id)))
    }

    package mutating func connectionLost() {
        isConnected = false
        forgetCredit()
        retry = nil
        if configuration.manner == .once { end(.connectionLost) }
    }

    package mutating func connected(now: Timestamp) {
        isConnected = true
        refusalCount = 0
        retry = nil
        refill(now: now)
    }

    package mutating func deadlineReached(now: Timestamp) {
        guard !isOver else { return }
        if let time = retry, time <= now {
            retry = nil
            refill(now: now)
        }
        guard isWaiting else { return }
        if silenceEnd <= now {
            guard configuration.manner == .continuous else { return end(.heartbeatsMissed) }
            actions.append(.report(.heartbeatsMissed))
            askAnew(now: now)
        } else if expiry <= now {
            // Its status was lost on the way, or never sent.
            guard configuration.manner == .continuous else { return end(.complete) }
            askAnew(now: now)
        }
    }

    /// Nothing more is asked for; what has come may be taken.
    package mutating func stop() { end(.stopped) }

    // MARK: - Within the machine

    private var isWaiting: Bool { isConnected && creditMessages > 0 }

    /// Two heartbeats after the last sign of life.
    private var silenceEnd: Timestamp {
        let heartbeat = min(configuration.heartbeatNanoseconds, configuration.expiryNanoseconds / 2)
        return heartbeat == 0 ? .distantFuture : lastSign.advanced(byNanoseconds: heartbeat &* 2)
    }

    mutating func signOfLife(now: Timestamp) { lastSign = now }

    mutating func report(_ report: PullReport) { actions.append(.report(report)) }

    mutating func end(_ end: PullEnd) {
        guard !isOver else { return }
        isOver = true
        actions.append(.end(end))
    }

    /// So much of a request won't come.
    mutating func giveBack(messages: Int, bytes: Int) {
        creditMessages = max(0, creditMessages &- max(0, messages))
        creditBytes = max(0, creditBytes &- max(0, bytes))
    }

    private mutating func forgetCredit() {
        creditMessages = 0
        creditBytes = 0
        epoch &+= 1
    }

    mutating func askAnew(now: Timestamp) {
        forgetCredit()
        refill(now: now)
    }

    /// Half a second after the first refusal in a row, twice as long after each further one, ten seconds at most.
    mutating func askLater(now: Timestamp) -> Int {
        forgetCredit()
        refusalCount &+= 1
        let shift = UInt64(min(refusalCount &- 1, 5))
        retry = now.advanced(byNanoseconds: min(500_000_000 &<< shift, 10_000_000_000))
        return refusalCount
    }

    mutating func refill(now: Timestamp) {
        guard isConnected, !isOver, retry == nil else { return }
        let room = configuration.maximumMessages &- creditMessages &- heldMessages
        guard let wanted = configuration.manner == .once ? rest() : isLow ? room : nil, wanted > 0 else { return }
        var bytes: Int?
        if let maximum = configuration.maximumBytes {
            let left = maximum &- creditBytes &- heldBytes
            guard left > 0 else { return }
            bytes = left
            creditBytes &+= left
        }
        guard let time = timeLeft(now: now) else { return end(.complete) }
        if creditMessages == 0 { lastSign = now }
        creditMessages &+= wanted
        expiry = now.advanced(byNanoseconds: time).advanced(byNanoseconds: Self.graceNanoseconds)
        actions.append(
            .request(
                PullRequest(epoch: epoch, batch: wanted, maximumBytes: bytes, expiryNanoseconds: time, pinID: pinID)))
    }

    /// Whether little enough is out to ask for more.
    private var isLow: Bool {
        let percent = configuration.refillPercent
        if (creditMessages &+ heldMessages) &* 100 <= configuration.maximumMessages &* percent { return true }
        guard let maximum = configuration.maximumBytes else { return false }
        return (creditBytes &+ heldBytes) / 100 <= maximum / 100 &* percent / 100
    }

    /// What a pull that asks once still lacks.
    private func rest() -> Int? {
        let rest = configuration.maximumMessages &- receivedCount &- creditMessages
        return rest > 0 ? rest : nil
    }

    /// A pull that asks once has its time in all, whatever happens meanwhile. Nil: it is over.
    private func timeLeft(now: Timestamp) -> UInt64? {
        guard configuration.manner == .once else { return configuration.expiryNanoseconds }
        let spent = now.nanoseconds(since: start)
        guard spent == 0 || spent < configuration.expiryNanoseconds else { return nil }
        return configuration.expiryNanoseconds &- spent
    }

    /// An answer may be under way so long after the end of a request.
    private static var graceNanoseconds: UInt64 { 1_000_000_000 }
}
