#if IOUring && canImport(CLiburing)
// The ring and its provided buffers. Unsafe invariant: `ring` and `buffers` live until `deinit`, which unmaps the ring
// before anything that the kernel could write to goes away; the entries that `nextEntry` returns are filled before the next
// `enter`; only the thread that made the ring calls it. After `abandon` the queues are unmapped, and neither `nextEntry`,
// `enter` nor `reap` touches them.
internal import CLiburing
internal import Glibc

/// One io_uring with one group of provided buffers.
@safe final class RingMemory {
    static let bufferGroup: UInt16 = 0

    /// One completion as the kernel wrote it.
    struct Event {
        let token: UInt64
        let result: Int32
        let flags: UInt32

        /// The operation will bring more completions.
        var hasMore: Bool { flags & cliburing_cqe_more != 0 }
        /// The provided buffer that holds the data.
        var bufferIndex: Int? {
            flags & cliburing_cqe_buffer != 0 ? Int(flags >> cliburing_buffer_shift) : nil
        }
    }

    private let ring: UnsafeMutablePointer<io_uring>
    private let buffers: UnsafeMutablePointer<io_uring_buf_ring>
    private let bufferMapSize: Int
    private var isAbandoned = false
    let bufferCount: Int

    /// Makes the ring on the calling thread. `bufferCount` is a power of two.
    init(bufferCount: Int) throws(SystemError) {
        self.bufferCount = bufferCount
        unsafe ring = UnsafeMutablePointer<io_uring>.allocate(capacity: 1)
        unsafe ring.initialize(to: io_uring())
        let setup = unsafe cliburing_setup(ring, ReactorLimits.ringEntries, ReactorLimits.ringCompletions)
        guard setup >= 0 else {
            unsafe ring.deallocate()
            throw SystemError(operation: "io_uring_setup", errno: -setup)
        }
        let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
        let size = bufferCount * MemoryLayout<io_uring_buf>.stride
        bufferMapSize = (size + pageSize - 1) / pageSize * pageSize
        let map = unsafe mmap(nil, bufferMapSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let map = unsafe map, unsafe map != MAP_FAILED else {
            let code = errno
            unsafe io_uring_queue_exit(ring)
            unsafe ring.deallocate()
            throw SystemError(operation: "mmap", errno: code)
        }
        unsafe buffers = map.bindMemory(to: io_uring_buf_ring.self, capacity: 1)
        try registerBuffers()
    }

    deinit {
        if !isAbandoned { unsafe io_uring_queue_exit(ring) }
        unsafe munmap(buffers, bufferMapSize)
        unsafe ring.deallocate()
    }

    var descriptor: Int32 { unsafe ring.pointee.ring_fd }

    /// Gives the ring up without closing its descriptor, which may be somebody else's by now. The mappings were the last
    /// references: without them and this thread, the kernel only cancels what was under way and touches no memory of it.
    func abandon() {
        guard !isAbandoned else { return }
        isAbandoned = true
        unsafe ring.pointee.ring_fd = -1
        unsafe ring.pointee.enter_ring_fd = -1
        unsafe io_uring_queue_exit(ring)
    }

    private func registerBuffers() throws(SystemError) {
        let needed = cliburing_feature_nodrop | cliburing_feature_ext_arg
        guard unsafe ring.pointee.features & needed == needed else {
            throw SystemError(operation: "io_uring_setup (features)", errno: ENOSYS)
        }
        // A forked child must not share the ring (U26).
        unsafe io_uring_ring_dontfork(ring)
        unsafe madvise(buffers, bufferMapSize, MADV_DONTFORK)
        unsafe io_uring_buf_ring_init(buffers)
        var registration = io_uring_buf_reg()
        registration.ring_addr = UInt64(UInt(bitPattern: unsafe buffers))
        registration.ring_entries = UInt32(bufferCount)
        registration.bgid = Self.bufferGroup
        let result = unsafe io_uring_register_buf_ring(ring, &registration, 0)
        guard result >= 0 else { throw SystemError(operation: "io_uring_register", errno: -result) }
    }

    /// Lets the kernel fill the free part of a block, which the caller keeps alive until the ring is gone or the buffer
    /// came back in a completion.
    func provide(_ cursor: borrowing BlockCursor, as index: Int) {
        let mask = io_uring_buf_ring_mask(UInt32(bufferCount))
        unsafe io_uring_buf_ring_add(
            buffers, cursor.block.base + cursor.offset, UInt32(clamping: cursor.freeCount), UInt16(index), mask, 0)
        unsafe io_uring_buf_ring_advance(buffers, 1)
    }

    /// A free submission entry; nil when the submission queue is full.
    func nextEntry() -> UnsafeMutablePointer<io_uring_sqe>? {
        isAbandoned ? nil : unsafe io_uring_get_sqe(ring)
    }

    /// Submits, and waits for one completion at most so long (nil: for ever; 0: not at all). Returns -errno on failure.
    func enter(timeoutNanoseconds: UInt64?) -> Int32 {
        if isAbandoned { return -EBADF }
        let timeout = timeoutNanoseconds.map { Int64(clamping: $0) } ?? -1
        return unsafe cliburing_enter(ring, timeout == 0 ? 0 : 1, timeout)
    }

    func reap() -> Event? {
        if isAbandoned { return nil }
        var completion = cliburing_completion()
        guard unsafe cliburing_reap(ring, &completion) else { return nil }
        return Event(token: completion.token, result: completion.result, flags: completion.flags)
    }
}
#endif
