// Unsafe file: masks and moves bytes where they lie.
// Invariant: `apply` gets the address of exactly `count` writable bytes, and touches those; every range below is checked
// against the memory that it lies in.

/// The four bytes with which a client's frames are combined by XOR; applied twice it changes nothing.
package struct WebSocketMask: Hashable, Sendable {
    /// The bytes in the order in which they are sent, the first one least significant.
    package let word: UInt32

    package init(word: UInt32) {
        self.word = word
    }

    /// The mask for what follows after `count` bytes of the payload.
    package func advanced(by count: Int) -> WebSocketMask {
        let bits = UInt32(truncatingIfNeeded: count & 3) &* 8
        return WebSocketMask(word: word &>> bits | word &<< ((32 &- bits) & 31))
    }

    /// 16 bytes at a time, then one by one.
    @safe
    fileprivate func apply(to base: UnsafeMutableRawPointer, count: Int) {
        let wide = SIMD4<UInt32>(repeating: word.littleEndian)
        var offset = 0
        while count &- offset >= 16 {
            let bytes = unsafe base.loadUnaligned(fromByteOffset: offset, as: SIMD4<UInt32>.self)
            unsafe base.storeBytes(of: bytes ^ wide, toByteOffset: offset, as: SIMD4<UInt32>.self)
            offset &+= 16
        }
        while offset < count {
            let shift = UInt32(truncatingIfNeeded: offset & 3) &* 8
            let byte = unsafe base.load(fromByteOffset: offset, as: UInt8.self)
            let masked = byte ^ UInt8(truncatingIfNeeded: word &>> shift)
            unsafe base.storeBytes(of: masked, toByteOffset: offset, as: UInt8.self)
            offset &+= 1
        }
    }
}

extension ByteBuffer {
    /// Masks the bytes from `start` to the end, in place.
    package mutating func apply(_ mask: WebSocketMask, from start: Int = 0) {
        guard start >= 0, start < used else { return }
        mask.apply(to: unsafe base + start, count: used &- start)
    }
}

extension MutableSpan<UInt8> {
    /// Masks all bytes, in place.
    @_lifetime(self: copy self)
    package mutating func apply(_ mask: WebSocketMask) {
        unsafe withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            mask.apply(to: base, count: bytes.count)
        }
    }

    /// Copies the bytes of `range` to `target`; both may overlap. Nothing happens when either lies outside.
    @_lifetime(self: copy self)
    mutating func move(_ range: Range<Int>, to target: Int) {
        guard range.lowerBound >= 0, range.upperBound <= count, target >= 0, target <= count &- range.count else {
            return
        }
        unsafe withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            unsafe (base + target).copyMemory(from: base + range.lowerBound, byteCount: range.count)
        }
    }
}
