import NATSClient

/// The books of one life: what was promised, what servers saw, what consumers got; and every contradiction.
///
/// `@unchecked Sendable`: written on the thread of the loop; read by the test when the loop has ended.
final class Oracle: ServerOracle, @unchecked Sendable {
    private(set) var violations: [String] = []
    let world: World
    let calls: CallWatch
    private(set) var connections: [ConnectionWatch] = []

    /// Publishes that the client took, and that it refused, by their names.
    private(set) var accepted: Set<String> = []
    private var refused: Set<String> = []
    /// Requests that ended by an error: whether they were published isn't known to their caller.
    private var uncertain: Set<String> = []
    /// How often each has reached a server.
    private(set) var received: [String: Int] = [:]
    /// How many of each client's publishes have.
    private var arrived: [String: Int] = [:]
    /// Bytes behind the name of each.
    private var sizes: [String: Int] = [:]
    /// The last number of each row of publishes that a server saw.
    private var lastOfRow: [String: Int] = [:]
    /// What servers have written to clients, by client and pattern.
    private var sent: [String: [SentMessage]] = [:]
    private var sentNames: [String: Set<String>] = [:]
    private var consumed: [String: Set<String>] = [:]
    var counts = LifeCounts()
    /// The books of JetStream, in a life that has it.
    weak var stores: StoreBooks?

    /// Clients that have left a connection by their own will.
    private var leaving: Set<String> = []

    /// A message that a server has written to a client.
    private struct SentMessage {
        let name: String
        let connection: NetworkConnection
        let end: Int
    }

    init(world: World) {
        self.world = world
        calls = CallWatch(world: world)
    }

    func check(_ condition: Bool, _ what: @autoclosure () -> String) {
        // What comes of a life that was broken off says nothing.
        if condition || world.isOver && !violations.isEmpty { return }
        let text = what()
        world.trace.note(world.nowNanoseconds, "VIOLATION \(text)")
        if violations.count < 20 { violations.append(text) }
    }

    // MARK: What the client said

    func watch(_ nats: NATSConnection, named name: String) {
        connections.append(ConnectionWatch(nats, name: name, oracle: self))
    }

    /// It closes its connection, or wants another one.
    func leaves(_ client: String) { leaving.insert(client) }

    func forgetConnections() { connections = [] }

    func publishWasAccepted(_ name: String) {
        accepted.insert(name)
        counts.publishes += 1
    }

    /// A call that threw has published nothing.
    func publishWasRefused(_ name: String) {
        refused.insert(name)
        check(received[name] == nil, "\(name) was refused, but a server has it")
    }

    func requestEnded(_ name: String, isAccepted: Bool) {
        counts.requests += 1
        if isAccepted {
            counts.replies += 1
            accepted.insert(name)
        } else {
            uncertain.insert(name)
        }
    }

    /// - Parameter subscription: begins with the client's name and a blank.
    func consumerGot(_ message: [UInt8], by subscription: String, to pattern: String) {
        guard let name = Self.name(of: message[...]) else {
            return check(false, "\(subscription) got what nobody has sent: \(message.prefix(40))")
        }
        counts.deliveries += 1
        world.trace.note(world.nowNanoseconds, "\(subscription) got \(name)")
        check(consumed[subscription, default: []].insert(name).inserted, "\(subscription) got \(name) twice")
        let client = subscription.prefix { $0 != " " }
        check(
            sentNames["\(client) \(pattern)"]?.contains(name) == true, "\(subscription) got \(name), which no server has sent it")
        let size = message.count - name.utf8.count - 1
        check(sizes[name] == size && message.suffix(size).allSatisfy { $0 == 120 }, "\(subscription) got \(name) spoilt")
    }

    // MARK: What servers saw

    func serverSawMalformedFrame(_ description: String) { check(false, "a malformed frame: \(description)") }

    func serverSawTooLargePayload(_ count: Int, _ limit: Int) {
        check(false, "a payload of \(count) bytes, with a limit of \(limit)")
    }

    func clientIntroducedItself(_ client: ModelClient) {
        let all = client.cluster.servers.flatMap(\.clients).filter { $0.name == client.name && !$0.connection.isClosedByClient }
        check(all.count <= 2, "\(client.name) has \(all.count) connections at once")
    }

    func serverReceived(_ message: ModelMessage, by client: ModelClient) {
        if stores != nil { return arrived[client.name, default: 0] += 1 }
        // The witness echoes what it gets.
        guard client.name != "witness", let name = Self.name(of: message.payload) else { return }
        check(name.hasPrefix("m\(client.name)."), "\(client.name) published \(name)")
        received[name, default: 0] += 1
        sizes[name] = message.payload.count - name.utf8.count - 1
        if received[name] == 1 { arrived[client.name, default: 0] += 1 }
        check(received[name] == 1, "\(name) reached the servers twice")
        check(!refused.contains(name), "\(name) was refused, but a server has it")
        guard let dot = name.lastIndex(of: "."), let number = Int(name[name.index(after: dot)...]) else { return }
        let row = String(name[..<dot])
        let last = lastOfRow[row] ?? -1
        // What was left behind in a network that stood still may come at any time.
        check(last < number || client.connection.isClosedByClient, "\(name) came behind number \(last)")
        lastOfRow[row] = max(last, number)
    }

