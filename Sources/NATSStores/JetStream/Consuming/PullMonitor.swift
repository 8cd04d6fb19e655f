import NATSClient
internal import NATSProtocol
import Synchronization

/// Performs what ``PullStateMachine`` wants on the reactor's thread, and feeds it with what the server says.
final class PullMonitor: SubscriptionMonitor {
    private struct State: ~Copyable {
        /// From the beginning on.
        var machine: PullStateMachine?
        var writer = JSONWriter()
        var reply: [UInt8]
        var end: MonitorEnd?
        /// The words of the last status that wasn't a usual one.
        var words: String?
        /// What the last request said of who we are.
        var sentPin: String?
        /// The subject of the message that the first request acknowledges.
        var acknowledged: [UInt8]?
    }

    let events = ConsumerEventHub()
    private let consumer: JetStream.Consumer
    private let configuration: PullConfiguration
    private let requestSubject: [UInt8]
    /// `<inbox>.`, behind which the serials of requests stand in the subjects of their answers.
    private let prefix: [UInt8]
    private let state: Mutex<State>

    /// - Parameters:
    ///   - inbox: the subject of the subscription is `<inbox>.*`.
    ///   - acknowledged: reply subject of a message: the first request says, too, that it is done with (`+NXT`).
    init(
        _ consumer: JetStream.Consumer, _ configuration: PullConfiguration, inbox: String, acknowledged: [UInt8]? = nil
    ) {
        self.consumer = consumer
        self.configuration = configuration
        requestSubject = Array("\(consumer.jetStream.prefix).\(consumer.subject("CONSUMER.MSG.NEXT"))".utf8)
        prefix = Array("\(inbox).".utf8)
        state = Mutex(State(reply: prefix, acknowledged: acknowledged))
    }

    /// Messages of a pinned group carry the pin in a header. Where a number must not be exceeded, each is looked at.
    var scope: MonitorScope {
        guard configuration.messageLimit == nil else { return .everything }
        return configuration.group == nil ? .subject(prefix: prefix) : .headers(orSubject: prefix)
    }

    /// What is asked for and hasn't come, and what has come in all.
    var counts: (requested: Int, received: Int) {
        state.withLock { ($0.machine?.requestedMessages ?? 0, $0.machine?.receivedCount ?? 0) }
    }

    // MARK: - What comes

    func inspect(_ message: borrowing MessageView, now: Timestamp) -> Bool {
        let subject = message.subjectBytes
        guard subject.starts(with: prefix) else {
            notePin(message.headerBytes)
            return takesMore(message)
        }
        let token = subject.extracting(prefix.count...)
        guard let serial = Decimal.parse(token, 0, token.count) else {
            if token.count == 1 { readInfo(message.bytes) }
            return false
        }
        let answer = PullAnswer(headers: message.headerBytes)
        state.withLock { state in
            guard let answer else { return }
            switch answer.status {
            case .badRequest, .limitExceeded, .maximumWaitingExceeded, .unknown: state.words = message.status?.description
            case .pinMismatch: if state.machine?.isCurrent(serial) == true { forgetPin(state.sentPin) }
            default: break
            }
            state.machine?.statusReceived(
                answer.status, serial: serial, pendingMessages: answer.pendingMessages, pendingBytes: answer.pendingBytes,
                now: now)
        }
        return false
    }

    /// Requests that were given up may bring more than is wanted.
    private func takesMore(_ message: borrowing MessageView) -> Bool {
        guard let limit = configuration.messageLimit, state.withLock({ $0.machine?.receivedCount ?? 0 }) >= limit else {
            return true
        }
        receivedLate(message)
        return false
    }

    private func notePin(_ headers: Span<UInt8>) {
        guard let group = configuration.group,
            let range = HeaderBlockView(headers).last(for: HeaderName.pinID.utf8Span.span)?.value
        else { return }
        let id = headers.extracting(range)
        state.withLock { state in
            if let known = state.machine?.pinID, known.utf8.count == id.count, id.starts(with: known.utf8Span.span) { return }
            let pin = String(repairing: id)
            consumer.pins.note(pin, of: group)
            state.machine?.pinned(id: pin)
        }
    }

    private func forgetPin(_ pin: String?) {
        if let pin, let group = configuration.group { consumer.pins.forget(pin, of: group) }
    }

