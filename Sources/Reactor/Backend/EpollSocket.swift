/// What the epoll backend knows about one stream.
final class EpollSocket {
    let descriptor: Int32
    var isConnecting = false

    // Edge-triggered: the kernel says once that something came, so we remember it until a read finds nothing.
    var isReadable = false
    /// The peer's end was announced: read until it is found, even after a short read.
    var isHungUp = false
    var isReceiving = false
    /// In the list of streams that will be read.
    var isQueued = false
    var readCount = 0
    /// The turn that `readCount` belongs to.
    var readTurn: UInt64 = 0
    /// A block of which a handler keeps the front; the next read goes on behind it.
    var partialBlock: BlockCursor?

    /// What is being sent. In a cell of its own: the kernel reads it from where it lies.
    let pendingSend = Pinned(SendVectors())
    var hasPendingSend = false

    init(descriptor: Int32) { self.descriptor = descriptor }
}
