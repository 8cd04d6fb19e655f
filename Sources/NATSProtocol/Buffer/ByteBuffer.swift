// Unsafe file: owns raw memory.
// Invariant: `base` points to `allocated` writable bytes that only this value knows, of which the first `used` are
// initialised, and 0 <= used <= allocated. Every read and write below is checked against these two numbers.

/// Growable bytes with one owner: what encoders write into and what the kernel is given.
///
/// Appending is amortised O(1) and allocates only when the capacity grows; a buffer that is emptied with
/// `removeAll(keepingCapacity: true)` and filled again allocates nothing.
///
/// Sendable: the memory is reachable only through this noncopyable value, so handing the value over hands over the
/// memory; `span` and the pointers of `withUnsafeBytes` can't outlive a borrow of it.
@safe
@usableFromInline
package struct ByteBuffer: ~Copyable, @unchecked Sendable {
    @usableFromInline internal var base: UnsafeMutableRawPointer
    @usableFromInline internal var used: Int
    @usableFromInline internal var allocated: Int

    /// An empty buffer with room for `minimumCapacity` bytes (at least 16).
    @inlinable
    package init(minimumCapacity: Int = 256) {
        allocated = Swift.max(minimumCapacity, 16)
        unsafe base = UnsafeMutableRawPointer.allocate(byteCount: allocated, alignment: 16)
        used = 0
    }

    @inlinable
    deinit {
        unsafe base.deallocate()
    }

    @inlinable package var count: Int { used }
    @inlinable package var capacity: Int { allocated }
    @inlinable package var isEmpty: Bool { used == 0 }

    /// The bytes, for as long as the buffer is borrowed.
    @inlinable
    package var span: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let pointer = unsafe UnsafeRawBufferPointer(start: base, count: used).assumingMemoryBound(to: UInt8.self)
            let span = unsafe Span(_unsafeElements: pointer)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// Calls `body` with the bytes; the pointer is valid until the buffer is next mutated or destroyed.
    ///
    /// A caller that hands the pointer to the kernel keeps the buffer, unmutated, until the kernel is done with it.
    @inlinable
    package borrowing func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(UnsafeRawBufferPointer(start: base, count: used))
    }
}

// MARK: - Room

extension ByteBuffer {
    /// Makes room for `additional` more bytes.
    @inlinable
    package mutating func reserve(_ additional: Int) {
        if allocated &- used < additional { grow(by: additional) }
    }

    /// Moves the bytes to memory that is at least twice as large.
    @usableFromInline
    @inline(never)
    internal mutating func grow(by additional: Int) {
        let capacity = Swift.max(used + additional, allocated * 2)
        let replacement = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        unsafe replacement.copyMemory(from: base, byteCount: used)
        unsafe base.deallocate()
        unsafe base = replacement
        allocated = capacity
    }

    /// Forgets the bytes; gives the memory back down to the smallest capacity unless told to keep it.
    @inlinable
    package mutating func removeAll(keepingCapacity: Bool = true) {
        if keepingCapacity {
            used = 0
        } else {
            self = ByteBuffer(minimumCapacity: 0)
        }
    }

    /// Forgets the first `count` bytes (all of them when there are fewer) and moves the rest to the front.
    @inlinable
    package mutating func removeFirst(_ count: Int) {
        let removed = Swift.min(Swift.max(count, 0), used)
        unsafe base.copyMemory(from: base + removed, byteCount: used &- removed)
        used &-= removed
    }

    /// Forgets the last `count` bytes, all of them when there are fewer.
    @inlinable
    package mutating func removeLast(_ count: Int) {
        used &-= Swift.min(Swift.max(count, 0), used)
    }
}

// MARK: - Appending

extension ByteBuffer {
    @inlinable
    package mutating func append(_ byte: UInt8) {
        reserve(1)
        unsafe base.storeBytes(of: byte, toByteOffset: used, as: UInt8.self)
        used &+= 1
    }

    @inlinable
    package mutating func append(_ bytes: Span<UInt8>) {
        reserve(bytes.count)
        unsafe bytes.withUnsafeBytes { source in
            guard let address = source.baseAddress else { return }
            unsafe (base + used).copyMemory(from: address, byteCount: source.count)
        }
        used &+= bytes.count
    }

    /// Appends what `body` writes into room for `count` bytes; nothing when it throws.
    package mutating func append<Failure: Error>(
        roomFor count: Int, _ body: (inout OutputSpan<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        reserve(count)
        let address = unsafe (base + used).assumingMemoryBound(to: UInt8.self)
        let room = unsafe UnsafeMutableBufferPointer(start: address, count: count)
        var output = unsafe OutputSpan(buffer: room, initializedCount: 0)
        try body(&output)
        used &+= unsafe output.finalize(for: room)
    }

    @inlinable
    package mutating func append(_ literal: StaticString) {
        let count = literal.utf8CodeUnitCount
        reserve(count)
        unsafe (base + used).copyMemory(from: literal.utf8Start, byteCount: count)
        used &+= count
    }

    @inlinable
    package mutating func append(contentsOf bytes: [UInt8]) {
        append(bytes.span)
    }

    @inlinable
    package mutating func append(utf8 string: String) {
        append(string.utf8Span.span)
    }

    /// Appends CR LF.
    @inlinable
    package mutating func appendLineEnd() {
        reserve(2)
        unsafe base.storeBytes(of: UInt16(0x0A0D).littleEndian, toByteOffset: used, as: UInt16.self)
        used &+= 2
    }

    /// Appends four bytes, the least significant one first.
    @inlinable
    package mutating func append(fourBytes word: UInt32) {
        reserve(4)
        unsafe base.storeBytes(of: word.littleEndian, toByteOffset: used, as: UInt32.self)
        used &+= 4
    }

    /// Appends eight bytes, the least significant one first.
    @inlinable
    package mutating func append(eightBytes word: UInt64) {
        reserve(8)
        unsafe base.storeBytes(of: word.littleEndian, toByteOffset: used, as: UInt64.self)
        used &+= 8
    }

    /// Appends the decimal digits of `value`, two at a time.
    @inlinable
    package mutating func append(decimal value: UInt64) {
        let digitCount = Decimal.digitCount(value)
        reserve(digitCount)
        used &+= digitCount
        var offset = used
        var rest = value
        while rest >= 10 {
            let quotient = rest / 100
            let pair = Int(truncatingIfNeeded: rest &- quotient &* 100)
            offset &-= 2
            unsafe (base + offset).copyMemory(from: Decimal.pairs.utf8Start + pair &* 2, byteCount: 2)
            rest = quotient
        }
        if digitCount & 1 != 0 {
            unsafe base.storeBytes(
                of: 0x30 &+ UInt8(truncatingIfNeeded: rest), toByteOffset: offset &- 1, as: UInt8.self)
        }
    }
}

extension Decimal {
    /// The two digits of a number below 100, the first one in the lower byte; of larger ones, those of 0.
    @inlinable
    @inline(__always)
    internal static func pair(_ value: UInt32) -> UInt32 {
        let offset = value < 100 ? Int(value) &* 2 : 0
        let word = unsafe UnsafeRawPointer(pairs.utf8Start).loadUnaligned(fromByteOffset: offset, as: UInt16.self)
        return UInt32(word.littleEndian)
    }
}
