import Reactor

/// Consecutive messages of one block for one subscription, gathered so that they cost one lock and one bulk retain.
struct DeliveryRun: ~Copyable {
    static let capacity = 512
    private(set) var index = -1
    private(set) var block: ReceiveBlock?
    private(set) var layouts: [MessageLayout] = []

    init() {}

    var isEmpty: Bool { layouts.isEmpty }

    /// Whether a message of this subscription in this block can join the run.
    @inline(__always)
    func accepts(_ candidate: Int) -> Bool {
        candidate == index && layouts.count < Self.capacity
    }

    mutating func begin(_ index: Int, in block: ReceiveBlock) {
        self.index = index
        self.block = block
        // At once and at the first message only: a connection that receives nothing needs none of it.
        if layouts.capacity == 0 { layouts.reserveCapacity(Self.capacity) }
    }

    @inline(__always)
    mutating func append(_ layout: MessageLayout) { layouts.append(layout) }

    /// Forgets the run, and the block, so that the pool can have it back.
    mutating func removeAll() {
        layouts.removeAll(keepingCapacity: true)
        index = -1
        block = nil
    }
}
