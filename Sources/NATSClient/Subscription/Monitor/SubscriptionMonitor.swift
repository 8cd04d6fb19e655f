package import NATSProtocol
import Synchronization

/// Watches over one subscription on the reactor's thread: sees what isn't for the user before it is queued, learns what came,
/// what was taken and how the connection is, and publishes what follows from it. Pulling and pushing consumers are built on it.
///
/// All functions are called on the reactor's thread, one at a time. Ordinary messages cost a monitor nothing: they are counted,
/// and told of once per chunk.
package protocol SubscriptionMonitor: AnyObject, Sendable {
    /// A message that the scope says it wants to see. False: it isn't for the user.
    func inspect(_ message: borrowing MessageView, now: Timestamp) -> Bool

    /// Something happened.
    func observe(_ event: MonitorEvent, now: Timestamp)

    /// After everything that happened at once: does what follows from it, and says what it needs.
    func settle(_ port: MonitorPort, now: Timestamp) -> MonitorDemand

    /// A message came after the monitor had said that all is over.
    func receivedLate(_ message: borrowing MessageView)

    /// The subscription is over, by its monitor's word or with its connection. The last call; from any thread when there was no
    /// subscription at all.
    func subscriptionEnded()
}

/// Which messages a monitor sees one by one.
package enum MonitorScope: Sendable {
    /// Those on a subject that begins so: a server's statuses and answers come on the subject that was subscribed, the messages
    /// of a stream on their own.
    case subject(prefix: [UInt8])
    /// These, and all with headers.
    case headers(orSubject: [UInt8])
    case everything
}

/// What a monitor is told.
package enum MonitorEvent: Sendable {
    /// First of all.
    case began(isConnected: Bool)
    /// So many messages came and were handed over.
    case arrived(messages: Int, bytes: Int)
    /// The user took so many.
    case taken(messages: Int, bytes: Int)
    case connectionLost
    case connectionEstablished
    /// The deadline that it asked for.
    case deadline
    /// The user wants no more than what has been sent.
    case stopped
    /// The user has gone.
    case abandoned
}

/// What a monitor needs, until it says otherwise.
package struct MonitorDemand: Sendable {
    /// When to tell it that it is so late.
    package var deadline: Timestamp?
    /// After how much more was taken to tell it: since it was last told, messages or bytes, whichever comes first.
    package var takes: (messages: Int, bytes: Int)?
    package var end: MonitorEnd?

    package init(
        deadline: Timestamp? = nil, takes: (messages: Int, bytes: Int)? = nil, end: MonitorEnd? = nil
    ) {
        self.deadline = deadline
        self.takes = takes
        self.end = end
    }
}

/// How a monitored subscription is to end.
package enum MonitorEnd: Sendable {
    /// Nothing more can come: it ends behind what waits.
    case finished(NATSError?)
    /// It ends behind what the server has sent.
    case drained
    /// It ends now; what comes late goes to the monitor.
    case abandoned(NATSError?)
}

/// The way out for a monitor.
package struct MonitorPort {
    let core: ConnectionCore

    /// Publishes in order with everything else, whatever the outbound buffer holds. False: the connection takes nothing.
    package func publish(_ subject: Span<UInt8>, reply: Span<UInt8>, _ payload: Span<UInt8>) -> Bool {
        core.stageBeyondLimit(subject: subject, reply: reply, payload: payload) == nil
    }

    /// The server of the connection, for errors.
    package var server: String? { core.snapshot.withLock { $0.server?.location } }
}
