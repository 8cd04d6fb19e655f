import NATSClient
import TestSupport

/// One client behind one proxy, and one run of the mixed script.
struct CuttingRound {
    /// What went over the wire and what the client says of it.
    struct Outcome: Sendable {
        var statistics: ConnectionStatistics
        /// By the witness: numbers of the messages, or what is wrong with them.
        var witnessed: [String]
        /// By the client's own subscription.
        var delivered: [String]
        /// By its member of a queue group. Some may be missing: the server gives them to the member of the connection that was
        /// cut, until it has noticed the end.
        var grouped: [String]
        /// By the subscription that ends after three messages.
        var limited: [String]
        /// Answers that weren't the request's.
        var wrongReplies: [String]
        var outboundBytes: Int
        var inboundBytes: Int
        var cutCount: Int
        /// The cut is behind us when the tail begins: another connection was made. Or there is none.
        var isTailSafe: Bool
    }

    static let limit = 3
    /// Messages 1 to `lastNumber` are under the cut; the tail comes when the connection holds.
    static let lastNumber = 8
    static let tail = 9...12

    let backend: CuttingBackend
    var transport = CuttingTransport.plain
    let witness: CuttingWitness
    let serverPort: UInt16
    /// Five digits, so that every round has the same length on the wire.
    let name: String

    init(
        backend: CuttingBackend, transport: CuttingTransport = .plain, witness: CuttingWitness, serverPort: UInt16, number: Int
    ) {
        self.backend = backend
        self.transport = transport
        self.witness = witness
        self.serverPort = serverPort
        name = String(10_000 + number)
    }

    func run(_ cuts: [CuttingProxy.Cut]) async throws -> Outcome {
        let proxy = try CuttingProxy(upstreamPort: serverPort, cuts: [cuts])
        defer { proxy.stop() }
        let nats = try await NATS.connect(transport.url(port: proxy.port), options: transport.options(backend))
        do {
            let outcome = try await run(nats, proxy, isUncut: cuts.isEmpty)
            nats.abort()
            return outcome
        } catch {
            nats.abort()
            throw error
        }
    }

    private func run(_ nats: NATSConnection, _ proxy: CuttingProxy, isUncut: Bool) async throws -> Outcome {
        let own = try await nats.subscribe("cut.\(name).m.>", confirmed: false)
        let grouped = try await nats.subscribe("cut.\(name).m.>", queueGroup: "workers", confirmed: false)
        let limited = try await nats.subscribe("cut.\(name).m.*", confirmed: false)
        limited.unsubscribe(after: Self.limit)
        var wrongReplies: [String] = []
        for number in 1...3 { try publish(number, nats) }
        wrongReplies += try await request(4, nats)
        try publish(5, nats)
        _ = try? await nats.flush()
        for number in 6...7 { try publish(number, nats) }
        wrongReplies += try await request(8, nats)
        try await fence(nats)
        let links = proxy.links
        for number in Self.tail { try publish(number, nats) }
        try await fence(nats)
        let statistics = nats.statistics
        own.unsubscribe()
        grouped.unsubscribe()
        let cutCount = proxy.links.first?.appliedCuts ?? 0
        return Outcome(
            statistics: statistics, witnessed: try await witness.messages(ofRound: name),
            delivered: try await Self.texts(own), grouped: try await Self.texts(grouped),
            limited: try await Self.texts(limited), wrongReplies: wrongReplies,
            outboundBytes: links.first?.forwarded[.clientToServer] ?? 0,
            inboundBytes: links.first?.forwarded[.serverToClient] ?? 0,
            cutCount: cutCount, isTailSafe: isUncut || links.count > 1)
    }

    /// Every other message with headers.
    private func publish(_ number: Int, _ nats: NATSConnection) throws {
        let headers: Headers? = number % 2 == 0 ? ["Id": "\(number)"] : nil
        try nats.publish("cut.\(name).m.x", CuttingMessage.payload(number), headers: headers)
    }

    /// What is wrong with the reply. None at all is right, when the connection was lost.
    private func request(_ number: Int, _ nats: NATSConnection) async throws -> [String] {
        let payload = CuttingMessage.payload(number)
        do {
            let reply = try await nats.request("cut.\(name).r", payload, timeout: .seconds(20))
            return reply.string == "re:" + payload ? [] : [reply.string]
        } catch let error as NATSError where error.code == .connectionLost {
            return []
        }
    }

    /// Until a flush succeeds: the connection is there again, and the server has everything.
    private func fence(_ nats: NATSConnection) async throws {
        while true {
            do {
                return try await nats.flush()
            } catch let error as NATSError where error.code == .connectionLost {
                continue
            }
        }
    }

    private static func texts(_ subscription: Subscription) async throws -> [String] {
        var texts: [String] = []
        for try await message in subscription {
            texts.append(
                CuttingMessage.text(
                    payload: message.string, hasHeaders: message.hasHeaders, header: message.header("Id")))
        }
        return texts
    }
}

extension CuttingRound.Outcome {
    /// What is wrong, in words; empty when everything is as promised.
    var defects: [String] {
        var defects: [String] = wrongReplies.map { "wrong reply: \($0)" }
        let account = statistics
        if account.publishesPending != 0 || account.publishesUnconfirmed != 0 || account.publishesDiscarded != 0 {
            defects.append("something is left after the fence: \(account)")
        }
        if account.publishesAccepted != account.publishesFenced + account.publishesLostUnknown {
            defects.append("the account doesn't add up: \(account)")
        }
        if account.publishesAccepted != UInt64(CuttingRound.tail.upperBound) {
            defects.append("\(account.publishesAccepted) accepted")
        }
        let range = account.publishesFenced...(account.publishesFenced + account.publishesLostUnknown)
        if !range.contains(UInt64(witnessed.count)) {
            defects.append("\(witnessed.count) seen, but the account says \(range)")
        }
        defects += Self.defects(in: witnessed, of: "the witness")
        defects += Self.defects(in: delivered, of: "the subscription")
        defects += Self.defects(in: grouped, of: "the member of the group")
        defects += Self.defects(in: limited, of: "the limited subscription")
        if isTailSafe, !CuttingRound.tail.allSatisfy({ witnessed.contains("\($0)") && delivered.contains("\($0)") }) {
            defects.append("the tail isn't complete: \(witnessed) and \(delivered)")
        }
        if limited.count != CuttingRound.limit { defects.append("the limited subscription got \(limited)") }
        return defects
    }

    private static func defects(in texts: [String], of whom: String) -> [String] {
        let valid = Set((1...CuttingRound.tail.upperBound).map(String.init))
        var defects = texts.filter { !valid.contains($0) }.map { "\(whom) saw \($0)" }
        if Set(texts).count != texts.count { defects.append("\(whom) saw something twice: \(texts)") }
        if !isOrderedByConnection(texts.compactMap(Int.init)) {
            defects.append("\(whom) saw another order: \(texts)")
        }
        return defects
    }

    /// The server keeps the order of each connection, not between them: what it reads last from the one that was cut can
    /// come behind what it reads first from the next. So the ids are a first and a second part, each in order.
    private static func isOrderedByConnection(_ ids: [Int]) -> Bool {
        let boundaries = [0] + ids
        return boundaries.contains { boundary in
            let first = ids.filter { $0 <= boundary }
            let second = ids.filter { $0 > boundary }
            return first == first.sorted() && second == second.sorted()
        }
    }
}
