/// Names one waiter for ever: a slot of the table and how often the slot was used.
///
/// No id comes twice, so an answer that is late can never reach another waiter.
package struct WaiterID: Hashable, BitwiseCopyable, Sendable {
    /// `generation << 32 | slot`; the generation is at least 1 in the ids that a table makes.
    package let rawValue: UInt64

    package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    init(slot: Int, generation: UInt32) {
        rawValue = UInt64(generation) << 32 | UInt64(UInt32(truncatingIfNeeded: slot))
    }

    package var slot: Int { Int(UInt32(truncatingIfNeeded: rawValue)) }
    var generation: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 32) }
}
