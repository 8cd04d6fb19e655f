@testable import NATSProtocol

/// A session, a driver that does no more than its actions say, and one server behind each connection, with wires between
/// them on which frames take their time. All servers are one cluster that routes at once.
final class MoveWorld {
    private enum Reply { case info, pong, message(sid: UInt64, number: Int) }
    private enum Staged { case publish(Int), control(String), fence(Fence) }

    private struct Interest: Equatable {
        var subject: String
        var group: String?
        /// Messages until the end.
        var remaining: Int?
    }

    private final class Wire {
        var toServer: [String] = []
        var toClient: [Reply] = []
        var interests: [UInt64: Interest] = [:]
        var isOpen = false
    }

    private(set) var session: Session
    private(set) var now = Timestamp.seconds(100)
    private var random: RandomSource
    private var wires: [UInt32: Wire] = [:]
    private var stage: [Staged] = []
    private var gate: UInt32?
    private var nextNumber = 0
    private var nextFence: UInt64 = 0
    /// How many publishes were staged before each fence.
    private var fencePositions: [UInt64: Int] = [:]
    private var published: [Int] = []

    private(set) var ids: [SubscriptionID] = []
    private(set) var delivered: [Int: Int] = [:]
    /// What somebody published for the group while a member was there.
    private(set) var grouped: Set<Int> = []
    private(set) var replies: Set<Int> = []
    private(set) var arrived: [Int: Int] = [:]
    private(set) var violations: [String] = []
    private(set) var moves = 0
    private(set) var losses = 0
    private let losesLinks: Bool

    init(seed: UInt64, losesLinks: Bool) {
        random = RandomSource(seed: seed)
        self.losesLinks = losesLinks
        session = Session(
            configuration: makeConfiguration { $0.pingIntervalNanoseconds = 0 },
            servers: ["a", "b", "c"].map { makeServer($0) }, randomSeed: seed)
        session.start(now: now)
        perform()
        settle()
        for (subject, group, isInbox) in [("plain", nil, false), ("work", "q", false), ("reply", nil, true)] {
            subscribe(subject, group, isInbox)
        }
        settle()
    }

    var status: ConnectionStatus { session.status }

    func step() {
        switch random.next(below: 100) {
        case 0..<50: carry()
        case 50..<62: publishFromOutside("plain")
        case 62..<74: publishFromOutside("work")
        case 74..<80: publishFromOutside("reply")
        case 80..<90: publish()
        case 90..<93: flush()
        case 93..<95: changeSubscriptions()
        case 95..<97: session.reconnect(now: now)
        case 97: announceEnd()
        default:
            if losesLinks, random.next(below: 6) == 0 { lose() } else { passTime() }
        }
        perform()
    }

    /// Until nothing is under way any more.
    func settle() {
        for _ in 0..<2_000 {
            while carry() { perform() }
            if session.status == .connected, session.move.kind == .resting || session.move.kind == .waiting, stage.isEmpty {
                if case .connected = session.phase { return }
            }
            passTime()
            perform()
        }
        violations.append("never settles")
    }

    /// What the present server has, and what the user holds.
    func checkInterests() {
        guard let wire = wires[session.generation] else { return violations.append("no connection") }
        let held = Set(session.subscriptions.living.map(\.id.rawValue))
        if Set(wire.interests.keys) != held { violations.append("server has \(wire.interests.keys), user has \(held)") }
        for (generation, other) in wires where generation != session.generation && other.isOpen {
            violations.append("connection \(generation) was left open")
        }
    }

    func checkPublishes() {
        for number in published where arrived[number] != 1 {
            violations.append("publish \(number) arrived \(arrived[number] ?? 0) times")
        }
    }

    // MARK: - User and others

    private func subscribe(_ subject: String, _ group: String?, _ isInbox: Bool) {
        let id = try? session.subscribe(
            subject: subject, queueGroup: group, confirm: random.next() & 1 == 0, isRequestInbox: isInbox, now: now)
        if let id { ids.append(id) }
        perform()
    }

    private func changeSubscriptions() {
        switch random.next(below: 4) {
        case 0: subscribe("other\(random.next(below: 3))", random.next() & 1 == 0 ? "q" : nil, false)
        case 1 where ids.count > 3: session.unsubscribe(ids.removeLast(), after: nil, now: now)
        case 2 where ids.count > 3: session.drainSubscription(ids.removeLast(), now: now)
        default: break
        }
    }

    private func publish() {
        published.append(nextNumber)
        stage.append(.publish(nextNumber))
        nextNumber += 1
    }

    private func flush() {
        nextFence += 1
        fencePositions[nextFence] = published.count
        stage.append(.fence(.user(nextFence)))
    }

