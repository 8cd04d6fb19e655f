import NATSClient
internal import NATSProtocol
import Synchronization

/// Performs what ``OrderedStateMachine`` wants on the reactor's thread, and feeds it with what the server says. Consumers are made
/// and removed from here, too, by requests whose answers come to the same subscription: no task takes part.
final class OrderedMonitor: ConsumptionMonitor {
    private struct State: ~Copyable {
        /// From the beginning on.
        var machine: OrderedStateMachine?
        var writer = JSONWriter()
        var reply: [UInt8]
        var end: MonitorEnd?
        /// Why the consumer couldn't be made.
        var refusal: JetStreamError?
        /// Answers that were handed on and counted as messages: they don't count for the window.
        var signs = SignCount()
    }

    private struct SignCount {
        var arrived = (messages: 0, bytes: 0)
        var waiting = (messages: 0, bytes: 0)

        /// Whether nobody has taken the last one yet.
        var isWaiting: Bool { arrived.messages > 0 || waiting.messages > 0 }

        mutating func add(_ size: Int) {
            arrived.messages &+= 1
            arrived.bytes &+= size
        }

        /// How many of these arrivals are messages.
        mutating func arrivals(_ messages: Int, _ bytes: Int) -> (messages: Int, bytes: Int) {
            let signs = arrived
            arrived = (0, 0)
            waiting.messages &+= signs.messages
            waiting.bytes &+= signs.bytes
            return (messages &- signs.messages, bytes &- signs.bytes)
        }

        /// How many of what was taken are messages. Signs are taken to be the first of them.
        mutating func takes(_ messages: Int, _ bytes: Int) -> (messages: Int, bytes: Int) {
            let signs = (messages: min(messages, waiting.messages), bytes: min(bytes, waiting.bytes))
            waiting.messages &-= signs.messages
            waiting.bytes &-= signs.bytes
            return (messages &- signs.messages, bytes &- signs.bytes)
        }
    }

    let events = ConsumerEventHub()
    let namePrefix: String
    private let stream: JetStream.Stream
    private let options: OrderedOptions
    private let configuration: PullConfiguration
    /// `<inbox>.`, behind which serials of requests and `c<epoch>` stand in the subjects of answers.
    private let prefix: [UInt8]
    private let state: Mutex<State>

    init(_ stream: JetStream.Stream, _ options: OrderedOptions, inbox: String) {
        self.stream = stream
        self.options = options
        configuration = options.consume.pull
        namePrefix = options.namePrefix ?? stream.jetStream.connection.newName()
        prefix = Array("\(inbox).".utf8)
        state = Mutex(State(reply: prefix))
    }

    /// The place of each message is looked at.
    var scope: MonitorScope { .everything }

    var counts: (requested: Int, received: Int) {
        state.withLock { ($0.machine?.requestedMessages ?? 0, $0.machine?.receivedCount ?? 0) }
    }

    /// The name of the present consumer; nil before the first.
    var consumerName: String? {
        let epoch = state.withLock { $0.machine?.epoch ?? 0 }
        return epoch == 0 ? nil : name(epoch)
    }

    private func name(_ epoch: UInt64) -> String { "\(namePrefix)_\(epoch)" }

    // MARK: - What comes

    func inspect(_ message: borrowing MessageView, now: Timestamp) -> Bool {
        let subject = message.subjectBytes
        if subject.starts(with: prefix) {
            guard readAnswer(subject.extracting(prefix.count...), message, now), options.handsOnSigns else { return false }
            state.withLock { $0.signs.add(message.size) }
            return true
        }
        let reply = message.replyBytes
        guard let place = AcknowledgementSubject(reply), let epoch = epoch(ofConsumer: reply.extracting(place.consumer)) else {
            return false
        }
        return state.withLock {
            $0.machine?.messageReceived(
                epoch: epoch, consumerSequence: place.consumerSequence, streamSequence: place.streamSequence, now: now) == true
        }
    }

