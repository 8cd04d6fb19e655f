import NATSProtocol

/// A PING among the staged bytes, and how many staged publishes stand before it.
struct StagedFence {
    let fence: Fence
    let publishesBefore: UInt64
}
