// Unsafe file: hands the addresses of spans to the byte functions of CNATSBytes.
// Invariant: every function below checks that the bytes it lets C read lie inside the span.

public import CNATSBytes

extension Span<UInt8> {
    /// How many bytes from `start` on agree with `word`, up to its length.
    internal func agreeingCount(with word: StaticString, at start: Int, ignoringCase: Bool = false) -> Int {
        guard start >= 0, start <= count else { return 0 }
        let end = Swift.min(count &- start, word.utf8CodeUnitCount)
        for index in 0..<end {
            let (byte, letter) = unsafe (self[start &+ index], word.utf8Start[index])
            guard byte != letter else { continue }
            guard ignoringCase, byte.lowercasedASCII == letter.lowercasedASCII else { return index }
        }
        return end
    }

    /// Says whether the first bytes are `prefix`.
    package func begins(with prefix: Span<UInt8>) -> Bool {
        guard prefix.count <= count else { return false }
        return unsafe withUnsafeBytes { bytes in
            unsafe prefix.withUnsafeBytes { other in
                guard let bytes = bytes.baseAddress, let other = other.baseAddress else { return true }
                return unsafe cnatsbytes_are_equal(bytes, other, prefix.count)
            }
        }
    }

    /// Where the first CR or LF at or after `start` is; `count` when there is none.
    @usableFromInline
    internal func firstLineEnd(from start: Int) -> Int {
        guard start >= 0, start < count else { return count }
        return unsafe withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return 0 }
            return unsafe start &+ cnatsbytes_first_line_end(base + start, bytes.count &- start)
        }
    }

    /// Where the first byte up to and including the space (0x00...0x20) is; `count` when there is none.
    @inlinable
    internal var firstBlank: Int {
        unsafe withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return 0 }
            return unsafe cnatsbytes_first_blank(base, bytes.count)
        }
    }
}

// MARK: - The decoder's fast path

extension Span<UInt8> {
    /// The byte at `offset`; 0 when there is none.
    @inlinable
    @inline(__always)
    internal func byte(at offset: Int) -> UInt8 {
        UInt(bitPattern: offset) < UInt(bitPattern: count) ? self[offset] : 0
    }

    /// The four bytes at `offset`, the first one least significant; 0 when there are fewer.
    @inlinable
    @inline(__always)
    internal func word32(at offset: Int) -> UInt32 {
        guard _fastPath(offset >= 0), _fastPath(count &- offset >= 4) else { return 0 }
        return unsafe withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self).littleEndian }
    }

    /// The eight bytes at `offset`, the first one least significant; 0 when there are fewer.
    @inlinable
    @inline(__always)
    internal func word64(at offset: Int) -> UInt64 {
        guard _fastPath(offset >= 0), _fastPath(count &- offset >= 8) else { return 0 }
        return unsafe withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian }
    }

    /// Says whether CR LF stands at `offset`.
    @inlinable
    @inline(__always)
    internal func hasLineEnd(at offset: Int) -> Bool {
        guard _fastPath(offset >= 0), _fastPath(count &- offset >= 2) else { return false }
        return unsafe withUnsafeBytes {
            unsafe $0.loadUnaligned(fromByteOffset: offset, as: UInt16.self).littleEndian == 0x0A0D
        }
    }

    /// Bit i says that the byte at `offset` + i is blank (0x00...0x20), for the first 64 bytes from there, or as
    /// many as there are. 0 when there are fewer than 16.
    @inlinable
    @inline(__always)
    internal func blanks64(at offset: Int) -> UInt64 {
        guard _fastPath(offset >= 0), _fastPath(count &- offset >= 16) else { return 0 }
        return unsafe withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return 0 }
            return unsafe cnatsbytes_blanks64(base + offset, bytes.count &- offset)
        }
    }

    /// The same for 16 bytes; 0 when there are fewer.
    @inlinable
    @inline(__always)
    internal func blanks16(at offset: Int) -> UInt32 {
        guard _fastPath(offset >= 0), _fastPath(count &- offset >= 16) else { return 0 }
        return unsafe withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return 0 }
            return unsafe cnatsbytes_blanks16(base + offset)
        }
    }

    /// The number that the 1 to 16 digits of `self[start..<end]` are; nil when there are more or something else.
    ///
    /// Eight digits at a time by three multiplications, instead of one by one.
    @inlinable
    @inline(__always)
    internal func decimal(from start: Int, to end: Int) -> UInt64? {
        let length = end &- start
        guard start >= 0, length > 0 else { return nil }
        if _fastPath(length <= 8) { return eightDigits(upTo: end, length: length) }
        guard length <= 16, let high = eightDigits(upTo: end &- 8, length: length &- 8),
            let low = eightDigits(upTo: end, length: 8)
        else { return nil }
        return high &* 100_000_000 &+ low
    }

    /// The number that the `length` (1...8) digits before `end` are, where 8 <= `end` <= `count`.
    @inlinable
    @inline(__always)
    internal func eightDigits(upTo end: Int, length: Int) -> UInt64? {
        guard _fastPath(end >= 8), _fastPath(end <= count) else { return nil }
        let word = unsafe withUnsafeBytes {
            unsafe $0.loadUnaligned(fromByteOffset: end &- 8, as: UInt64.self).littleEndian
        }
        // The most significant digit is the lowest byte; what stands before the number becomes leading zeros.
        let unused = UInt64(truncatingIfNeeded: 64 &- length &* 8)
        var digits = ((word ^ 0x3030_3030_3030_3030) &>> unused) &<< unused
        guard ((digits &+ 0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080 == 0 else { return nil }
        digits = digits &* 10 &+ (digits &>> 8)  // pairs
        let outer = (digits & 0x0000_00FF_0000_00FF) &* 0x000F_4240_0000_0064
        let inner = ((digits &>> 16) & 0x0000_00FF_0000_00FF) &* 0x0000_2710_0000_0001
        return (outer &+ inner) &>> 32
    }
}

extension String {
    /// The bytes as text; what isn't UTF-8 becomes U+FFFD.
    package init(repairing bytes: Span<UInt8>) {
        self = unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
}

extension [UInt8] {
    /// An array of the same bytes: one allocation and one copy.
    package init(copying bytes: Span<UInt8>) {
        self = unsafe bytes.withUnsafeBufferPointer { unsafe [UInt8]($0) }
    }

    package mutating func append(copying bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
