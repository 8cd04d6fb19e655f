import Reactor

extension Payload {
    /// The same bytes in memory of their own. One allocation and one copy.
    package init(copying bytes: Span<UInt8>) {
        let block = ReceiveBlock.detached(capacity: bytes.count)
        block.copyBytes(bytes, to: 0)
        self.init(block: block, start: 0, count: bytes.count)
    }
}
