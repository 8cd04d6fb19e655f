internal import NATSProtocol

/// What a client says about a message that a consumer has given it.
///
/// Source: ADR-15; `server/consumer.go` of nats-server.
public enum Acknowledgement: Sendable, Hashable {
    /// It is done with, and isn't given out again.
    case ack
    /// It couldn't be handled: give it out again, to whoever asks, at once or after a delay.
    case nak(delay: Duration? = nil)
    /// It can't be handled: don't give it out again. Servers publish the reason in an advisory (server 2.10.4).
    case term(reason: String? = nil)
    /// It is being handled: the time until it is given out again begins anew.
    case inProgress

    /// Nothing more can be said afterwards.
    var isFinal: Bool { self != .inProgress }

    /// The text that says so.
    var text: String {
        switch self {
        case .ack: "+ACK"
        case .nak(nil): "-NAK"
        case .nak(.some(let delay)): "-NAK {\"delay\":\(max(0, delay.nanosecondsClamped))}"
        case .term(nil): "+TERM"
        case .term(.some(let reason)): "+TERM \(reason)"
        case .inProgress: "+WPI"
        }
    }
}
