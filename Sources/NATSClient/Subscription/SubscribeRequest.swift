import NATSProtocol
import Synchronization

/// A subscription on its way to the reactor.
final class SubscribeRequest: Sendable {
    enum Sink: Sendable {
        case queue(DeliveryQueue)
        case inline(InlineSink)
        case requestInbox
        case reactor(ReactorSinkHolder)
        case monitored(MonitoredSink)

        var kind: SinkKind {
            switch self {
            case .queue: .queue
            case .inline: .inline
            case .requestInbox: .requestInbox
            case .reactor: .reactor
            case .monitored: .monitored
            }
        }

        /// Stays while the connection drains, since answers to what was published before come on it.
        var isReplyInbox: Bool { kind == .requestInbox || kind == .reactor }

        var object: AnyObject? {
            switch self {
            case .queue(let queue): queue
            case .inline(let sink): sink
            case .requestInbox: nil
            case .reactor(let holder): holder
            case .monitored(let sink): sink
            }
        }
    }

    let subject: String
    let queueGroup: String?
    let confirms: Bool
    let sink: Sink
    /// Set by the reactor.
    let id = Mutex<SubscriptionID?>(nil)

    init(subject: String, queueGroup: String?, confirms: Bool, sink: Sink) {
        self.subject = subject
        self.queueGroup = queueGroup
        self.confirms = confirms
        self.sink = sink
    }
}
