// Memory-safety fence: continuations travel through the waiter table as one word.
//
// Invariant: the word of a `.request` waiter is an `UnsafeContinuation<Message, any Error>`, that of every other kind
// an `UnsafeContinuation<Void, any Error>`; `WaiterTable.remove` yields a waiter once, and whoever gets it resumes it,
// so each continuation is resumed exactly once. Zero: the caller hasn't suspended yet.

import NATSProtocol

typealias RequestContinuation = UnsafeContinuation<Message, any Error>
typealias CallContinuation = UnsafeContinuation<Void, any Error>

extension UnsafeContinuation {
    var bits: UInt { unsafe unsafeBitCast(self, to: UInt.self) }
}

extension Waiter {
    /// Resumes the suspended caller. Outside of every lock.
    func resume(_ completion: Completion) {
        guard bits != 0 else { return }
        if waiterKind == .request {
            let continuation = unsafe unsafeBitCast(bits, to: RequestContinuation.self)
            switch completion {
            case .message(let message): continuation.resume(returning: message)
            case .failed(let error): continuation.resume(throwing: error)
            case .done: continuation.resume(throwing: CancellationError())
            }
        } else {
            let continuation = unsafe unsafeBitCast(bits, to: CallContinuation.self)
            switch completion {
            case .message, .done: continuation.resume()
            case .failed(let error): continuation.resume(throwing: error)
            }
        }
    }
}
