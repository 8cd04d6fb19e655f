import NATSClient
import NATSStores

/// The books of a life with JetStream: what publishers were told, what the stream has, and what readers got; and every
/// contradiction.
///
/// `@unchecked Sendable`: written on the thread of the loop; read by the test when the loop has ended.
final class StoreBooks: JetStreamOracle, @unchecked Sendable {
    let oracle: Oracle
    let world: World

    /// What a publisher promises of each of its messages.
    struct Promise {
        /// It is stored once at most, whatever is sent again.
        var isUnique: Bool
        /// What was refused isn't stored: it is never sent again after a word that says nothing.
        var refusalIsFinal: Bool
        /// Messages of one row are stored in its order.
        var keepsOrder: Bool
    }

    private var promises: [String: Promise] = [:]
    /// How often a publisher was told what became of a message, by the way in which it was told.
    private var outcomes: [String: Int] = [:]
    private var refused: Set<String> = []
    /// Where each message is stored, once or more often.
    private(set) var places: [String: [UInt64]] = [:]
    private(set) var names: [UInt64: String] = [:]
    private(set) var storedAt: [UInt64: UInt64] = [:]
    private var lastOfRow: [String: Int] = [:]

    /// How often servers have written, and readers have got, a message of this acknowledgement subject.
    private var sent: [String: Int] = [:]
    private var got: [String: Int] = [:]
    private var sentTo: [String: [SentMessage]] = [:]
    /// The subject before the serial, of who has asked a consumer last.
    private var inboxes: [String: String] = [:]
    private(set) var deletedConsumers: Set<String> = []

    private struct SentMessage {
        let reply: String
        let connection: NetworkConnection
        let end: Int
    }

    init(_ oracle: Oracle) {
        self.oracle = oracle
        world = oracle.world
    }

    func check(_ condition: Bool, _ what: @autoclosure () -> String) { oracle.check(condition, what()) }

    // MARK: Publishing

    func published(_ name: String, _ promise: Promise) {
        promises[name] = promise
        oracle.counts.publishes += 1
    }

    /// The call threw: the message was never taken.
    func wasNotTaken(_ name: String) {
        check(places[name] == nil, "\(name) wasn't taken by its publisher, and is stored")
        refused.insert(name)
    }

    /// - Parameter way: `receipt`, `outcomes`: by each of them a message ends once.
    func ended(_ name: String, by way: String, _ result: Result<PublishAck, any Error>, inCalm: Bool = false) {
        let count = outcomes["\(way) \(name)", default: 0] + 1
        outcomes["\(way) \(name)"] = count
        check(count == 1, "\(name) has ended \(count) times, as the \(way) says")
        switch result {
        case .success(let ack):
            oracle.counts.replies += 1
            check(
                names[ack.sequence] == name,
                "\(name) is acknowledged at \(ack.sequence), where \(names[ack.sequence] ?? "nothing") is stored")
            check(ack.stream == StoreDrama.streamName, "\(name) is acknowledged by '\(ack.stream)'")
        case .failure(let error):
            check(!inCalm, "\(name) failed in calm: \(error)")
            ended(name, with: error)
        }
    }

    private func ended(_ name: String, with error: any Error) {
        guard !(error is CancellationError) else { return }
        guard let error = error as? NATSError, Self.failures.contains(error.code) else {
            return check(false, "\(name) failed by what nobody has done: \(error)")
        }
        guard promises[name]?.refusalIsFinal == true, error.code == .noResponders || error.code == .jetStreamRefused else {
            return
        }
        refused.insert(name)
        check(places[name] == nil, "\(name) was refused (\(error.code)), and is stored")
    }

    private static let failures: [NATSError.Code] = [
        .timedOut, .connectionLost, .connectionClosed, .noResponders, .jetStreamRefused,
    ]

    // MARK: What the stream did

