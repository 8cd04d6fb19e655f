#if IOUring && canImport(CLiburing)
/// What the io_uring backend knows about one stream. Freed after the terminal completions of all its operations.
final class RingSocket {
    let id: StreamID
    let descriptor: Int32
    let sendMemory = RingSendMemory()

    // Under way in the kernel (or about to be submitted).
    var isConnecting = false
    var isReceiveArmed = false
    var isSending = false

    /// The loop wants chunks.
    var isReceiving = false
    /// The end of the stream was seen: never arm again.
    var hasEnded = false
    var isCancellingReceive = false
    var isClosing = false

    /// Events that came while the loop had paused receiving, oldest first.
    var held: [Completion.Event] = []
    /// A block of which a handler keeps the front; small receives are copied behind it.
    var partialBlock: BlockCursor?

    init(id: StreamID, descriptor: Int32) {
        self.id = id
        self.descriptor = descriptor
    }

    var hasOperationInKernel: Bool { isConnecting || isReceiveArmed || isSending }
}
#endif
