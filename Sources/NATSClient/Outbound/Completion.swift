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
    /// Not a suspended call: an action to run at the deadline.
    case timeout
}

extension Waiter {
    var waiterKind: WaiterKind { WaiterKind(rawValue: kind) ?? .timeout }
}