    /// Each server sends to each subscriber; of a group, one member anywhere gets it.
    private func publishFromOutside(_ subject: String) {
        let number = nextNumber
        nextNumber += 1
        var members: [(UInt32, UInt64)] = []
        for (generation, wire) in wires.sorted(by: { $0.key < $1.key }) where wire.isOpen {
            for (sid, interest) in wire.interests where interest.subject == subject {
                if interest.group == nil {
                    wire.toClient.append(.message(sid: sid, number: number))
                    if subject == "reply" { replies.insert(number) }
                } else {
                    members.append((generation, sid))
                }
            }
        }
        guard let member = members.randomElement(using: &random) else { return }
        grouped.insert(number)
        wires[member.0]?.toClient.append(.message(sid: member.1, number: number))
    }

    private func announceEnd() {
        let text = makeInfo(#""ldm":true"#, id: "S\(session.generation)")
        if session.isReady { session.infoReceived(text.utf8Span.span, generation: session.generation, now: now) }
    }

    private func lose() {
        let generation =
            random.next() & 1 == 0 && session.successor.generation != 0
            ? session.successor.generation : session.generation
        guard wires[generation]?.isOpen == true else { return }
        losses += 1
        wires[generation]?.isOpen = false
        session.transportFailed(generation: generation, .ended, now: now)
    }

    private func passTime() {
        // Pauses end; the frames under way are faster than every limit.
        guard let deadline = session.nextDeadline,
            deadline == session.timers[.move] || deadline == session.timers[.backoff]
        else { return }
        now = max(now, deadline)
        session.deadlineReached(now: now)
    }

    // MARK: - Wires

    /// One frame of a random wire reaches its end. False: every wire is empty.
    @discardableResult
    private func carry() -> Bool {
        send()
        let busy = wires.filter { $0.value.isOpen && !($0.value.toServer.isEmpty && $0.value.toClient.isEmpty) }.keys.sorted()
        guard let generation = busy.randomElement(using: &random), let wire = wires[generation] else { return false }
        if wire.toClient.isEmpty || (!wire.toServer.isEmpty && random.next() & 1 == 0) {
            serve(wire.toServer.removeFirst(), wire)
        } else {
            receive(wire.toClient.removeFirst(), generation)
        }
        return true
    }

    private func serve(_ frame: String, _ wire: Wire) {
        let words = frame.split(separator: " ").map(String.init)
        switch words.first {
        case "PING": wire.toClient.append(.pong)
        case "SUB":
            guard let sid = words.last.flatMap({ UInt64($0) }) else { return }
            if wire.interests[sid] != nil { violations.append("subscribed twice: \(frame)") }
            wire.interests[sid] = Interest(subject: words[1], group: words.count == 4 ? words[2] : nil)
        case "UNSUB":
            guard words.count == 2, let sid = UInt64(words[1]) else { return }
            wire.interests[sid] = nil
        case "PUB": arrived[Int(words[1]) ?? -1, default: 0] += 1
        default: break
        }
    }

    private func receive(_ reply: Reply, _ generation: UInt32) {
        switch reply {
        case .info: session.infoReceived(makeInfo(id: "S\(generation)").utf8Span.span, generation: generation, now: now)
        case .pong: session.pongReceived(generation: generation, now: now)
        case .message(let sid, let number):
            if session.messageReceived(sid: sid, generation: generation) != .ignored { delivered[number, default: 0] += 1 }
        }
        perform()
    }

    // MARK: - Driver

    /// Hands what is staged to the connection whose gate is open: now and then, and not all of it.
    private func send() {
        guard let gate, let wire = wires[gate] else { return }
        while !stage.isEmpty, random.next(below: 3) != 0 {
            switch stage.removeFirst() {
            case .publish(let number): wire.toServer.append("PUB \(number)")
            case .control(let text): wire.toServer += text.split(separator: "\r\n").map(String.init)
            case .fence(let fence):
                wire.toServer.append("PING")
                session.fenceQueued(fence, generation: gate)
            }
        }
    }

    private func perform() {
        while let action = session.nextAction() {
            switch action {
            case .connect(_, let generation, _):
                let wire = Wire()
                wire.isOpen = true
                wire.toClient = [.info]
                wires[generation] = wire
                session.transportConnected(generation: generation, now: now)
            case .disconnect(let generation, _):
                wires[generation] = nil
            case .sendUrgent(let bytes, let generation):
                wires[generation]?.toServer += String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").map(String.init)
            case .sendOrdered(let bytes, let fence):
                stage.append(.control(String(decoding: bytes, as: UTF8.self)))
                if let fence { stage.append(.fence(fence)) }
            case .openGate(let generation): gate = generation
            case .holdGate:
                gate = nil
                stage.removeAll { item in
                    switch item {
                    case .publish, .fence(.user): false
                    case .control, .fence: true
                    }
                }
            case .closeGate:
                gate = nil
                stage.removeAll { if case .publish = $0 { false } else { true } }
            case .fenceConfirmed(let fence):
                for number in published.prefix(fencePositions[fence] ?? 0) where arrived[number] == nil && losses == 0 {
                    violations.append("fence \(fence) confirmed a publish that didn't arrive")
                }
            case .report(.moved): moves += 1
            default: break
            }
        }
    }
}