    /// The answer to the question whether the consumer exists.
    private func readInfo(_ json: Span<UInt8>) {
        guard let code = JetStreamError.code(inAnswer: json), code == .consumerNotFound || code == .streamNotFound else { return }
        state.withLock { $0.machine?.consumerIsGone() }
    }

    func receivedLate(_ message: borrowing MessageView) {
        // Better now to somebody else than after the consumer's patience. There may be nobody to say it to.
        try? message.nak()
    }

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
                state.machine = PullStateMachine(configuration, isConnected: isConnected, now: now)
            case .arrived(let messages, let bytes):
                state.machine?.messagesReceived(count: messages, byteCount: bytes, now: now)
            case .taken(let messages, let bytes):
                state.machine?.messagesTaken(count: messages, byteCount: bytes, now: now)
            case .connectionLost: state.machine?.connectionLost()
            case .connectionEstablished: state.machine?.connected(now: now)
            case .deadline: state.machine?.deadlineReached(now: now)
            case .stopped: state.machine?.stop()
            case .abandoned: state.end = .abandoned(nil)
            }
        }
    }

    // MARK: - What follows

    func settle(_ port: MonitorPort, now: Timestamp) -> MonitorDemand {
        state.withLock { state in
            while let action = state.machine?.nextAction() {
                switch action {
                case .request(let request): if !send(request, &state, port) { state.machine?.requestNotSent(now: now) }
                case .report(let report):
                    events.emit(ConsumerEvent(report))
                    if case .unanswered(let times) = report, times > 1 { askWhetherItExists(port) }
                case .end(let end): if state.end == nil { state.end = self.end(end, words: state.words) }
                }
            }
            if state.end != nil { events.finish() }
            return MonitorDemand(
                deadline: state.machine?.nextDeadline, takes: state.machine?.takenUntilRefill, end: state.end)
        }
    }

    private func send(_ request: PullRequest, _ state: inout State, _ port: MonitorPort) -> Bool {
        state.writer.removeAll()
        state.sentPin = configuration.group.flatMap { consumer.pins.pin(of: $0) }
        request.write(configuration, pinID: state.sentPin, to: &state.writer)
        state.reply.removeSubrange(prefix.count...)
        state.reply.append(decimal: request.serial)
        if let acknowledged = state.acknowledged.take() {
            let json = state.writer.bytes
            let body = Array("+NXT ".utf8) + json.indices.map { json[$0] }
            return port.publish(acknowledged.span, reply: state.reply.span, body.span)
        }
        // The span of a class's property would have to outlive it.
        let subject = requestSubject
        return port.publish(subject.span, reply: state.reply.span, state.writer.bytes)
    }

    /// Nobody answers for a consumer that doesn't exist, either. Others know.
    private func askWhetherItExists(_ port: MonitorPort) {
        let subject = Array("\(consumer.jetStream.prefix).\(consumer.subject("CONSUMER.INFO"))".utf8)
        let reply = prefix + [UInt8(ascii: "i")]
        _ = port.publish(subject.span, reply: reply.span, Span())
    }

    private func end(_ end: PullEnd, words: String?) -> MonitorEnd {
        let error = end.error(consumer, words: words)
        return switch end {
        case .stopped: .drained
        case .heartbeatsMissed, .timedOut: .abandoned(error)
        default: .finished(error)
        }
    }
}

extension JetStreamError {
    /// The code of an API's answer; nil when it isn't a refusal, or can't be read.
    static func code(inAnswer json: Span<UInt8>) -> Code? {
        var reader = JSONReader(json)
        var rest = EmptyReply()
        do throws(JSONError) {
            try reader.beginObject()
            while let key = try reader.nextKey() {
                if key == "error" { return try JetStreamError(from: &reader).code }
                try rest.readMember(key, &reader)
            }
        } catch {
            return nil
        }
        return nil
    }
}

extension Span<UInt8> {
    func starts(with prefix: [UInt8]) -> Bool { starts(with: prefix.span) }

    func starts(with prefix: Span<UInt8>) -> Bool {
        guard count >= prefix.count else { return false }
        for index in prefix.indices where self[index] != prefix[index] { return false }
        return true
    }
}

extension [UInt8] {
    mutating func append(decimal number: UInt64) {
        let start = count
        var rest = number
        repeat {
            insert(UInt8(truncatingIfNeeded: rest % 10) + UInt8(ascii: "0"), at: start)
            rest /= 10
        } while rest > 0
    }
}
