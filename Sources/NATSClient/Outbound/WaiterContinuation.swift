// Memory-safety fence: continuations without run-time checks, which travel through tables as one word.
//
// Invariant: the word of a `.request` waiter is a `Suspension<Message>`, that of every other kind a
// `Suspension<Void>`; a table yields an entry once, and whoever gets it resumes it, so that each continuation is
// resumed exactly once. Zero: the caller hasn't suspended yet.

import NATSProtocol

/// A suspended call that is to be resumed exactly once.
@safe
struct Suspension<Value: Sendable>: Sendable {
    private let continuation: UnsafeContinuation<Value, any Error>

    fileprivate init(_ continuation: UnsafeContinuation<Value, any Error>) { unsafe self.continuation = continuation }

    fileprivate init(bits: UInt) {
        unsafe continuation = unsafeBitCast(bits, to: UnsafeContinuation<Value, any Error>.self)
    }

    var bits: UInt { unsafe unsafeBitCast(continuation, to: UInt.self) }

    func resume(returning value: Value) { unsafe continuation.resume(returning: value) }
    func resume(throwing error: any Error) { unsafe continuation.resume(throwing: error) }
}

/// Suspends the calling task; `body` hands the suspension to whoever will resume it. Doesn't allocate.
@inline(__always)
func suspend<Value: Sendable>(_ body: (Suspension<Value>) -> Void) async throws -> Value {
    try await unsafe withUnsafeThrowingContinuation { unsafe body(Suspension($0)) }
}

extension Suspension<Message> {
    func resume(_ completion: Completion) {
        switch completion {
        case .message(let message): resume(returning: message)
        case .failed(let error): resume(throwing: error)
        case .done: resume(throwing: CancellationError())
        }
    }
}

extension Suspension<Void> {
    func resume(_ completion: Completion) {
        switch completion {
        case .message, .done: resume(returning: ())
        case .failed(let error): resume(throwing: error)
        }
    }
}

extension Waiter {
    /// Resumes the suspended caller. Outside of every lock.
    func resume(_ completion: Completion) {
        guard bits != 0 else { return }
        if waiterKind == .request {
            Suspension<Message>(bits: bits).resume(completion)
        } else {
            Suspension<Void>(bits: bits).resume(completion)
        }
    }
}

/// A suspended consumer of a queue, to be resumed exactly once.
@safe
struct Wakeup: Sendable {
    private let continuation: UnsafeContinuation<Void, Never>

    fileprivate init(_ continuation: UnsafeContinuation<Void, Never>) { unsafe self.continuation = continuation }

    func resume() { unsafe continuation.resume() }
}

@inline(__always)
func suspendUntilWoken(_ body: (Wakeup) -> Void) async {
    await unsafe withUnsafeContinuation { unsafe body(Wakeup($0)) }
}
