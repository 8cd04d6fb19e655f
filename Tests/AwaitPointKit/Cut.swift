package import NATSClient

/// Longer than any test.
package let forEver = Duration.seconds(100_000)

/// What cuts a call short.
package enum Cut: CaseIterable, Sendable {
    /// The task is cancelled before it calls.
    case cancelledBefore
    case cancelled
    case closed
    case aborted
    case shutDown
}

/// How a call ended.
package enum Ending: Equatable, Sendable {
    case returned
    case cancellation
    case failure(NATSError.Code)
    case other(String)

    package init(of body: WaitingCall.Body) async {
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
package func cancelThisTask() { unsafe withUnsafeCurrentTask { unsafe $0?.cancel() } }
