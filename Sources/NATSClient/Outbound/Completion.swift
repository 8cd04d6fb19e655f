import NATSProtocol

/// How a waiting call ends.
enum Completion: Sendable {
    case message(Message)
    case done
    case failed(any Error)
}

/// What a waiter of the connection's ``WaiterTable`` waits for.
enum WaiterKind: UInt8 {
    case request
    case flush
    case room
    case subscribe
    case drainSubscription
    case drain
    case close
    case connect
    /// Room in the window of a publisher, or an outcome of one.
    case publisher
    /// A while to pass: its deadline is its success.
    case pause
    /// The deadline of a call that waits elsewhere: an action to run then.
    case timeout
    /// The clock of a machine: an action to run then, for which nobody waits. Counted apart.
    case timer

    var runsAction: Bool { self == .timeout || self == .timer }
}

extension Waiter {
    var waiterKind: WaiterKind { WaiterKind(rawValue: kind) ?? .timeout }
}