    func serverSent(_ message: ModelMessage, to subscription: ModelSubscription, endingAt end: Int) {
        if let stores { return stores.serverSent(message, to: subscription, endingAt: end) }
        guard let name = Self.name(of: message.payload) else { return }
        let client = subscription.client
        client.note("\(name) for sid \(subscription.sid), up to byte \(end)")
        // Nobody must believe what follows nonsense.
        if client.garbageEnd != nil { return }
        let key = "\(client.name) \(subscription.subject)"
        sent[key, default: []].append(SentMessage(name: name, connection: client.connection, end: end))
        sentNames[key, default: []].insert(name)
    }

    /// Bodies begin with a name and a blank.
    static func name(of body: ArraySlice<UInt8>) -> String? {
        guard body.first == UInt8(ascii: "m"), let end = body.firstIndex(of: UInt8(ascii: " ")) else { return nil }
        return String(decoding: body[..<end], as: UTF8.self)
    }

    // MARK: At every turn

    func checkTurn() {
        for connection in connections { connection.checkTurn() }
        if let late = calls.overdue() {
            check(false, late)
            // Nobody knows whether it ever ends.
            world.end()
        }
        for connection in world.connections where connection.clientMustLeaveAfter != nil { checkHasLeft(connection) }
    }

    /// What was sent between two frames ends the connection as soon as it is read.
    private func checkHasLeft(_ connection: NetworkConnection) {
        guard let limit = connection.clientMustLeaveAfter else { return }
        if connection.isClosedByClient { return connection.clientMustLeaveAfter = nil }
        guard connection.bytesReadByClient >= limit else { return }
        connection.turnsOverdue += 1
        guard connection.turnsOverdue > 3 else { return }
        connection.clientMustLeaveAfter = nil
        check(false, "net \(connection.number): the client goes on behind bytes that are no frame")
    }

    // MARK: At the end

    /// Everything that the client's kernel had has reached the consumer of a subscription that was never left.
    func checkNothingWasSwallowed(subscription: String, client: String, pattern: String) {
        let got = consumed[subscription] ?? []
        for message in sent["\(client) \(pattern)"] ?? [] {
            // A close that waits for an answer ends with it, and what came in the same breath isn't looked at.
            let doubt = leaving.contains(client) ? message.connection.bytesInDoubt : 0
            guard message.end <= message.connection.bytesReadByClient - doubt else { continue }
            check(got.contains(message.name), "\(message.name) arrived for \(subscription), and was swallowed")
        }
    }

    func arrivedCount(of client: String) -> Int { arrived[client] ?? 0 }

    func checkAccount(_ statistics: ConnectionStatistics, of client: String) {
        let prefix = "m\(client)."
        let known = accepted.count { $0.hasPrefix(prefix) }
        let most = known + uncertain.count { $0.hasPrefix(prefix) }
        let sum =
            statistics.publishesFenced + statistics.publishesUnconfirmed + statistics.publishesLostUnknown
            + statistics.publishesDiscarded + statistics.publishesPending
        check(sum == statistics.publishesAccepted, "\(client): the parts are \(sum), the whole \(statistics.publishesAccepted)")
        check(statistics.publishesPending == 0, "\(client): \(statistics.publishesPending) publishes are pending for ever")
        check(
            (known...most).contains(Int(statistics.publishesAccepted)),
            "\(client): accepted \(statistics.publishesAccepted), callers know of \(known) to \(most)")
        let arrived = UInt64(arrivedCount(of: client))
        check(arrived >= statistics.publishesFenced, "\(client): fenced \(statistics.publishesFenced), but arrived \(arrived)")
        let written = statistics.publishesFenced + statistics.publishesUnconfirmed + statistics.publishesLostUnknown
        check(arrived <= written, "\(client): arrived \(arrived), but written at most \(written)")
        check(statistics.waitingCalls == 0, "\(client): \(statistics.waitingCalls) calls still wait")
        counts.reconnects += Int(statistics.reconnects)
    }
}

/// How much a life has seen.
package struct LifeCounts: Sendable {
    /// Connections of NATS, from `connect` to their end, with every reconnect between.
    package var sessions = 0
    package var publishes = 0
    package var deliveries = 0
    package var requests = 0
    package var replies = 0
    package var reconnects = 0
    package var steps = 0
    package var turnsChecked = 0
    package var virtualNanoseconds: UInt64 = 0

    package init() {}

    package static func += (left: inout LifeCounts, right: LifeCounts) {
        left.sessions += right.sessions
        left.publishes += right.publishes
        left.deliveries += right.deliveries
        left.requests += right.requests
        left.replies += right.replies
        left.reconnects += right.reconnects
        left.steps += right.steps
        left.turnsChecked += right.turnsChecked
        left.virtualNanoseconds += right.virtualNanoseconds
    }
}
