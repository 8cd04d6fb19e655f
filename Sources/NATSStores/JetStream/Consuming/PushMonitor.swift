import NATSClient
internal import NATSProtocol
import Synchronization

/// Watches over the messages of a consumer that pushes: answers flow control when the user has taken what came before, which is
/// what bounds it, and notices when heartbeats don't come.
///
/// Source: ADR-15; `sendFlowControl` and `sendIdleHeartbeat` in nats-server's `server/consumer.go`.
final class PushMonitor: ConsumptionMonitor {
    private struct State {
        var arrived = 0
        var taken = 0
        /// Subjects to be answered when so much was taken.
        var answers: [(taken: Int, subject: [UInt8])] = []
        var isConnected = false
        var lastSign = Timestamp.zero
        var mustAsk = false
        var missedHeartbeats = false
        var end: MonitorEnd?
    }

    let events = ConsumerEventHub()
    private let consumer: JetStream.Consumer
    private let deliverSubject: [UInt8]
    /// 0: the server sends none.
    private let heartbeatNanoseconds: UInt64
    /// The answer to a question would come to any of the group.
    private let isShared: Bool
    /// The server waits for us when more than its window is under way.
    let isHeldBack: Bool
    private let state = Mutex(State())

    init(_ consumer: JetStream.Consumer, _ configuration: ConsumerConfiguration, deliverSubject: String) {
        self.consumer = consumer
        self.deliverSubject = Array(deliverSubject.utf8)
        heartbeatNanoseconds = configuration.idleHeartbeat?.clampedNanoseconds ?? 0
        isShared = configuration.deliverGroup != nil
        isHeldBack = configuration.usesFlowControl
    }

    var scope: MonitorScope { .subject(prefix: deliverSubject) }
    var counts: (requested: Int, received: Int) { state.withLock { (0, $0.arrived) } }

    func inspect(_ message: borrowing MessageView, now: Timestamp) -> Bool {
        guard let answer = PullAnswer(headers: message.headerBytes) else {
            // Our own question, answered; or a message that was published to the deliver subject itself.
            guard message.replyBytes.isEmpty, let code = JetStreamError.code(inAnswer: message.bytes) else {
                return !message.replyBytes.isEmpty
            }
            let isGone = code == .consumerNotFound || code == .streamNotFound
            if isGone { state.withLock { $0.end = .finished(PullEnd.consumerDeleted.error(consumer, words: nil)) } }
            return false
        }
        let subject = answer.status == .flowControl ? bytes(message.replyBytes) : stalled(message.headerBytes)
        state.withLock { state in
            state.lastSign = now
            state.missedHeartbeats = false
            // A stalled consumer asks in each heartbeat.
            if let subject, state.answers.last?.subject != subject { state.answers.append((state.arrived, subject)) }
            if answer.status == .consumerDeleted {
                state.end = .finished(PullEnd.consumerDeleted.error(consumer, words: nil))
            }
        }
        return false
    }

    /// Where a stalled consumer wants to hear that it may go on: in its heartbeats.
    private func stalled(_ headers: Span<UInt8>) -> [UInt8]? {
        guard let range = HeaderBlockView(headers).range("Nats-Consumer-Stalled") else { return nil }
        return bytes(headers.extracting(range))
    }

    private func bytes(_ span: Span<UInt8>) -> [UInt8]? { span.isEmpty ? nil : span.indices.map { span[$0] } }

    func receivedLate(_ message: borrowing MessageView) { try? message.nak() }

    func observe(_ event: MonitorEvent, now: Timestamp) {
        switch event {
        case .connectionLost: events.emit(.connectionLost)
        case .connectionEstablished: events.emit(.connectionEstablished)
        default: break
        }
        state.withLock { state in
            switch event {
            case .began(let isConnected):
                state.isConnected = isConnected
                state.lastSign = now
            case .arrived(let messages, _):
                state.arrived &+= messages
                state.lastSign = now
                state.missedHeartbeats = false
            case .taken(let messages, _): state.taken &+= messages
            case .connectionLost:
                state.isConnected = false
                state.answers.removeAll()
            case .connectionEstablished:
                state.isConnected = true
                state.lastSign = now
            case .deadline: noticeSilence(&state, now)
            case .stopped: state.end = state.end ?? .drained
            case .abandoned: state.end = .abandoned(nil)
            }
        }
    }

    private func silenceEnd(_ state: State) -> Timestamp {
        guard state.isConnected, heartbeatNanoseconds > 0 else { return .distantFuture }
        let (doubled, overflow) = heartbeatNanoseconds.multipliedReportingOverflow(by: 2)
        return state.lastSign.advanced(byNanoseconds: overflow ? .max : doubled)
    }

    private func noticeSilence(_ state: inout State, _ now: Timestamp) {
        guard silenceEnd(state) <= now else { return }
        state.lastSign = now
        state.mustAsk = !isShared
        if !state.missedHeartbeats { events.emit(.heartbeatsMissed) }
        state.missedHeartbeats = true
    }

    func settle(_ port: MonitorPort, now: Timestamp) -> MonitorDemand {
        state.withLock { state in
            while let first = state.answers.first, first.taken <= state.taken {
                state.answers.removeFirst()
                _ = port.publish(first.subject.span, reply: Span(), Span())
            }
            if state.mustAsk {
                state.mustAsk = false
                let subject = Array("\(consumer.jetStream.prefix).\(consumer.subject("CONSUMER.INFO"))".utf8)
                let reply = deliverSubject
                _ = port.publish(subject.span, reply: reply.span, Span())
            }
            if state.end != nil { events.finish() }
            let deadline = silenceEnd(state)
            let takes = state.answers.first.map { (messages: $0.taken &- state.taken, bytes: Int.max) }
            return MonitorDemand(deadline: deadline == .distantFuture ? nil : deadline, takes: takes, end: state.end)
        }
    }
}
