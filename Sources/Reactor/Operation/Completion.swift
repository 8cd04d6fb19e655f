/// What a backend reports to the loop: the end of an operation, or the next chunk of a continuous one.
struct Completion {
    enum Event {
        /// The connection attempt is over; 0 means connected.
        case connected(errno: Int32)
        case received(ReceiveChunk)
        case receiveEnded
        case receiveFailed(errno: Int32)
        case sent(Int)
        case sendFailed(errno: Int32)
        /// Last of all: the descriptor is closed, and the kernel touches nothing of this stream any more.
        case closed
    }

    let id: StreamID
    let event: Event
}
