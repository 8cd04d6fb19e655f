import NATSClient
import Reactor

/// Those who use the client under test: they publish, subscribe, request, flush, cancel and leave, as chance will have it.
///
/// `@unchecked Sendable`: all of it runs on the thread of the loop.
final class Users: @unchecked Sendable {
    let nats: NATSConnection
    let drama: Drama
    private var tasks: [Task<Void, Never>] = []
    var consumers: [Task<Void, Never>] = []
    /// Subscriptions that are kept to the end.
    private(set) var kept: [(subscription: Subscription, name: String)] = []
    private var keptCount = 0
    /// Subscriptions that end by themselves, perhaps never.
    private var counting: [(subscription: Subscription, end: WaitingCall)] = []
    /// Consumers that somebody may cancel; another one goes on.
    var restless: [Task<Void, Never>] = []
    var nextNumbers: [Int: Int] = [:]

    var world: World { drama.world }
    var oracle: Oracle { drama.oracle }

    static func start(_ nats: NATSConnection, _ drama: Drama) async -> Users {
        let users = Users(nats, drama)
        if drama.world.isOne(in: 2) { await users.meddle() }
        for _ in 0..<Int(drama.world.pick(1...3)) { await users.keepSubscription() }
        for row in 0..<Int(drama.world.pick(1...4)) { users.addUser(row) }
        return users
    }

    private init(_ nats: NATSConnection, _ drama: Drama) {
        self.nats = nats
        self.drama = drama
    }

    func finish() async {
        for task in tasks { await task.value }
    }

    func awaitConsumers() async {
        for consumer in consumers { await consumer.value }
        for (subscription, name) in kept {
            oracle.checkNothingWasSwallowed(subscription: name, to: subscription.subject)
        }
    }

    func spawn(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        Task(executorPreference: drama.loop.taskExecutor, operation: body)
    }

    // MARK: Subscriptions that stay

