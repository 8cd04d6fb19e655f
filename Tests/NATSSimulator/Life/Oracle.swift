import NATSClient

/// The books of one life: what was promised, what servers saw, what consumers got; and every contradiction.
///
/// `@unchecked Sendable`: written on the thread of the loop; read by the test when the loop has ended.
final class Oracle: ServerOracle, @unchecked Sendable {
    private(set) var violations: [String] = []
    private let world: World

    /// Publishes that the client took, and that it refused, by their names.
    private(set) var accepted: Set<String> = []
    private var refused: Set<String> = []
    /// Requests that ended by an error: whether they were published isn't known to their caller.
    private var uncertain: Set<String> = []
    /// How often each has reached a server.
    private(set) var received: [String: Int] = [:]
    /// The last number of each row of publishes that a server saw.
    private var lastOfRow: [String: Int] = [:]
    private var sent: [SentMessage] = []
    private var consumed: [String: Set<String>] = [:]
    private(set) var counts = LifeCounts()

    /// A message that a server has written to a client.
    private struct SentMessage {
        let name: String
        let pattern: String
        let connection: NetworkConnection
        let end: Int
    }

    init(world: World) { self.world = world }

    func check(_ condition: Bool, _ what: @autoclosure () -> String) {
        if condition { return }
        let text = what()
        world.trace.note(world.nowNanoseconds, "VIOLATION \(text)")
        if violations.count < 20 { violations.append(text) }
    }

    // MARK: What the client said

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

    func consumerGot(_ name: String, by subscription: String) {
        counts.deliveries += 1
        world.trace.note(world.nowNanoseconds, "\(subscription) got \(name)")
        check(consumed[subscription, default: []].insert(name).inserted, "\(subscription) got \(name) twice")
    }

    // MARK: What servers saw

    func serverSawMalformedFrame(_ description: String) { check(false, "a malformed frame: \(description)") }

    func serverSawTooLargePayload(_ count: Int, _ limit: Int) {
        check(false, "a payload of \(count) bytes, with a limit of \(limit)")
    }

    func serverReceived(body: [UInt8], subject: String, by client: ModelClient) {
        // The witness echoes what it gets.
        guard client.name == "client", let name = Self.name(of: body) else { return }
        received[name, default: 0] += 1
        check(received[name] == 1, "\(name) reached the servers twice")
        check(!refused.contains(name), "\(name) was refused, but a server has it")
        guard let dot = name.lastIndex(of: "."), let number = Int(name[name.index(after: dot)...]) else { return }
        let row = String(name[..<dot])
        check(lastOfRow[row] ?? -1 < number, "\(name) came behind number \(lastOfRow[row] ?? -1)")
        lastOfRow[row] = number
    }

    func serverSent(body: [UInt8], to subscription: ModelSubscription, endingAt end: Int) {
        guard let name = Self.name(of: body) else { return }
        let connection = subscription.client.connection
        world.trace.note(world.nowNanoseconds, "net \(connection.number): \(name) for sid \(subscription.sid), up to byte \(end)")
        sent.append(SentMessage(name: name, pattern: subscription.subject, connection: connection, end: end))
    }

    /// Bodies begin with a name and a blank.
    static func name(of body: [UInt8]) -> String? {
        guard let end = body.firstIndex(of: UInt8(ascii: " ")), body.first == UInt8(ascii: "m") else { return nil }
        return String(decoding: body[..<end], as: UTF8.self)
    }

    // MARK: At the end

    /// Everything that the client's kernel had has reached the consumer of a subscription that was never left.
    func checkNothingWasSwallowed(subscription: String, to pattern: String) {
        let got = consumed[subscription] ?? []
        for message in sent where message.pattern == pattern && message.end <= message.connection.bytesReadByClient {
            check(got.contains(message.name), "\(message.name) arrived for \(subscription), and was swallowed")
        }
    }

    func checkAccount(_ statistics: ConnectionStatistics, of client: String) {
        let prefix = "m\(client)."
        let known = accepted.count { $0.hasPrefix(prefix) }
        let most = known + uncertain.count { $0.hasPrefix(prefix) }
        let sum =
            statistics.publishesFenced + statistics.publishesUnconfirmed + statistics.publishesLostUnknown
            + statistics.publishesDiscarded + statistics.publishesPending
        check(sum == statistics.publishesAccepted, "\(client): the parts are \(sum), the whole \(statistics.publishesAccepted)")
        check(
            (known...most).contains(Int(statistics.publishesAccepted)),
            "\(client): accepted \(statistics.publishesAccepted), callers know of \(known) to \(most)")
        let arrived = UInt64(received.keys.count { $0.hasPrefix(prefix) })
        check(arrived >= statistics.publishesFenced, "\(client): fenced \(statistics.publishesFenced), but arrived \(arrived)")
        let written = statistics.publishesFenced + statistics.publishesUnconfirmed + statistics.publishesLostUnknown
        check(arrived <= written, "\(client): arrived \(arrived), but written at most \(written)")
        counts.reconnects += Int(statistics.reconnects)
    }
}

/// How much a life has seen.
package struct LifeCounts: Sendable {
    package var publishes = 0
    package var deliveries = 0
    package var requests = 0
    package var replies = 0
    package var reconnects = 0
    package var virtualNanoseconds: UInt64 = 0

    package init() {}

    package static func += (left: inout LifeCounts, right: LifeCounts) {
        left.publishes += right.publishes
        left.deliveries += right.deliveries
        left.requests += right.requests
        left.replies += right.replies
        left.reconnects += right.reconnects
        left.virtualNanoseconds += right.virtualNanoseconds
    }
}
