/// A pull consumer as its clients see it. What it gives out stands in `ModelConsumer+Delivering`.
///
/// Source: nats-server's `server/consumer.go`.
final class ModelConsumer {
    let settings: ConsumerSettings
    let group: ModelGroup
    unowned let stream: ModelStream
    unowned let jetStream: ModelJetStream
    private let dice: Dice
    private(set) var isDeleted = false

    /// What the leader knows, and what the others know, too.
    var state: ConsumerState
    private var committed: ConsumerState
    private var uncommitted: [(change: ConsumerState.Change, reply: String?)] = []
    private var changeCount = 0
    private var committedCount = 0

    /// In the order in which they came.
    var pulls: [ModelPull] = []
    /// To be given out again, in this order.
    var redeliveries: [UInt64] = []
    /// So many of the next messages are given out, and get lost between the leader and the server of who asked.
    var deliveriesToLose = 0
    /// Counts what begins anew the time until a message is given out again.
    private var patience: [UInt64: Int] = [:]
    private var lastActivity: UInt64 = 0

    init(_ settings: ConsumerSettings, group: ModelGroup, stream: ModelStream, jetStream: ModelJetStream) {
        self.settings = settings
        self.group = group
        self.stream = stream
        self.jetStream = jetStream
        dice = group.cluster.world.dice("consumer \(settings.name)")
        state = Self.first(settings, stream)
        committed = state
        group.leaderDidGo = { [weak self] isOrderly in self?.leaderDidGo(isOrderly) }
        group.leaderDidCome = { [weak self] in self?.leaderDidCome() }
        noteActivity()
    }

    var name: String { settings.name }
    var world: World { group.cluster.world }

    private static func first(_ settings: ConsumerSettings, _ stream: ModelStream) -> ConsumerState {
        ConsumerState(nextSequence: settings.firstSequence ?? (settings.beginsBehindLast ? stream.lastSequence + 1 : 1))
    }

    /// Messages that it hasn't given out yet.
    var waitingCount: Int {
        guard state.nextSequence <= stream.lastSequence else { return 0 }
        return (state.nextSequence...stream.lastSequence).count { sequence in
            stream.entries[sequence].map { settings.wants($0.subject) } ?? false
        }
    }

    // MARK: What the others know

    func change(_ change: ConsumerState.Change, confirming reply: String? = nil) {
        state.apply(change, keepsPending: settings.acknowledges)
        uncommitted.append((change, reply))
        changeCount += 1
        let number = changeCount
        let delay = group.isReplicated ? dice.pick(50_000...3_000_000) : dice.pick(1_000...20_000)
        group.later(nanoseconds: delay) { [weak self] in self?.commit(upTo: number) }
    }

    private func commit(upTo number: Int) {
        while committedCount < number, !uncommitted.isEmpty {
            let (change, reply) = uncommitted.removeFirst()
            committedCount += 1
            committed.apply(change, keepsPending: settings.acknowledges)
            if let reply { group.send(ModelMessage(subject: reply, reply: nil, headerCount: 0, body: []), to: reply) }
        }
    }

    private func leaderDidGo(_ isOrderly: Bool) {
        if isOrderly { for pull in pulls { tell(pull, "409 Leadership Change") } }
        dropPulls()
        let kept = dice.below(uncommitted.count + 1)
        for (index, (change, _)) in uncommitted.enumerated() {
            // Source: `replicateDeliveries`: what is given out is known to all before it is sent.
            if case .end = change, index >= kept { continue }
            committed.apply(change, keepsPending: settings.acknowledges)
        }
        committedCount = changeCount
        uncommitted = []
        state = committed
        redeliveries = []
        patience = [:]
    }

    private func leaderDidCome() {
        if settings.isInMemory, !group.isReplicated, group.term > 1 {
            // A server that stands alone forgets it; in a cluster it is made anew, with nothing but its name.
            if group.cluster.servers.count == 1 { return delete(isAnnounced: false) }
            state = Self.first(settings, stream)
            committed = state
        }
        for sequence in state.pending.keys.sorted() { awaitAcknowledgement(of: sequence) }
    }

    private func dropPulls() {
        for pull in pulls { pull.isOver = true }
        pulls = []
    }

    // MARK: Its end

    /// - Parameter isAnnounced: those who wait are told.
    func delete(isAnnounced: Bool) {
        guard !isDeleted else { return }
        isDeleted = true
        if isAnnounced { for pull in pulls { tell(pull, "409 Consumer Deleted") } }
        dropPulls()
        stream.forget(self)
        world.trace.note(world.nowNanoseconds, "consumer \(name): deleted\(isAnnounced ? "" : ", without a word")")
    }

    /// One that nobody uses goes by itself.
    func noteActivity() {
        lastActivity = world.nowNanoseconds
        guard settings.inactiveThresholdNanoseconds > 0 else { return }
        world.after(settings.inactiveThresholdNanoseconds) { [weak self] in
            guard let self, world.nowNanoseconds >= lastActivity + settings.inactiveThresholdNanoseconds else { return }
            let isUsed = pulls.contains { group.cluster.hasInterest(in: $0.reply) }
            if isUsed { noteActivity() } else { delete(isAnnounced: false) }
        }
    }

    // MARK: Acknowledgements

    /// What came on `$JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.…`
    func acknowledge(_ message: ModelMessage, from server: ModelServer) {
        let tokens = message.subject.split(separator: ".")
        guard tokens.count == 9, let sequence = UInt64(tokens[5]) else { return }
        group.reach(from: server) { [weak self] in self?.take(message, sequence) }
    }

    private func take(_ message: ModelMessage, _ sequence: UInt64) {
        noteActivity()
        let text = String(decoding: message.payload, as: UTF8.self)
        var reply = message.reply
        if text.isEmpty || text.hasPrefix("+ACK") || text.hasPrefix("+TERM") {
            if state.pending[sequence] != nil {
                jetStream.oracle?.consumerTookEnd(of: sequence, by: self)
                change(.end(sequence), confirming: reply)
                reply = nil
                redeliveries.removeAll { $0 == sequence }
                deliver()
            }
        } else if text.hasPrefix("-NAK"), state.pending[sequence] != nil {
            let digits = text.drop { !$0.isNumber }.prefix { $0.isNumber }
            giveAgain(sequence, afterNanoseconds: UInt64(digits) ?? 0)
        } else if text == "+WPI" {
            awaitAcknowledgement(of: sequence)
        }
        // Everything that wants an answer gets one, also what makes no sense.
        if let reply { group.send(ModelMessage(subject: reply, reply: nil, headerCount: 0, body: []), to: reply) }
    }

    private func giveAgain(_ sequence: UInt64, afterNanoseconds delay: UInt64) {
        patience[sequence, default: 0] += 1
        guard delay > 0 else { return queueAgain(sequence) }
        let number = patience[sequence]
        group.later(nanoseconds: delay) { [weak self] in
            if self?.patience[sequence] == number { self?.queueAgain(sequence) }
        }
    }

    private func queueAgain(_ sequence: UInt64) {
        guard state.pending[sequence] != nil, !redeliveries.contains(sequence) else { return }
        redeliveries.append(sequence)
        deliver()
    }

    /// Its time begins now.
    func awaitAcknowledgement(of sequence: UInt64) {
        giveAgain(sequence, afterNanoseconds: settings.acknowledgementWaitNanoseconds)
    }
}
