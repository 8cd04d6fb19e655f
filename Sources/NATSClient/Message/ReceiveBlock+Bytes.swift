// Memory-safety fence: spans over receive blocks.
//
// Invariant: ranges come from decoded frames, so they lie inside the block; bytes that were handed out are never
// written again while anybody retains the block (the pool reuses a block only when it is its sole owner).

import Reactor

extension ReceiveBlock {
    /// Bytes of the block, valid while the block is retained.
    @inline(__always)
    @_lifetime(borrow self)
    func bytes(from start: Int, count: Int) -> Span<UInt8> {
        let elements = unsafe UnsafeBufferPointer(
            start: (base + start).assumingMemoryBound(to: UInt8.self), count: count)
        let span = unsafe Span(_unsafeElements: elements)
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    /// Copies bytes of another block (or an earlier part of this one) to `offset`.
    @inline(__always)
    func copyBytes(from source: ReceiveBlock, at start: Int, count: Int, to offset: Int) {
        unsafe (base + offset).copyMemory(from: source.base + start, byteCount: count)
    }

    /// Copies a span to `offset`.
    func copyBytes(_ bytes: Span<UInt8>, to offset: Int) {
        unsafe bytes.withUnsafeBytes { source in
            if let start = source.baseAddress {
                unsafe (base + offset).copyMemory(from: start, byteCount: source.count)
            }
        }
    }
}
