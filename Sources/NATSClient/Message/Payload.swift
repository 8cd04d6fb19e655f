// Memory-safety fence: the pointers that `Collection` and `Hasher` want.
//
// Invariant: they are lent for the length of a call, during which the payload retains its block.

import Reactor

/// The bytes of a received message. A cheap value: it shares the receive block, nothing is copied until asked for.
///
/// `Array(payload)`, `String(decoding: payload, as: UTF8.self)` and iteration work as with any collection;
/// ``span`` is the zero-cost way in. As long as a payload lives, the block that it shares (64 KiB as a rule) lives:
/// keep ``Message/detached()`` or an `Array` of what you hold for long.
public struct Payload: Sendable {
    let block: ReceiveBlock
    let start: Int
    /// How many bytes.
    public let count: Int

    /// The bytes, borrowed. Costs nothing.
    public var span: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            block.bytes(from: start, count: count)
        }
    }
}

extension Payload: RandomAccessCollection {
    /// Always 0.
    public var startIndex: Int { 0 }
    /// The count.
    public var endIndex: Int { count }

    /// One byte. Traps when out of bounds, like an array.
    public subscript(position: Int) -> UInt8 { span[position] }

    /// Lends the bytes as one buffer. Costs nothing.
    public func withContiguousStorageIfAvailable<Result>(
        _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
    ) rethrows -> Result? {
        try unsafe span.withUnsafeBufferPointer(body)
    }
}

extension Payload: Hashable {
    public static func == (left: Payload, right: Payload) -> Bool { left.elementsEqual(right) }

    public func hash(into hasher: inout Hasher) {
        unsafe span.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    }
}

extension Payload: CustomStringConvertible {
    /// How many bytes; never their content, since that doesn't belong into logs.
    public var description: String { "\(count) bytes" }
}
