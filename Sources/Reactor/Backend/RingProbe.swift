#if IOUring && canImport(CLiburing)
// Proof that io_uring works here. Unsafe invariant: the byte that is sent lives in `ProbeByte` until its send has completed.
internal import Glibc

/// Does once what the backend will do all the time, because a ring that can be made may still be forbidden to work (U3).
enum RingProbe {
    /// Sends one byte through a socket pair into a provided buffer of a multishot receive, and cancels the receive. Returns the
    /// buffer that was used. Kernels and filters that can't do this are refused, whatever version they claim to be (U6).
    static func run(on ring: RingMemory) throws(SystemError) -> Int {
        var pair: [Int32] = [-1, -1]
        let result = unsafe pair.withUnsafeMutableBufferPointer {
            unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, $0.baseAddress)
        }
        guard result == 0 else { throw SystemError(operation: "socketpair", errno: errno) }
        defer { for descriptor in pair { Socket.close(descriptor) } }
        return try exchange(ring, pair[0], pair[1])
    }

    private static func exchange(
        _ ring: RingMemory, _ receiver: Int32, _ sender: Int32
    ) throws(SystemError) -> Int {
        let id = StreamID(SlotID(slot: 0, generation: 0))
        let (memory, byte) = (RingSendMemory(), ProbeByte())
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

@safe private final class ProbeByte {
    private let memory = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1)
    init() { unsafe memory.storeBytes(of: 1, as: UInt8.self) }
    deinit { unsafe memory.deallocate() }
    var vectors: SendVectors { unsafe SendVectors(UnsafeRawBufferPointer(start: memory, count: 1)) }
}
#endif