    private func keepSubscription() async {
        guard keptCount < 8 else { return }
        let index = keptCount
        keptCount += 1
        let group = world.isOne(in: 2) ? "group" : nil
        do {
            let subscription = try await nats.subscribe("kept.\(index)", queueGroup: group)
            let name = "kept \(index)"
            kept.append((subscription, name))
            consumers.append(consume(subscription, name))
        } catch {
            // In bad weather it may time out; then there is none.
            world.trace.note(world.nowNanoseconds, "no subscription: \(error)")
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
        oracle.check(all.count == 1, "the client has \(all.count) connections in calm")
        guard let client = all.first else { return }
        for (subscription, name) in kept {
            let found = client.subscriptions.values.filter { $0.subject == subscription.subject }
            oracle.check(
                found.count == 1 && found.first?.queueGroup == subscription.queueGroup,
                "\(name) is \(found.count) times on the server")
        }
        let others = client.subscriptions.values.filter { !Self.isKept($0.subject) && !$0.subject.hasPrefix("_INBOX.") }
        let passing = others.filter { $0.maximum == nil }
        oracle.check(passing.isEmpty, "the server keeps \(passing.map(\.subject)), which nobody holds")
        let living = counting.count { !$0.end.hasEnded }
        oracle.check(others.count <= living, "the server counts for \(others.count) subscriptions of \(living)")
    }

    private static func isKept(_ subject: String) -> Bool { subject.hasPrefix("kept.") || subject == "*.*" }

    private func connections(to cluster: ModelCluster) -> [ModelClient] {
        cluster.servers.flatMap(\.clients).filter { $0.name == "client" }
    }

    // MARK: What a user does

    private func addUser(_ row: Int) {
        tasks.append(
            spawn { [self] in
                for _ in 0..<Int(world.pick(5...60)) {
                    await act(row)
                    if world.isOne(in: 3) { await world.sleep(nanoseconds: world.pick(0...400_000_000)) }
                }
            })
    }

    private func act(_ row: Int) async {
        switch world.pick(0...24) {
        case 0...6: publish(row)
        case 7...11: await publishSuspending(row)
        case 12...14: await request(row)
        case 15, 16: await flush()
        case 17: await subscribeForAWhile(row)
        case 18: await cancelSomething(row)
        case 19: await subscribeForACount(row)
        case 20: await keepSubscription()
        case 21: await subscribeWithoutPermission()
        case 22: publishWithoutPermission()
        case 23: await subscribeAndDawdle(row)
        default: if world.isOne(in: 4) { try? await nats.reconnect() }
        }
    }

    func nextName(_ row: Int) -> String {
        let number = nextNumbers[row, default: 0]
        nextNumbers[row] = number + 1
        return "mclient.\(row).\(number)"
    }

    func body(_ name: String) -> [UInt8] {
        let size = world.isOne(in: 10) ? world.pick(0...40_000) : world.pick(0...200)
        return Array((name + " ").utf8) + [UInt8](repeating: 120, count: Int(size))
    }

    private func subject() -> String { "kept.\(world.pick(0...7))" }

    private func publish(_ row: Int) {
        let name = nextName(row)
        do {
            try nats.publish(subject(), body(name))
            oracle.publishWasAccepted(name)
        } catch {
            oracle.publishWasRefused(name)
        }
    }

    private func publishSuspending(_ row: Int) async {
        let name = nextName(row)
        do {
            try await nats.publish(subject(), body(name))
            oracle.publishWasAccepted(name)
        } catch {
            oracle.publishWasRefused(name)
        }
    }

    private func request(_ row: Int) async {
        let name = nextName(row)
        let payload = body(name)
        let timeout = world.pick(1...10_000)
        let start = world.nowNanoseconds
        let disconnects = nats.status == .connected ? drama.vigil.disconnects : nil
        do {
            let reply = try await nats.request("echo", payload, timeout: .milliseconds(Int(timeout)))
            oracle.requestEnded(name, isAccepted: true)
            oracle.check(reply.payload.bytes == payload, "\(name) got the reply of another request")
        } catch {
            oracle.requestEnded(name, isAccepted: false)
        }
        checkDeadline(start, milliseconds: timeout, "the request \(name)")
        if drama.requestsFailOnDisconnect, let disconnects, disconnects < drama.vigil.disconnects {
            checkDeadline(drama.vigil.lastDisconnect, milliseconds: 1, "the request \(name) on a lost connection")
        }
    }

    private func flush() async {
        let timeout = world.pick(1...10_000)
        let start = world.nowNanoseconds
        let promised = oracle.accepted
        let disconnects = nats.status == .connected ? drama.vigil.disconnects : nil
        if (try? await nats.flush(timeout: .milliseconds(Int(timeout)))) != nil {
            oracle.checkFlush(promised, nats.statistics)
        }
        checkDeadline(start, milliseconds: timeout, "a flush")
        if let disconnects, disconnects < drama.vigil.disconnects {
            checkDeadline(drama.vigil.lastDisconnect, milliseconds: 1, "a flush on a lost connection")
        }
    }

    private func subscribeForAWhile(_ row: Int) async {
        guard let subscription = try? await nats.subscribe("*.\(row)", confirmed: world.isOne(in: 2)) else { return }
        let name = "passing \(row).\(world.nowNanoseconds)"
        for _ in 0..<Int(world.pick(0...3)) {
            let wait = Duration.milliseconds(Int(world.pick(0...500)))
            guard let message = try? await subscription.next(timeout: wait) else { break }
            if let text = Oracle.name(of: message.payload.bytes) { oracle.consumerGot(text, by: name) }
        }
        switch world.pick(0...2) {
        case 0: subscription.unsubscribe()
        case 1: try? await subscription.drain(timeout: .milliseconds(Int(world.pick(1...2_000))))
        default: break
        }
        subscription.unsubscribe()
    }

    /// Ends by itself after so many messages, counted from its beginning, whatever happens to the connection.
    private func subscribeForACount(_ row: Int) async {
        let group = world.isOne(in: 2) ? "group" : nil
        guard let subscription = try? await nats.subscribe("*.\(row)", queueGroup: group) else { return }
        let wanted = Int(world.pick(1...5))
        // What has arrived by now is delivered all the same.
        let limit = max(wanted, Int(subscription.statistics.received))
        subscription.unsubscribe(after: wanted)
        let end = WaitingCall()
        consumers.append(
            spawn { [oracle, world] in
                let name = "counting \(row).\(world.nowNanoseconds)"
                var count = 0
                do {
                    for try await message in subscription {
                        count += 1
                        oracle.check(count <= limit, "\(name) got \(count) messages of \(limit)")
                        if let text = Oracle.name(of: message.payload.bytes) { oracle.consumerGot(text, by: name) }
                    }
                } catch {
                    oracle.check(false, "\(name) ended: \(error)")
                }
                end.hasEnded = true
            })
        counting.append((subscription, end))
    }

    /// Whatever it waits for, a cancelled call ends at once.
    private func cancelSomething(_ row: Int) async {
        let isRequest = world.isOne(in: 2)
        let task = spawn { [self] in
            if isRequest { await request(row) } else { await flush() }
        }
        await world.sleep(nanoseconds: world.pick(0...300_000_000))
        task.cancel()
        let start = world.nowNanoseconds
        await task.value
        checkDeadline(start, milliseconds: 0, "a cancelled call")
    }

    func checkDeadline(_ start: UInt64, milliseconds: UInt64, _ what: String) {
        let late = Int64(world.nowNanoseconds) - Int64(start + milliseconds * 1_000_000)
        // The resolution of the client's deadlines.
        oracle.check(late <= 1_100_000, "\(what) ended \(late) ns behind its deadline of \(milliseconds) ms")
    }
}

extension Payload {
    var bytes: [UInt8] {
        let span = span
        return span.indices.map { span[$0] }
    }
}
