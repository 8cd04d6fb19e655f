import NATSClient
import Reactor

/// Those who use one client: they publish, subscribe, request, flush, cancel and leave, as chance will have it. What they can do
/// stands in `Users+Acts`.
///
/// `@unchecked Sendable`: all of it runs on the thread of the loop.
final class Users: @unchecked Sendable {
    let nats: NATSConnection
    let client: String
    let drama: Drama
    let losses: LossWatch
    let requestsFailOnDisconnect: Bool
    /// The first request subscribes to the inbox before it is one.
    var hasInbox = false
    /// The servers that it was told of last.
    var urls: [String]
    private var tasks: [Task<Void, Never>] = []
    var consumers: [Task<Void, Never>] = []
    /// Subscriptions that are kept to the end, unless a server refuses one.
    private var kept: [(subscription: Subscription, name: String)] = []
    var refused: Set<String> = []
    private var keptCount = 0
    /// Subscriptions that end by themselves, perhaps never.
    var counting: [(subscription: Subscription, end: WaitingCall)] = []
    /// Consumers that somebody may cancel; another one goes on.
    var restless: [Task<Void, Never>] = []
    private var nextNumbers: [Int: Int] = [:]
    /// The connection may close for good.
    var mayEndByItself = false

    var world: World { drama.world }
    var oracle: Oracle { drama.oracle }

    static func start(
        _ nats: NATSConnection, _ client: String, _ drama: Drama, _ options: ConnectOptions, users: ClosedRange<UInt64>,
        acts: ClosedRange<UInt64>
    ) async -> Users {
        let all = Users(nats, client, drama, options)
        let dice = drama.world.dice("\(client) users")
        if dice.isOne(in: 2) { await all.meddle() }
        for _ in 0..<Int(dice.pick(1...3)) { await all.keepSubscription(dice) }
        for row in 0..<Int(dice.pick(users)) { all.addUser(row, acts: Int(dice.pick(acts))) }
        return all
    }

    private init(_ nats: NATSConnection, _ client: String, _ drama: Drama, _ options: ConnectOptions) {
        self.nats = nats
        self.client = client
        self.drama = drama
        losses = LossWatch(nats, client, drama)
        requestsFailOnDisconnect = options.requestsOnDisconnect == .fail
        urls = drama.urls(for: client)
        mayEndByItself = client.hasPrefix("v")
    }

    func finish() async {
        for task in tasks { await task.value }
    }

    private func addUser(_ row: Int, acts: Int) {
        let actor = "\(client) user \(row)"
        let tempos: [UInt64] = [400_000_000, 400_000_000, 3_000_000_000, 20_000_000_000]
        let longest = world.dice("tempo").pick(of: tempos) ?? 0
        tasks.append(
            drama.spawn { [self] in
                for number in 0..<acts {
                    let dice = world.dice(actor, number)
                    let act = Act.allCases[Self.choice(dice)]
                    let pause = dice.isOne(in: 3) ? dice.skewed(upTo: longest) : nil
                    if world.takes(actor, number, "\(act)") { await perform(act, row, dice) }
                    if let pause { await world.sleep(nanoseconds: pause) }
                }
            })
    }

    /// The common acts more often.
    private static func choice(_ dice: Dice) -> Int {
        dice.isOne(in: 2) ? dice.below(4) : dice.below(Act.allCases.count)
    }

    // MARK: Names

    func nextName(_ row: Int) -> String {
        let number = nextNumbers[row, default: 0]
        nextNumbers[row] = number + 1
        return "m\(client).\(row).\(number)"
    }

    func body(_ name: String, _ dice: Dice) -> [UInt8] {
        let size = dice.isOne(in: 10) ? dice.pick(0...40_000) : dice.pick(0...200)
        return Array((name + " ").utf8) + [UInt8](repeating: 120, count: Int(size))
    }

    // MARK: Subscriptions that stay

    func keepSubscription(_ dice: Dice) async {
        guard keptCount < 8 else { return }
        let index = keptCount
        keptCount += 1
        let group = dice.isOne(in: 2) ? "group" : nil
        let name = "\(client) kept \(index)"
        let call = oracle.calls.began("\(name): subscribe", nanoseconds: 5_000_000_000)
        do {
            let subscription = try await nats.subscribe("kept.\(index)", queueGroup: group)
            kept.append((subscription, name))
            consume(subscription, name)
        } catch {
            // In bad weather it may time out; then there is none.
            world.trace.note(world.nowNanoseconds, "no subscription: \(error)")
        }
        if let late = oracle.calls.ended(call) { oracle.check(false, late) }
    }

    /// - Parameter limit: no more than these may come.
    func count(_ subscription: Subscription, _ name: String, limit: Int) {
        let end = WaitingCall()
        counting.append((subscription, end))
        consumers.append(
            drama.spawn { [self] in
                var count = 0
                do {
                    for try await message in subscription {
                        count += 1
                        oracle.check(count <= limit, "\(name) got \(count) messages of \(limit)")
                        oracle.consumerGot(message.payload.bytes, by: name, to: subscription.subject)
                    }
                } catch {
                    oracle.check(drama.isLimited || mayEndByItself, "\(name) ended: \(error)")
                }
                end.hasEnded = true
            })
    }

    func awaitConsumers() async {
        for consumer in consumers { await consumer.value }
        for (subscription, name) in kept where !refused.contains(name) {
            oracle.checkNothingWasSwallowed(subscription: name, client: client, pattern: subscription.subject)
        }
    }

    /// The server knows exactly the subscriptions that are held, and nothing else.
    func checkSubscriptions(on cluster: ModelCluster) async {
        // A move may be under way, and a server in lame duck mode may still close the old connection.
        let deadline = world.nowNanoseconds + 60_000_000_000
        while world.nowNanoseconds < deadline {
            let isFlushed = (try? await nats.flush(timeout: .seconds(20))) != nil
            if isFlushed, connections(to: cluster).count == 1 { break }
            await world.sleep(nanoseconds: 100_000_000)
        }
        let all = connections(to: cluster)
        oracle.check(all.count == 1, "\(client) has \(all.count) connections in calm")
        guard let peer = all.first else { return }
        for (subscription, name) in kept where !refused.contains(name) {
            let found = peer.subscriptions.values.filter { $0.subject == subscription.subject }
            oracle.check(
                found.count == 1 && found.first?.queueGroup == subscription.queueGroup,
                "\(name) is \(found.count) times on the server")
        }
        let others = peer.subscriptions.values.filter { !Self.isKept($0.subject) && !$0.subject.hasPrefix("_INBOX.") }
        let passing = others.filter { $0.maximum == nil }
        oracle.check(passing.isEmpty, "the server keeps \(passing.map(\.subject)), which nobody holds")
        let living = counting.count { !$0.end.hasEnded }
        oracle.check(others.count <= living, "the server counts for \(others.count) subscriptions of \(living)")
    }

    private static func isKept(_ subject: String) -> Bool { subject.hasPrefix("kept.") || subject == "*.*" }

    private func connections(to cluster: ModelCluster) -> [ModelClient] {
        cluster.servers.flatMap(\.clients).filter { $0.name == client }
    }
}

extension Payload {
    var bytes: [UInt8] { span.copied }
}

extension Span<UInt8> {
    var copied: [UInt8] {
        [UInt8](capacity: count) { output in
            for index in indices { output.append(self[index]) }
        }
    }
}
