internal import Synchronization

/// Receive blocks that are used again. A block is `free`, `in use` by a backend, or lent: some handler keeps it.
///
/// Lent blocks are looked at when the free ones run out. When all are lent, a new block is made (a miss) and the oldest
/// lent one is forgotten: it is freed by whoever keeps it, so the pool itself never grows.
final class BlockPool {
    let blockSize: Int
    private let capacity: Int
    private let census = BlockCensus()
    private var free: [ReceiveBlock] = []
    private var lent: [ReceiveBlock] = []
    private var inUse = 0
    private(set) var misses: UInt64 = 0

    init(blockSize: Int, capacity: Int) {
        self.blockSize = blockSize
        self.capacity = capacity
        free.reserveCapacity(capacity + 1)
        lent.reserveCapacity(capacity + 1)
    }

    /// A block that nobody else refers to. The backend gives it back with `giveBack`.
    func take() -> ReceiveBlock {
        inUse += 1
        return takeFree()
    }

    /// Takes a block back from a backend, whether or not a handler still refers to it. Give away the only cursor.
    func giveBack(_ cursor: consuming BlockCursor) {
        inUse -= 1
        var cursor = cursor
        if cursor.isUnused() {
            keep(cursor.block)
        } else {
            lend(cursor.block)
        }
    }

    /// A block for a handler: from the pool when it fits, else of exactly this size.
    func makeBlock(minimumCapacity: Int) -> ReceiveBlock {
        guard minimumCapacity <= blockSize else { return ReceiveBlock(capacity: minimumCapacity, census: nil) }
        let block = takeFree()
        lend(block)
        return block
    }

    /// Blocks that handlers keep, forgotten ones included.
    var lentCount: Int {
        reclaim()
        return lentCountAtMost
    }

    /// Like `lentCount`, but counts blocks that came back unnoticed; costs nothing.
    var lentCountAtMost: Int { max(0, census.live.load(ordering: .relaxed) - free.count - inUse) }

    /// Whether only the caller's variable refers to the block. What other threads did with it has happened before.
    static func isUnused(_ block: inout ReceiveBlock) -> Bool {
        guard isKnownUniquelyReferenced(&block) else { return false }
        atomicMemoryFence(ordering: .acquiring)
        return true
    }

    private func takeFree() -> ReceiveBlock {
        if free.isEmpty { reclaim() }
        if let block = free.popLast() { return block }
        if census.live.load(ordering: .relaxed) >= capacity { misses += 1 }
        return ReceiveBlock(capacity: blockSize, census: census)
    }

    private func keep(_ block: ReceiveBlock) {
        block.context = nil
        if free.count < capacity { free.append(block) }
    }

    private func lend(_ block: ReceiveBlock) {
        if lent.count >= capacity { reclaim() }
        if lent.count >= capacity { lent.removeFirst() }
        lent.append(block)
    }

    /// Takes back every lent block that nobody keeps any more.
    func reclaim() {
        var index = 0
        while index < lent.count {
            if Self.isUnused(&lent[index]) {
                keep(lent[index])
                lent.swapAt(index, lent.count - 1)
                lent.removeLast()
            } else {
                index += 1
            }
        }
    }
}