    /// The number in the name of a consumer of ours.
    private func epoch(ofConsumer name: Span<UInt8>) -> UInt64? {
        let count = namePrefix.utf8.count
        guard name.count > count + 1, name.starts(with: namePrefix.utf8Span.span), name[count] == UInt8(ascii: "_") else {
            return nil
        }
        return Decimal.parse(name, count + 1, name.count)
    }

    /// True: it is a sign, of a new consumer or that all is well.
    private func readAnswer(_ token: Span<UInt8>, _ message: borrowing MessageView, _ now: Timestamp) -> Bool {
        let answer = PullAnswer(headers: message.headerBytes)
        if let serial = Decimal.parse(token, 0, token.count) {
            guard let answer else { return false }
            return state.withLock {
                let epoch = $0.machine?.epoch
                $0.machine?.statusReceived(
                    answer.status, serial: serial, pendingMessages: answer.pendingMessages, pendingBytes: answer.pendingBytes,
                    lastConsumerSequence: answer.lastConsumerSequence, now: now)
                // They don't heap up before somebody who is away.
                return answer.status == .idleHeartbeat && $0.machine?.epoch == epoch && !$0.signs.isWaiting
            }
        }
        guard token.count > 1, token[0] == UInt8(ascii: "c"), let epoch = Decimal.parse(token, 1, token.count) else {
            return false
        }
        guard answer == nil else {
            // Nobody answers for JetStream at the moment.
            state.withLock { $0.machine?.refused(epoch: epoch, isFinal: false, now: now) }
            return false
        }
        return readCreation(message.bytes, epoch, now)
    }

    private func readCreation(_ json: Span<UInt8>, _ epoch: UInt64, _ now: Timestamp) -> Bool {
        let answer = ConsumerCreation(json)
        return state.withLock { state in
            if let refusal = answer.refusal {
                state.refusal = refusal
                // A cluster that has just started knows nothing of its streams; a reader that never began isn't kept waiting.
                let isFinal = refusal.status == 400 || refusal.status == 404 && state.machine?.streamSequence == nil
                state.machine?.refused(epoch: epoch, isFinal: isFinal, now: now)
                return false
            } else {
                let sequence = answer.place(options.deliverPolicy)
                return state.machine?.created(epoch: epoch, behind: sequence, now: now) == true
            }
        }
    }

    func receivedLate(_ message: borrowing MessageView) {}

    // MARK: - What happens

    func observe(_ event: MonitorEvent, now: Timestamp) {
        switch event {
        case .connectionLost: events.emit(.connectionLost)
        case .connectionEstablished: events.emit(.connectionEstablished)
        default: break
        }
        state.withLock { state in
            switch event {
            case .began(let isConnected):
                state.machine = OrderedStateMachine(
                    configuration, maximumFailures: options.maximumFailures, isConnected: isConnected, now: now)
            case .arrived(let messages, let bytes):
                let messages = state.signs.arrivals(messages, bytes)
                state.machine?.messagesHandedOn(count: messages.messages, byteCount: messages.bytes, now: now)
            case .taken(let messages, let bytes):
                let messages = state.signs.takes(messages, bytes)
                state.machine?.messagesTaken(count: messages.messages, byteCount: messages.bytes, now: now)
            case .connectionLost: state.machine?.connectionLost()
            case .connectionEstablished: state.machine?.connected(now: now)
            case .deadline: state.machine?.deadlineReached(now: now)
            case .stopped: state.machine?.stop()
            case .abandoned:
                state.end = .abandoned(nil)
                state.machine?.stop()
            }
        }
    }

    // MARK: - What follows

    func settle(_ port: MonitorPort, now: Timestamp) -> MonitorDemand {
        state.withLock { state in
            while let action = state.machine?.nextAction() { perform(action, &state, port, now) }
            if state.end != nil { events.finish() }
            // With a sign among what waits, it has to be known when it is taken: heartbeats are handed on again then.
            let takes = state.signs.isWaiting ? (1, 1) : state.machine?.takenUntilRefill
            return MonitorDemand(deadline: state.machine?.nextDeadline, takes: takes, end: state.end)
        }
    }

