package import NATSProtocol
import Synchronization

/// How a message of a ``PublishPipeline`` has ended.
package enum PublishResult: Sendable {
    /// What nearly every message is: stored, or stored before under the same id.
    case stored(sequence: UInt64, isDuplicate: Bool, by: AcknowledgingStream)
    /// An acknowledgement that says more.
    case acknowledged(DetailedAcknowledgement)
    /// A `NATSError`: refused, timed out, or nobody knows.
    case failed(any Error)
}

/// Who has stored a message: the part that all acknowledgements of one stream have in common.
package final class AcknowledgingStream: Sendable {
    package let name: String
    package let domain: String?

    init(_ acknowledgement: PublishAcknowledgement) {
        name = acknowledgement.stream
        domain = acknowledgement.domain
    }
}

/// In a box, so that results stay small.
package final class DetailedAcknowledgement: Sendable {
    package let value: PublishAcknowledgement
    init(_ value: PublishAcknowledgement) { self.value = value }
}

/// The result of one message, when it is there. One object; any number of tasks may wait for it.
package final class PublishTicket: Sendable {
    private enum State {
        /// Those who wait: mostly one, for whom no array is made.
        case waiting(first: WaiterID?, others: [WaiterID])
        case done(PublishResult)
    }

    private let state = Mutex(State.waiting(first: nil, others: []))
    private let core: ConnectionCore

    init(_ core: ConnectionCore) { self.core = core }

    /// The result if it is there.
    package var result: PublishResult? {
        state.withLock { state in
            if case .done(let result) = state { return result }
            return nil
        }
    }

    /// Waits for the result. Throws `CancellationError`; the message isn't affected by it.
    package func wait() async throws -> PublishResult {
        while true {
            if let result { return result }
            do {
                try await core.wait(.publisher, deadline: .distantFuture) { core, id in
                    let isDone = state.withLock { state in
                        guard case .waiting(let first, var others) = state else { return true }
                        if first != nil { others.append(id) }
                        state = .waiting(first: first ?? id, others: others)
                        return false
                    }
                    if isDone { core.complete(id, .done) }
                }
            } catch {
                // The connection's close ends the message, too: it is told of what became of it.
                if let result { return result }
                throw error
            }
        }
    }

    func resolve(_ result: PublishResult) {
        let (first, others) = state.withLock { state -> (WaiterID?, [WaiterID]) in
            guard case .waiting(let first, let others) = state else { return (nil, []) }
            state = .done(result)
            return (first, others)
        }
        if let first { core.complete(first, .done) }
        for id in others { core.complete(id, .done) }
    }
}