    func streamStored(_ entry: ModelStream.Entry, by stream: ModelStream) {
        guard let name = Self.name(of: entry.payload) else {
            return check(false, "stored, and published by nobody: \(entry.payload.prefix(40))")
        }
        world.trace.note(world.nowNanoseconds, "\(name) is stored at \(entry.sequence)")
        names[entry.sequence] = name
        storedAt[entry.sequence] = world.nowNanoseconds
        places[name, default: []].append(entry.sequence)
        check(!refused.contains(name), "\(name) was refused, and is stored")
        check(entry.payload.dropFirst(name.utf8.count + 1).allSatisfy { $0 == 120 }, "\(name) is stored spoilt")
        guard let promise = promises[name] else { return }
        let count = places[name]?.count ?? 0
        check(!promise.isUnique || count == 1, "\(name) is stored \(count) times")
        guard promise.keepsOrder, let dot = name.lastIndex(of: "."), let number = Int(name[name.index(after: dot)...]) else {
            return
        }
        let row = String(name[..<dot])
        check(lastOfRow[row] ?? -1 < number, "\(name) is stored behind number \(lastOfRow[row] ?? -1)")
        lastOfRow[row] = max(lastOfRow[row] ?? -1, number)
    }

    static func name(of payload: ArraySlice<UInt8>) -> String? {
        guard payload.first == UInt8(ascii: "s"), let end = payload.firstIndex(of: UInt8(ascii: " ")) else { return nil }
        return String(decoding: payload[..<end], as: UTF8.self)
    }

    // MARK: What consumers did

    func consumerWasAsked(_ pull: ModelPull, by consumer: ModelConsumer) {
        guard let dot = pull.reply.lastIndex(of: ".") else { return }
        inboxes[consumer.name] = String(pull.reply[..<dot])
        check(pull.defect == nil, "\(consumer.name): \(pull.defect ?? "")")
    }

    func consumerSaid(_ status: String, to pull: ModelPull, of consumer: ModelConsumer) {}
    func consumerTookEnd(of sequence: UInt64, by consumer: ModelConsumer) {}
    func consumerWasDeleted(_ name: String) { deletedConsumers.insert(name) }

    // MARK: What readers got

    /// A server has written a message of a consumer to a client.
    func serverSent(_ message: ModelMessage, to subscription: ModelSubscription, endingAt end: Int) {
        guard let reply = message.reply, reply.hasPrefix("$JS.ACK.") else { return }
        // Nobody must believe what follows nonsense.
        if subscription.client.garbageEnd != nil { return }
        sent[reply, default: 0] += 1
        sentTo[subscription.subject, default: []].append(
            SentMessage(reply: reply, connection: subscription.client.connection, end: end))
    }

    /// - Returns: its place in the stream.
    @discardableResult
    func got(_ message: Message, by reader: String) -> UInt64 {
        let reply = message.reply ?? ""
        oracle.counts.deliveries += 1
        got[reply, default: 0] += 1
        check(
            got[reply, default: 0] <= sent[reply, default: 0],
            "\(reader) got \(reply) \(got[reply, default: 0]) times, and servers sent it \(sent[reply, default: 0]) times")
        let sequence = message.streamSequence ?? 0
        let name = Self.name(of: message.payload.bytes[...])
        world.trace.note(world.nowNanoseconds, "\(reader) got \(name ?? "?") at \(sequence), \(reply)")
        check(
            name != nil && names[sequence] == name,
            "\(reader) got \(name ?? "nothing of ours") in place of what is at \(sequence)")
        return sequence
    }

    /// Everything that the client's kernel had for who asks this consumer now was handed out.
    func checkNothingWasSwallowed(of consumer: String, by reader: String) {
        guard let inbox = inboxes[consumer] else { return }
        for message in sentTo["\(inbox).*"] ?? [] where message.end <= message.connection.bytesReadByClient {
            check(got[message.reply] != nil, "\(message.reply) arrived for \(reader), and was swallowed")
        }
    }
}
