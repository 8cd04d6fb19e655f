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
            readAnswer(subject.extracting(prefix.count...), message, now)
            return false
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

    private func readAnswer(_ token: Span<UInt8>, _ message: borrowing MessageView, _ now: Timestamp) {
        let answer = PullAnswer(headers: message.headerBytes)
        if let serial = Decimal.parse(token, 0, token.count) {
            guard let answer else { return }
            return state.withLock {
                $0.machine?.statusReceived(
                    answer.status, serial: serial, pendingMessages: answer.pendingMessages, pendingBytes: answer.pendingBytes,
                    lastConsumerSequence: answer.lastConsumerSequence, now: now)
            }
        }
        guard token.count > 1, token[0] == UInt8(ascii: "c"), let epoch = Decimal.parse(token, 1, token.count) else { return }
        // Nobody answers for JetStream at the moment.
        if answer != nil { return state.withLock { $0.machine?.refused(epoch: epoch, isFinal: false, now: now) } }
        readCreation(message.bytes, epoch, now)
    }

    private func readCreation(_ json: Span<UInt8>, _ epoch: UInt64, _ now: Timestamp) {
        let answer = ConsumerCreation(json)
        state.withLock { state in
            if let refusal = answer.refusal {
                state.refusal = refusal
                // A cluster that has just started knows nothing of its streams; a reader that never began isn't kept waiting.
                let isFinal = refusal.status == 400 || refusal.status == 404 && state.machine?.streamSequence == nil
                state.machine?.refused(epoch: epoch, isFinal: isFinal, now: now)
            } else {
                // The place of `lastPerSubject` is no place in the stream.
                let isPlace = options.deliverPolicy != .lastPerSubject
                state.machine?.created(epoch: epoch, behind: isPlace ? answer.streamSequence : nil, now: now)
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
                state.machine?.messagesHandedOn(count: messages, byteCount: bytes, now: now)
            case .taken(let messages, let bytes): state.machine?.messagesTaken(count: messages, byteCount: bytes, now: now)
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
            return MonitorDemand(
                deadline: state.machine?.nextDeadline, takes: state.machine?.takenUntilRefill, end: state.end)
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
private struct ConsumerCreation {
    private(set) var refusal: JetStreamError?
    /// Behind which message the consumer begins.
    private(set) var streamSequence: UInt64?

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
        } catch {
            refusal = refusal ?? JetStreamError()
        }
    }
}
