/// An instant of the monotonic clock, in nanoseconds.
///
/// The module never reads a clock: every instant is an argument. The epoch is the caller's (usually the machine's
/// start); instants of different epochs must not be mixed.
@usableFromInline
package struct Timestamp: Hashable, Comparable, BitwiseCopyable, Sendable {
    @usableFromInline package let nanoseconds: UInt64

    @inlinable
    package init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    package static let zero = Timestamp(nanoseconds: 0)
    package static let distantFuture = Timestamp(nanoseconds: .max)

    @inlinable
    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The instant that is `interval` nanoseconds later; at most `distantFuture`.
    @inlinable
    package func advanced(byNanoseconds interval: UInt64) -> Timestamp {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(interval)
        return Timestamp(nanoseconds: overflow ? .max : sum)
    }

    /// Nanoseconds from `earlier` until this instant; 0 when `earlier` is later.
    @inlinable
    package func nanoseconds(since earlier: Timestamp) -> UInt64 {
        nanoseconds > earlier.nanoseconds ? nanoseconds &- earlier.nanoseconds : 0
    }
}

extension Timestamp: CustomStringConvertible {
    @usableFromInline
    package var description: String { "\(nanoseconds) ns" }
}
