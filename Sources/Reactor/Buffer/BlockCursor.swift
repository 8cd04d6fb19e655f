/// A block that is being filled from front to back. Bytes before `offset` have been handed out and are never written again
/// while somebody keeps them.
struct BlockCursor {
    private(set) var block: ReceiveBlock
    private(set) var offset = 0

    init(_ block: consuming ReceiveBlock) { self.block = block }

    var freeCount: Int { block.capacity - offset }

    /// After a chunk was delivered: starts again when nobody kept it, else goes on behind it. False when too little is left.
    mutating func advance(by count: Int) -> Bool {
        if BlockPool.isUnused(&block) {
            block.context = nil
            offset = 0
            return true
        }
        // Cache lines aren't shared between bytes that somebody reads and bytes that the kernel writes.
        offset = min(block.capacity, (offset + count + 63) & ~63)
        return freeCount >= block.capacity / ReactorLimits.minimumFreePartOfBlock
    }

    /// True when nobody but this cursor refers to the block.
    mutating func isUnused() -> Bool { BlockPool.isUnused(&block) }
}
