package import NATSClient
package import TestSupport
import Testing

/// A place at which public calls wait for a server that stays silent, and how they end when they are cut short.
package struct AwaitPoint: CustomTestStringConvertible, Sendable {
    package typealias Prepare = @Sendable (NATSConnection, ScriptedServer) async throws -> WaitingCall

    /// The calls that wait here, as ``PublicCalls`` names them.
    package let calls: [String]
    /// What they wait for.
    let reason: String
    /// What the server does behind the handshake; then it only reads.
    let script: [ScriptStep]
    /// The call's own deadline where the caller can't choose it: it may pass on a machine that is starved.
    let ownDeadline: Duration?
    let options: @Sendable (inout ConnectOptions) -> Void
    /// How a call ends whose task is cancelled.
    let cancelled: Ending
    /// How a call ends when the connection is closed.
    let closed: Ending
    /// How a call ends when the loop is shut down.
    let shutDown: Ending
    /// Brings the connection to where the call waits.
    let prepare: Prepare

    /// - Parameter shutDown: nil: as when the connection is closed.
    package init(
        calls: [String], reason: String, script: [ScriptStep] = [], ownDeadline: Duration? = nil,
        options: @escaping @Sendable (inout ConnectOptions) -> Void = { _ in }, cancelled: Ending = .cancellation,
        closed: Ending = .failure(.connectionClosed), shutDown: Ending? = nil, prepare: @escaping Prepare
    ) {
        self.calls = calls
        self.reason = reason
        self.script = script
        self.ownDeadline = ownDeadline
        self.options = options
        self.cancelled = cancelled
        self.closed = closed
        self.shutDown = shutDown ?? closed
        self.prepare = prepare
    }

    package var testDescription: String { "\(calls.joined(separator: ", ")): \(reason)" }

    func ending(by cut: Cut) -> Ending {
        switch cut {
        case .cancelledBefore, .cancelled: cancelled
        case .closed, .aborted: closed
        case .shutDown: shutDown
        }
    }
}

/// A call that waits until it is cut short.
package struct WaitingCall: Sendable {
    package typealias Body = @Sendable () async throws -> Void

    let body: Body
    /// Whether it has got to where it waits.
    let isWaiting: @Sendable () -> Bool
    /// What must hold when it has ended.
    let check: @Sendable () -> Void

    /// - Parameter isWaiting: nil: it is the only call in the connection's table.
    package init(
        on nats: NATSConnection, isWaiting: (@Sendable () -> Bool)? = nil, check: @escaping @Sendable () -> Void = {},
        _ body: @escaping Body
    ) {
        self.body = body
        self.isWaiting = isWaiting ?? { nats.statistics.waitingCalls == 1 }
        self.check = check
    }
}
