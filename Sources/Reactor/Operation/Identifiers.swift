/// A slot of a table and the generation that the slot had when the identifier was made. An identifier that outlived its
/// slot never matches again, so a late event or call is dropped by comparing (house rule 27).
@usableFromInline
package struct SlotID: BitwiseCopyable, Hashable, Sendable {
    package let slot: UInt32
    package let generation: UInt32

    package init(slot: UInt32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }
}

/// One byte stream of a loop.
@usableFromInline
package struct StreamID: BitwiseCopyable, Hashable, Sendable {
    package let id: SlotID
    package init(_ id: SlotID) { self.id = id }
}

/// One attempt to connect to a host, from resolution to the first address that answers.
@usableFromInline
package struct ConnectID: BitwiseCopyable, Hashable, Sendable {
    package let id: SlotID
    package init(_ id: SlotID) { self.id = id }
}

/// One timer of a loop.
@usableFromInline
package struct TimerID: BitwiseCopyable, Hashable, Sendable {
    package let id: SlotID
    package init(_ id: SlotID) { self.id = id }
}
