#if IOUring && canImport(CLiburing)
// One function per operation that fills a submission entry. Unsafe invariant: an entry is used before the next `enter`; the
// memory that a send points to belongs to its `RingSocket` until the terminal completion.
internal import CLiburing
internal import Glibc

/// Slot, generation and kind of an operation: what the kernel hands back with its completion.
struct RingToken {
    enum Kind: UInt64 { case wake, connect, receive, send, cancel }

    let kind: Kind
    let id: StreamID

    /// 4 bits kind, 28 bits slot, 32 bits generation.
    var rawValue: UInt64 { kind.rawValue << 60 | UInt64(id.id.slot) << 32 | UInt64(id.id.generation) }

    init(_ kind: Kind, _ id: StreamID) {
        self.kind = kind
        self.id = id
    }

    init?(rawValue: UInt64) {
        guard let kind = Kind(rawValue: rawValue >> 60) else { return nil }
        self.kind = kind
        let slot = UInt32(truncatingIfNeeded: rawValue >> 32) & 0x0FFF_FFFF
        id = StreamID(SlotID(slot: slot, generation: UInt32(truncatingIfNeeded: rawValue)))
    }
}

/// The kernel's view of one send. Its address is stable and its life is the socket's.
@safe final class RingSendMemory {
    fileprivate let send = UnsafeMutablePointer<cliburing_send>.allocate(capacity: 1)

    init() { unsafe cliburing_clear(send) }
    deinit { unsafe send.deallocate() }

    func set(_ vectors: borrowing SendVectors) {
        unsafe cliburing_clear(send)
        for index in 0..<vectors.count {
            let piece = unsafe vectors[index]
            unsafe cliburing_append(send, piece.baseAddress, piece.count)
        }
    }
}

/// The byte that the probe sends. Lives until its send has completed.
@safe final class RingProbeByte {
    private let memory = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1)
    init() { unsafe memory.storeBytes(of: 1, as: UInt8.self) }
    deinit { unsafe memory.deallocate() }
    var vectors: SendVectors { unsafe SendVectors(UnsafeRawBufferPointer(start: memory, count: 1)) }
}

extension RingMemory {
    /// Each of these is false when no submission entry was free.
    func prepareWake(_ descriptor: Int32) -> Bool {
        guard let entry = unsafe nextEntry() else { return false }
        unsafe io_uring_prep_poll_multishot(entry, descriptor, UInt32(POLLIN))
        unsafe entry.pointee.user_data = RingToken(.wake, StreamID(SlotID(slot: 0, generation: 0))).rawValue
        return true
    }

    func prepareAwaitConnection(_ descriptor: Int32, _ id: StreamID) -> Bool {
        guard let entry = unsafe nextEntry() else { return false }
        unsafe io_uring_prep_poll_add(entry, descriptor, UInt32(POLLOUT))
        unsafe entry.pointee.user_data = RingToken(.connect, id).rawValue
        return true
    }

    /// Length 0 and a provided buffer per chunk: what multishot demands (U16).
    func prepareReceive(_ descriptor: Int32, _ id: StreamID) -> Bool {
        guard let entry = unsafe nextEntry() else { return false }
        unsafe io_uring_prep_recv_multishot(entry, descriptor, nil, 0, 0)
        unsafe entry.pointee.flags |= cliburing_select_buffer
        unsafe entry.pointee.buf_group = Self.bufferGroup
        unsafe entry.pointee.user_data = RingToken(.receive, id).rawValue
        return true
    }

    func prepareSend(_ descriptor: Int32, _ id: StreamID, _ memory: RingSendMemory) -> Bool {
        guard let entry = unsafe nextEntry() else { return false }
        unsafe cliburing_prepare_send(entry, descriptor, memory.send)
        unsafe entry.pointee.user_data = RingToken(.send, id).rawValue
        return true
    }

    /// Cancels one operation by what it was submitted with; its own completion still comes (U21).
    func prepareCancel(_ kind: RingToken.Kind, _ id: StreamID) -> Bool {
        guard let entry = unsafe nextEntry() else { return false }
        unsafe io_uring_prep_cancel64(entry, RingToken(kind, id).rawValue, 0)
        unsafe entry.pointee.user_data = RingToken(.cancel, id).rawValue
        return true
    }
}
#endif
