#if IOUring && canImport(CLiburing)
internal import Glibc

/// Does once what the backend will do all the time, because a ring that can be made may still be forbidden to work (U3).
enum RingProbe {
    /// Sends one byte through a socket pair into a provided buffer of a multishot receive, and cancels the receive. Returns the
    /// buffer that was used. Kernels and filters that can't do this are refused, whatever version they claim to be (U6).
    static func run(on ring: RingMemory) throws(SystemError) -> Int {
        let pair = try Socket.makePair()
        defer {
            Socket.close(pair.0)
            Socket.close(pair.1)
        }
        return try exchange(ring, pair.0, pair.1)
    }

    private static func exchange(
        _ ring: RingMemory, _ receiver: Int32, _ sender: Int32
    ) throws(SystemError) -> Int {
        let id = StreamID(SlotID(slot: 0, generation: 0))
        let (memory, byte) = (RingSendMemory(), RingProbeByte())
        memory.set(byte.vectors)
        guard ring.prepareReceive(receiver, id), ring.prepareSend(sender, id, memory) else {
            throw SystemError(operation: "io_uring (no entries)", errno: EINVAL)
        }
        var usedBuffer: Int?
        var hasSent = false
        while usedBuffer == nil || !hasSent {
            let (kind, event) = try next(ring)
            guard event.result == 1 else { throw refusal(event) }
            if kind == .send { hasSent = true }
            if kind == .receive {
                guard event.hasMore, let index = event.bufferIndex, index < ring.bufferCount else {
                    throw SystemError(operation: "io_uring (multishot receive)", errno: EINVAL)
                }
                usedBuffer = index
            }
        }
        guard ring.prepareCancel(.receive, id) else {
            throw SystemError(operation: "io_uring (no entries)", errno: EINVAL)
        }
        var (isCancelled, isEnded) = (false, false)
        while !isCancelled || !isEnded {
            let (kind, event) = try next(ring)
            if kind == .cancel { isCancelled = true }
            if kind == .receive, !event.hasMore { isEnded = true }
        }
        _ = byte
        return usedBuffer ?? 0
    }

    private static func next(_ ring: RingMemory) throws(SystemError) -> (RingToken.Kind, RingMemory.Event) {
        if let event = ring.reap(), let token = RingToken(rawValue: event.token) { return (token.kind, event) }
        let result = ring.enter(timeoutNanoseconds: UInt64(ReactorLimits.probeTimeoutNanoseconds))
        guard let event = ring.reap(), let token = RingToken(rawValue: event.token) else {
            throw SystemError(operation: "io_uring_enter", errno: result < 0 && result != -ETIME ? -result : EINVAL)
        }
        return (token.kind, event)
    }

    private static func refusal(_ event: RingMemory.Event) -> SystemError {
        SystemError(operation: "io_uring operation", errno: event.result < 0 ? -event.result : EINVAL)
    }
}
#endif