    private func perform(_ action: OrderedStateMachine.Action, _ state: inout State, _ port: MonitorPort, _ now: Timestamp) {
        switch action {
        case .create(let epoch, let sequence): create(epoch, behind: sequence, port)
        case .delete(let epoch):
            let subject = Array("\(stream.jetStream.prefix).CONSUMER.DELETE.\(stream.name).\(name(epoch))".utf8)
            _ = port.publish(subject.span, reply: Span(), Span())
        case .request(let request):
            if !send(request, epoch: state.machine?.epoch ?? 0, &state, port) { state.machine?.requestNotSent(now: now) }
        case .report(let report): events.emit(ConsumerEvent(report))
        case .recreated(let epoch): events.emit(.recreated(name: name(epoch)))
        case .end(let cause): if state.end == nil { state.end = end(cause, state.refusal) }
        }
    }

    /// A request that isn't answered in time is made again.
    private func create(_ epoch: UInt64, behind sequence: UInt64?, _ port: MonitorPort) {
        let request = ConsumerRequest(
            stream: stream.name, configuration: options.configuration(name: name(epoch), behind: sequence), action: .create,
            isPedantic: false)
        let subject = Array("\(stream.jetStream.prefix).\(request.subject)".utf8)
        let reply = prefix + Array("c\(epoch)".utf8)
        let body = request.json
        _ = port.publish(subject.span, reply: reply.span, body.span)
    }

    private func send(_ request: PullRequest, epoch: UInt64, _ state: inout State, _ port: MonitorPort) -> Bool {
        state.writer.removeAll()
        request.write(configuration, to: &state.writer)
        state.reply.removeSubrange(prefix.count...)
        state.reply.append(decimal: request.serial)
        let subject = Array("\(stream.jetStream.prefix).CONSUMER.MSG.NEXT.\(stream.name).\(name(epoch))".utf8)
        return port.publish(subject.span, reply: state.reply.span, state.writer.bytes)
    }

    private func end(_ end: OrderedEnd, _ refusal: JetStreamError?) -> MonitorEnd {
        switch end {
        case .stopped: .finished(nil)
        case .refused, .failed:
            .finished(
                NATSError(
                    refusal == nil ? .consumerUnavailable : .jetStreamRefused,
                    "an ordered consumer of \(stream.concerns) can't be made: "
                        + (refusal.map { "\($0)" } ?? "nobody answers for JetStream"), underlying: refusal))
        case .pull(let end):
            .finished(
                end.error(
                    JetStream.Consumer(
                        jetStream: stream.jetStream, streamName: stream.name, name: consumerNameWithoutLock, cachedInfo: nil),
                    words: nil))
        }
    }

    private var consumerNameWithoutLock: String { "\(namePrefix)_…" }
}

/// What an answer to `CONSUMER.CREATE` says, of what the reader needs.
struct ConsumerCreation {
    private(set) var refusal: JetStreamError?
    /// Behind which message the consumer begins.
    private(set) var streamSequence: UInt64?
    /// How many messages wait for it.
    private(set) var pending: UInt64 = 0

    /// Where a new one goes on that takes this one's place before it has given out anything; nil: it has to begin as this one. The place
    /// of `lastPerSubject` is no place in the stream, unless there is nothing before it.
    func place(_ policy: ConsumerConfiguration.DeliverPolicy) -> UInt64? {
        policy != .lastPerSubject || pending == 0 ? streamSequence : nil
    }

    init(_ json: Span<UInt8>) {
        var info = ConsumerInfo()
        do throws(JSONError) {
            var reader = JSONReader(json)
            try reader.beginObject()
            while let key = try reader.nextKey() {
                if key == "error" {
                    refusal = try JetStreamError(from: &reader)
                } else {
                    try info.readMember(key, &reader)
                }
            }
            streamSequence = info.delivered.stream
            pending = info.pending
        } catch {
            refusal = refusal ?? JetStreamError()
        }
    }
}
