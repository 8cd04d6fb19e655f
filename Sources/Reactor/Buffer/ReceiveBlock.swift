// Received bytes. Unsafe invariant: `base` points to `capacity` bytes that live as long as the block. The loop writes
// only at offsets that it has not handed out yet, or when no one but the loop refers to the block; so bytes that a
// handler can see never change while it holds a reference, unless it rewrites them itself (`mutableSpan`) before it hands
// them on.
internal import CReactor
internal import Synchronization

/// A reference-counted piece of memory that the kernel fills. Back in the pool when nobody else refers to it.
///
/// Sendable although unchecked: handed-out bytes are immutable (see above), and `context` is written on the loop's thread
/// only, before the handler shares the block and after the last other reference is gone.
@usableFromInline
@safe package final class ReceiveBlock: @unchecked Sendable {
    @usableFromInline package let base: UnsafeMutableRawPointer
    @usableFromInline package let capacity: Int

    /// What the handler wants to keep as long as the block. Set it during `streamDidReceive`, before the block is shared;
    /// the pool clears it when the block returns. A block that is read on, because its front is still in use, keeps what the
    /// same stream's handler set: leave it then.
    package var context: AnyObject? {
        get { unsafe contextStorage }
        set { unsafe contextStorage = newValue }
    }

    @exclusivity(unchecked) private var contextStorage: AnyObject?

    /// Counts the live blocks of a pool; nil for a dedicated block.
    let census: BlockCensus?

    init(capacity: Int, census: BlockCensus?) {
        // The alignment of malloc, no stronger one: aligned blocks of big frames fragment the heap tenfold (glibc 2.36).
        unsafe base = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        self.capacity = capacity
        self.census = census
        census?.live.add(1, ordering: .relaxed)
    }

    deinit {
        unsafe base.deallocate()
        census?.live.subtract(1, ordering: .relaxed)
    }

    /// Adds `count` strong references in one atomic step; each is taken back by `Unmanaged.takeRetainedValue` or `release`.
    package func retain(times count: UInt32) {
        unsafe creactor_retain_n(Unmanaged.passUnretained(self).toOpaque(), count)
    }

    /// Bytes `[start, start + count)`. Both must come from one chunk of this block.
    @inlinable
    package func bytes(_ start: Int, _ count: Int) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: base + start, count: count)
    }
}

extension ReceiveBlock {
    /// Fills the block from `offset` on, where nothing has been handed out yet; returns how many bytes were written.
    package func fill<Failure: Error>(
        from offset: Int, _ body: (inout OutputSpan<UInt8>) throws(Failure) -> Void
    ) throws(Failure) -> Int {
        let start = min(max(offset, 0), capacity)
        let address = unsafe (base + start).assumingMemoryBound(to: UInt8.self)
        let room = unsafe UnsafeMutableBufferPointer(start: address, count: capacity - start)
        var output = unsafe OutputSpan(buffer: room, initializedCount: 0)
        do throws(Failure) {
            try body(&output)
        } catch {
            _ = unsafe output.finalize(for: room)
            throw error
        }
        return unsafe output.finalize(for: room)
    }

    /// Copies bytes of another block to `offset`. What doesn't fit is a bug of the loop and traps.
    func copy(from source: ReceiveBlock, start: Int, count: Int, to offset: Int) {
        precondition(count >= 0 && offset >= 0 && start >= 0)
        precondition(offset + count <= capacity && start + count <= source.capacity)
        unsafe (base + offset).copyMemory(from: source.base + start, byteCount: count)
    }
}

/// How many blocks of one pool are alive, wherever they are.
final class BlockCensus: Sendable {
    let live = Atomic<Int>(0)
}

/// The bytes `[start, start + count)` of a block.
@usableFromInline
package struct ReceiveChunk: Sendable {
    @usableFromInline package let block: ReceiveBlock
    @usableFromInline package let start: Int
    @usableFromInline package let count: Int

    @inlinable
    package init(block: ReceiveBlock, start: Int, count: Int) {
        self.block = block
        self.start = start
        self.count = count
    }

    /// The bytes; valid while the chunk's block is referenced.
    @inlinable
    package var bytes: UnsafeRawBufferPointer { unsafe block.bytes(start, count) }

    /// The bytes as a checked span that can't outlive the chunk.
    @inlinable
    package var span: Span<UInt8> {
        @_lifetime(borrow self)
        borrowing get {
            let bytes = unsafe bytes.assumingMemoryBound(to: UInt8.self)
            let span = unsafe Span(_unsafeElements: bytes)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The bytes, to be rewritten by the handler that gets the chunk, before it shows them to anybody: until then nobody else
    /// has seen them.
    package var mutableSpan: MutableSpan<UInt8> {
        @_lifetime(borrow self)
        borrowing get {
            let start = unsafe (block.base + start).assumingMemoryBound(to: UInt8.self)
            let span = unsafe MutableSpan(_unsafeStart: start, count: count)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }
}
