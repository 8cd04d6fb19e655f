/// Asks a consumer for messages, again and again or once: how much, when, and what follows from what the server says.
///
/// Credit is what was asked for and hasn't come (``PullCredit``). When a connection is lost, heartbeats don't come or the
/// consumer's leader changes, nobody knows what became of the requests: all credit is forgotten, and only statuses of requests
/// made from then on count. Messages that come late are messages all the same.
///
/// What is asked for and what the user hasn't taken yet are never more than the configuration allows, but for what forgotten
/// requests still bring. Everything the machine waits for has a deadline.
package struct PullStateMachine: Sendable {
    package enum Action: Sendable, Hashable {
        case request(PullRequest)
        case report(PullReport)
        /// The last one.
        case end(PullEnd)
    }

    /// What the user wants, or less when the consumer allows less.
    package private(set) var configuration: PullConfiguration
    package private(set) var isOver = false
    /// What the last message said of who we are.
    package private(set) var pinID: String?

    private(set) var credit = PullCredit()
    /// Come, not taken by the user.
    private(set) var heldMessages = 0
    private(set) var heldBytes = 0
    package private(set) var receivedCount = 0

    /// Of the last request.
    private(set) var serial: UInt64 = 0
    /// Statuses of requests before this one count for nothing.
    private var firstSerial: UInt64 = 1
    private var isConnected: Bool
    private var lastSign: Timestamp
    /// When to ask again, after a refusal.
    private var retry: Timestamp?
    private var refusalCount = 0
    /// The next message is known not to fit into fewer bytes.
    private var neededBytes = 1
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

    /// Asked for, not come.
    package var requestedMessages: Int { credit.messages }

    /// When ``deadlineReached(now:)`` is to be called.
    package var nextDeadline: Timestamp? {
        guard !isOver else { return nil }
        var deadline = min(retry ?? .distantFuture, lastMoment)
        if isWaiting { deadline = min(deadline, min(credit.expiry, silenceEnd)) }
        return deadline == .distantFuture ? nil : deadline
    }

    // MARK: - What happens

    /// Messages came, of so many bytes as the server counts them. Allocates nothing.
    package mutating func messagesReceived(count: Int, byteCount: Int, now: Timestamp) {
        credit.received(messages: count, bytes: byteCount)
        heldMessages &+= count
        heldBytes &+= byteCount
        receivedCount &+= count
        lastSign = now
        refusalCount = 0
        neededBytes = 1
        if receivedCount >= messagesInAll { end(.complete) }
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

    /// The last request couldn't be sent.
    package mutating func requestNotSent(now: Timestamp) {
        guard configuration.manner == .continuous else { return end(.connectionLost) }
        _ = askLater(now: now)
    }

    /// Somebody who knows says that the consumer or its stream doesn't exist.
    package mutating func consumerIsGone() { end(.consumerDeleted) }

    package mutating func deadlineReached(now: Timestamp) {
        guard !isOver else { return }
        if let time = retry, time <= now {
            retry = nil
            refill(now: now)
        }
        // Also without a connection: nobody waits for longer.
        if lastMoment <= now { return end(hasNoTime || serial == 0 ? .timedOut : .complete) }
        guard isWaiting else { return }
        if silenceEnd <= now {
            guard configuration.manner == .continuous else { return end(.heartbeatsMissed) }
            actions.append(.report(.heartbeatsMissed))
            askAnew(now: now)
        } else if credit.expiry <= now {
            // Its status was lost on the way, or never sent, or that of an older one: nobody knows what became of the other requests,
            // either. Were they kept, messages of later ones would count as theirs, and the later ones would be waited for in their
            // place.
            guard configuration.manner == .continuous else { return end(hasNoTime ? .timedOut : .complete) }
            askAnew(now: now)
        }
    }

    /// Nothing more is asked for; what has come may be taken.
    package mutating func stop() { end(.stopped) }

    // MARK: - Within the machine

    /// Of a pull that asks once.
    private var lastMoment: Timestamp {
        guard configuration.manner == .once else { return .distantFuture }
        return start.advanced(byNanoseconds: configuration.expiryNanoseconds).advanced(byNanoseconds: Self.graceNanoseconds)
    }

    private var isWaiting: Bool { isConnected && !credit.isEmpty }

    /// Two heartbeats after the last sign of life.
    private var silenceEnd: Timestamp {
        let heartbeat = min(configuration.heartbeatNanoseconds, configuration.expiryNanoseconds / 2)
        return heartbeat == 0 ? .distantFuture : lastSign.advanced(byNanoseconds: heartbeat &* 2)
    }

    /// Whether the request was made since credit was last forgotten.
    package func isCurrent(_ serial: UInt64) -> Bool { !isOver && serial >= firstSerial && serial <= self.serial }

    /// A status came for that request. False: it counts for nothing.
    mutating func signOfLife(_ serial: UInt64, now: Timestamp) -> Bool {
        guard isCurrent(serial) else { return false }
        lastSign = now
        return true
    }

    mutating func report(_ report: PullReport) { actions.append(.report(report)) }

    mutating func end(_ end: PullEnd) {
        guard !isOver else { return }
        isOver = true
        actions.append(.end(end))
    }

    /// The server won't serve that request any more. False: nothing follows from that.
    mutating func giveUp(_ serial: UInt64, messagesLeft: Int?, bytesLeft: Int?) -> Bool {
        credit.end(serial, messagesLeft: messagesLeft, bytesLeft: bytesLeft)
    }

    /// Never asks for more at once. False: it doesn't anyway.
    mutating func keep(to limit: PullLimit) -> Bool {
        switch limit {
        case .messages(let count):
            guard count < configuration.maximumMessages else { return false }
            configuration.maximumMessages = count
        case .bytes(let count):
            guard let maximum = configuration.maximumBytes, count < maximum else { return false }
            configuration.maximumBytes = count
        case .expiry(let nanoseconds):
            guard nanoseconds < configuration.expiryNanoseconds else { return false }
            configuration.expiryNanoseconds = nanoseconds
        }
        return true
    }

    mutating func dropPin() {
        if pinID != nil { report(.unpinned) }
        pinID = nil
    }

    mutating func nextMessageNeeds(bytes: Int) { neededBytes = max(1, bytes) }

    private mutating func forgetCredit() {
        credit.removeAll()
        firstSerial = serial &+ 1
    }

    mutating func askAnew(now: Timestamp) {
        forgetCredit()
        refill(now: now)
    }

    /// Half a second after the first refusal in a row, twice as long after each further one, up to a heartbeat. Returns how many
    /// there were.
    mutating func askLater(now: Timestamp) -> Int {
        forgetCredit()
        refusalCount &+= 1
        let shortest: UInt64 = 500_000_000
        let longest = max(shortest, min(configuration.heartbeatNanoseconds, 10_000_000_000))
        retry = now.advanced(byNanoseconds: min(shortest &<< UInt64(min(refusalCount &- 1, 5)), longest))
        return refusalCount
    }

    mutating func refill(now: Timestamp) {
        guard isConnected, !isOver, retry == nil else { return }
        let left = messagesInAll &- receivedCount &- credit.messages
        let room = min(configuration.maximumMessages &- credit.messages &- heldMessages, left)
        guard let wanted = configuration.manner == .once ? left : isLow ? room : nil, wanted > 0 else { return }
        let bytes = configuration.maximumBytes.map { $0 &- credit.bytes &- heldBytes }
        if let bytes, bytes < neededBytes { return }
        guard let time = timeLeft(now: now) else { return end(.complete) }
        if credit.isEmpty { lastSign = now }
        serial &+= 1
        credit.add(
            serial, messages: wanted, bytes: bytes ?? 0,
            expiry: now.advanced(byNanoseconds: time).advanced(byNanoseconds: Self.graceNanoseconds))
        actions.append(
            .request(PullRequest(serial: serial, batch: wanted, maximumBytes: bytes, expiryNanoseconds: time)))
    }

    /// An answer may be under way so long after the end of a request.
    private static var graceNanoseconds: UInt64 { 5_000_000_000 }
}

// MARK: - How much

extension PullStateMachine {
    /// How much the user is to take until more may be asked for: messages or bytes, whichever comes first. Nil: it won't be for
    /// what he takes.
    package var takenUntilRefill: (messages: Int, bytes: Int)? {
        guard configuration.manner == .continuous, isConnected, !isOver, retry == nil else { return nil }
        var bytes = Int.max
        if let maximum = configuration.maximumBytes {
            let left = maximum &- credit.bytes &- heldBytes
            if isLow { return (.max, max(1, neededBytes &- left)) }
            bytes = max(1, credit.bytes &+ heldBytes &- lowBytes(maximum), neededBytes &- left)
        }
        return (max(1, credit.messages &+ heldMessages &- lowMessages), bytes)
    }

    /// Whether little enough is out to ask for more.
    private var isLow: Bool {
        if credit.messages &+ heldMessages <= lowMessages { return true }
        guard let maximum = configuration.maximumBytes else { return false }
        return credit.bytes &+ heldBytes <= lowBytes(maximum)
    }

    private var lowMessages: Int { Self.part(configuration.refillPercent, of: configuration.maximumMessages) }
    private func lowBytes(_ maximum: Int) -> Int { Self.part(configuration.refillPercent, of: maximum) }

    private static func part(_ percent: Int, of number: Int) -> Int {
        number / 100 &* percent &+ number % 100 &* percent / 100
    }

    /// After so many it is over.
    private var messagesInAll: Int {
        configuration.manner == .once ? configuration.maximumMessages : configuration.messageLimit ?? .max
    }

    private var hasNoTime: Bool { configuration.expiryNanoseconds == 0 }

    /// A pull that asks once has its time in all, whatever happens meanwhile. Nil: it is over.
    private func timeLeft(now: Timestamp) -> UInt64? {
        guard configuration.manner == .once, !hasNoTime else { return configuration.expiryNanoseconds }
        let spent = now.nanoseconds(since: start)
        return spent < configuration.expiryNanoseconds ? configuration.expiryNanoseconds &- spent : nil
    }
}
