@testable import NATSClient
import TestSupport
import Testing

/// A place at which public calls wait for a server that stays silent, and how they end when they are cut short.
struct AwaitPoint: CustomTestStringConvertible, Sendable {
    /// The calls that wait here, as ``PublicCalls`` names them.
    let calls: [String]
    /// What they wait for.
    let reason: String
    /// What the server does behind the handshake; then it only reads.
    var script: [ScriptStep] = []
    /// The call's own deadline where the caller can't choose it: it may pass on a machine that is starved.
    var ownDeadline: Duration?
    var options: @Sendable (inout ConnectOptions) -> Void = { _ in }
    /// How a call ends whose task is cancelled.
    var cancelled = Ending.cancellation
    /// How a call ends when the connection is closed.
    var closed = Ending.failure(.connectionClosed)
    /// How a call ends when the loop is shut down. Nil: as when the connection is closed.
    var shutDown: Ending?
    /// Brings the connection to where the call waits.
    let prepare: @Sendable (NATSConnection, ScriptedServer) async throws -> WaitingCall

    var testDescription: String { "\(calls.joined(separator: ", ")): \(reason)" }

    func ending(by cut: Cut) -> Ending {
        switch cut {
        case .cancelledBefore, .cancelled: cancelled
        case .closed, .aborted: closed
        case .shutDown: shutDown ?? closed
        }
    }
}

/// A call that waits until it is cut short.
struct WaitingCall: Sendable {
    typealias Body = @Sendable () async throws -> Void

    let body: Body
    /// Whether it has got to where it waits.
    let isWaiting: @Sendable () -> Bool
    /// What must hold when it has ended.
    let check: @Sendable () -> Void

    /// - Parameter isWaiting: nil: it is the only call in the connection's table.
    init(
        on nats: NATSConnection, isWaiting: (@Sendable () -> Bool)? = nil, check: @escaping @Sendable () -> Void = {},
        _ body: @escaping Body
    ) {
        self.body = body
        self.isWaiting = isWaiting ?? { nats.statistics.waitingCalls == 1 }
        self.check = check
    }
}

/// What cuts a call short.
enum Cut: CaseIterable, Sendable {
    /// The task is cancelled before it calls.
    case cancelledBefore
    case cancelled
    case closed
    case aborted
    case shutDown
}

/// How a call ended.
enum Ending: Equatable, Sendable {
    case returned
    case cancellation
    case failure(NATSError.Code)
    case other(String)

    init(of body: WaitingCall.Body) async {
        do {
            try await body()
            self = .returned
        } catch is CancellationError {
            self = .cancellation
        } catch let error as NATSError {
            self = .failure(error.code)
        } catch {
            self = .other("\(error)")
        }
    }
}

/// Cancels the task that calls.
func cancelThisTask() { unsafe withUnsafeCurrentTask { unsafe $0?.cancel() } }
