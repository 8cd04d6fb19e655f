// Unsafe file: writes into room that a ByteBuffer has reserved.
// Invariant: `cursor` and `limit` lie in the buffer that this value borrows exclusively, `cursor <= limit`, and at
// least `slack` bytes after `limit` belong to the buffer too. Debug builds check every write against `limit`;
// `finish` checks in every build that exactly the reserved bytes were written. Sizes and writes stand side by side in
// FrameEncoder, which alone uses this.

public import CNATSBytes

/// Fills a piece of known size at the end of a buffer: one reservation, then writes that touch nothing but a cursor.
///
/// What a frame costs is mostly its bookkeeping; appending part by part to the buffer itself takes twice as long.
@safe
@usableFromInline
internal struct ByteWriter: ~Copyable, ~Escapable {
    @usableFromInline internal var cursor: UnsafeMutableRawPointer
    @usableFromInline internal let limit: UnsafeMutableRawPointer

    /// How far a wide store may reach beyond the piece.
    @inlinable internal static var slack: Int { 32 }

    @inlinable
    @inline(__always)
    @_lifetime(immortal)
    internal init(unsafeStart start: UnsafeMutableRawPointer, count: Int) {
        unsafe cursor = start
        unsafe limit = start + count
    }

    @inlinable
    @inline(__always)
    internal func checkRoom(_ count: Int) {
        assert(unsafe limit - cursor >= count, "the frame is larger than its reservation")
    }

    /// Ends the piece. Traps when the reservation was not of the size that was written.
    @inlinable
    @inline(__always)
    internal consuming func finish() {
        precondition(unsafe cursor == limit, "the frame isn't as large as its reservation")
    }

    @inlinable
    @inline(__always)
    @_lifetime(self: copy self)
    internal mutating func append(_ byte: UInt8) {
        checkRoom(1)
        unsafe cursor.storeBytes(of: byte, as: UInt8.self)
        unsafe cursor += 1
    }

    /// Appends the lower `count` bytes of `word`, the least significant one first.
    @inlinable
    @inline(__always)
    @_lifetime(self: copy self)
    internal mutating func append(_ word: UInt64, count: Int) {
        checkRoom(count)
        unsafe cursor.storeBytes(of: word.littleEndian, as: UInt64.self)
        unsafe cursor += count
    }

    /// Appends bytes of any number.
    @inlinable
    @inline(__always)
    @_lifetime(self: copy self)
    internal mutating func append(_ bytes: Span<UInt8>) {
        checkRoom(bytes.count)
        unsafe bytes.withUnsafeBytes { source in
            guard let address = source.baseAddress else { return }
            unsafe cursor.copyMemory(from: address, byteCount: source.count)
        }
        unsafe cursor += bytes.count
    }

    /// Appends bytes that are mostly 32 at most, for which a call of memmove costs more than the copy.
    @inlinable
    @inline(__always)
    @_lifetime(self: copy self)
    internal mutating func append(name: Span<UInt8>) {
        guard name.count <= 32 else { return append(name) }
        checkRoom(name.count)
        unsafe name.withUnsafeBytes { source in
            guard let address = source.baseAddress else { return }
            unsafe cnatsbytes_copy_name(cursor, address, source.count)
        }
        unsafe cursor += name.count
    }
}

extension ByteWriter {
    /// Appends a subject, looking at it: false when there is a blank in it. Then the piece must be given up.
    @inlinable
    @inline(__always)
    @_lifetime(self: copy self)
    internal mutating func append(subject: Span<UInt8>) -> Bool {
        checkRoom(subject.count)
        let isSound = unsafe subject.withUnsafeBytes { source in
            guard let address = source.baseAddress else { return true }
            return unsafe cnatsbytes_copy_subject(cursor, address, source.count)
        }
        unsafe cursor += subject.count
        return isSound
    }
}

extension ByteBuffer {
    /// Makes the buffer `count` bytes longer and gives the writer that fills them.
    @inlinable
    @inline(__always)
    @_lifetime(&self)
    internal mutating func extend(by count: Int) -> ByteWriter {
        reserve(count &+ ByteWriter.slack)
        let writer = unsafe ByteWriter(unsafeStart: base + used, count: count)
        used &+= count
        return unsafe _overrideLifetime(writer, mutating: &self)
    }
}
