// Memory-safety fence: the context of a receive block is always its connection's core.
//
// Invariant: only `ConnectionDriver` sets `ReceiveBlock.context`, and only to a `ConnectionCore`.

import Reactor

extension ConnectionCore {
    /// The connection that received what lies in `block`.
    static func owner(of block: ReceiveBlock) -> ConnectionCore? {
        guard let context = block.context else { return nil }
        return unsafe unsafeDowncast(context, to: ConnectionCore.self)
    }
}
