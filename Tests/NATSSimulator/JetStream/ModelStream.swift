import NATSProtocol

/// A stream as its clients see it. Source: `processJetStreamMsg` of nats-server's `server/stream.go`.
final class ModelStream {
    /// A message that is stored.
    struct Entry {
        let sequence: UInt64
        let subject: String
        let headerCount: Int
        /// Headers and payload.
        let body: [UInt8]
        let id: String?

        var payload: ArraySlice<UInt8> { body.dropFirst(headerCount) }
    }

    private struct Proposal {
        let number: Int
        let message: ModelMessage
        let id: String?
    }

    let name: String
    let subjects: [String]
    let group: ModelGroup
    private unowned let jetStream: ModelJetStream
    private let dice: Dice
    private(set) var entries: [UInt64: Entry] = [:]
    private(set) var lastSequence: UInt64 = 0
    /// Removed by somebody; nobody is to get them.
    private(set) var removed: Set<UInt64> = []
    private var ids: [String: UInt64] = [:]
    private var inProcess: Set<String> = []
    private var proposals: [Proposal] = []
    private var proposalCount = 0
    private(set) var consumers: [ModelConsumer] = []
    /// One message in so many isn't taken now.
    var oneIsRefusedIn: UInt64 = .max

    init(_ name: String, subjects: [String], group: ModelGroup, jetStream: ModelJetStream) {
        self.name = name
        self.subjects = subjects
        self.group = group
        self.jetStream = jetStream
        dice = group.cluster.world.dice("stream \(name)")
        group.leaderDidGo = { [weak self] _ in self?.leaderDidGo() }
    }

    func takes(_ subject: String) -> Bool {
        subjects.contains { $0 == subject || Subject.matches(subject, pattern: $0) }
    }

    // MARK: Publishing

    func publish(_ message: ModelMessage, from server: ModelServer) {
        group.reach(from: server) { [weak self] in self?.propose(message) }
    }

    private func propose(_ message: ModelMessage) {
        let id = message.header("Nats-Msg-Id")
        if let id, let sequence = ids[id] {
            return answer(message, #"{"stream":"\#(name)","seq":\#(sequence),"duplicate": true}"#)
        }
        if let id, inProcess.contains(id) {
            return refuse(message, 409, 10158, "duplicate message id is in process")
        }
        if dice.isOne(in: oneIsRefusedIn) { return refuse(message, 429, 10167, "too many requests") }
        if let id { inProcess.insert(id) }
        proposalCount += 1
        proposals.append(Proposal(number: proposalCount, message: message, id: id))
        let number = proposalCount
        group.later(nanoseconds: dice.pick(10_000...(group.isReplicated ? 2_000_000 : 100_000))) { [weak self] in
            self?.commit(upTo: number)
        }
    }

    private func commit(upTo number: Int) {
        while let proposal = proposals.first, proposal.number <= number {
            proposals.removeFirst()
            let sequence = store(proposal)
            answer(proposal.message, #"{"stream":"\#(name)","seq":\#(sequence)}"#)
        }
    }

    private func store(_ proposal: Proposal) -> UInt64 {
        lastSequence += 1
        let entry = Entry(
            sequence: lastSequence, subject: proposal.message.subject, headerCount: proposal.message.headerCount,
            body: proposal.message.body, id: proposal.id)
        entries[lastSequence] = entry
        if let id = proposal.id {
            ids[id] = lastSequence
            inProcess.remove(id)
        }
        jetStream.oracle?.streamStored(entry, by: self)
        for consumer in consumers { consumer.streamHasMore() }
        return lastSequence
    }

    /// What was begun is lost from somewhere on. What isn't is committed without a word.
    private func leaderDidGo() {
        for proposal in proposals.prefix(dice.below(proposals.count + 1)) { _ = store(proposal) }
        proposals = []
        inProcess = []
    }

    private func refuse(_ message: ModelMessage, _ code: Int, _ errorCode: Int, _ text: String) {
        let error = #"{"code":\#(code),"err_code":\#(errorCode),"description":"\#(text)"}"#
        answer(message, #"{"error":\#(error),"stream":"\#(name)","seq":0}"#)
    }

    private func answer(_ message: ModelMessage, _ json: String) {
        guard let reply = message.reply else { return }
        group.send(ModelMessage(subject: reply, reply: nil, headerCount: 0, body: Array(json.utf8)), to: reply)
    }

    // MARK: Reading

    /// The first message from there on that a consumer wants.
    func next(from sequence: UInt64, where wants: (Entry) -> Bool) -> Entry? {
        var sequence = max(1, sequence)
        while sequence <= lastSequence {
            if let entry = entries[sequence], wants(entry) { return entry }
            sequence += 1
        }
        return nil
    }

    func remove(_ sequence: UInt64) {
        guard entries.removeValue(forKey: sequence) != nil else { return }
        removed.insert(sequence)
    }

    // MARK: Consumers

    func consumer(_ name: String) -> ModelConsumer? { consumers.first { $0.name == name } }
    func insert(_ consumer: ModelConsumer) { consumers.append(consumer) }

    func forget(_ consumer: ModelConsumer) { consumers.removeAll { $0 === consumer } }

    func serversDidChange() {
        group.serversDidChange()
        for consumer in consumers { consumer.group.serversDidChange() }
    }
}

extension ModelMessage {
    /// The value of a header; nil without.
    func header(_ name: String) -> String? {
        guard headerCount > 0 else { return nil }
        for line in String(decoding: body.prefix(headerCount), as: UTF8.self).split(separator: "\r\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0] == name { return String(parts[1].drop { $0 == " " }) }
        }
        return nil
    }
}
