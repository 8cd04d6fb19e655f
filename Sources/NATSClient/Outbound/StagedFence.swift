import NATSProtocol

extension Fence {
    /// Whether a user waits for it, rather than the session.
    var isUsers: Bool { if case .user = self { true } else { false } }
}

/// A PING among the staged bytes, and how many staged publishes stand before it.
struct StagedFence {
    let fence: Fence
    let publishesBefore: UInt64
}
