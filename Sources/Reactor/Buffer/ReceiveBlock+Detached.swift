extension ReceiveBlock {
    /// A block of its own, outside every pool. One allocation of exactly `capacity` bytes besides the object.
    package static func detached(capacity: Int) -> ReceiveBlock {
        ReceiveBlock(capacity: max(capacity, 1), census: nil)
    }

    /// Whether the block belongs to no pool, so that keeping it pins nothing else.
    package var isDedicated: Bool { census == nil }
}
