/// A subscription's identity for the whole life of the session, and its sid on the wire: generation << 20 | index.
/// An index is used again, an id never.
@usableFromInline
package struct SubscriptionID: Hashable, Sendable, BitwiseCopyable {
    @usableFromInline static let indexBits: UInt64 = 20
    @usableFromInline static let indexMask: UInt64 = (1 << indexBits) - 1

    /// The sid on the wire.
    @usableFromInline package let rawValue: UInt64

    @inlinable package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    init(index: Int, generation: UInt64) {
        rawValue = generation << Self.indexBits | UInt64(truncatingIfNeeded: index) & Self.indexMask
    }

    /// The slot in the subscription table, 1 … 2^20 − 1; 0 only for ids that the table never made.
    @inlinable package var index: Int {
        Int(truncatingIfNeeded: rawValue & Self.indexMask)
    }

    var generation: UInt64 { rawValue >> Self.indexBits }
}
