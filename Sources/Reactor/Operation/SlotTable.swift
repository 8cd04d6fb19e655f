/// Elements in reusable slots. A slot's generation grows when the slot is freed, so old identifiers find nothing.
package struct SlotTable<Element>: ~Copyable {
    private struct Slot {
        var generation: UInt32
        var element: Element?
    }

    private var slots: [Slot] = []
    private var free: [UInt32] = []

    package init() {}

    package var count: Int { slots.count - free.count }

    /// Inserts what `make` returns for its future identifier.
    package mutating func insert(_ make: (SlotID) -> Element) -> SlotID {
        if let slot = free.popLast() {
            let id = SlotID(slot: slot, generation: slots[Int(slot)].generation)
            slots[Int(slot)].element = make(id)
            return id
        }
        let id = SlotID(slot: UInt32(slots.count), generation: 1)
        slots.append(Slot(generation: 1, element: make(id)))
        return id
    }

    package subscript(id: SlotID) -> Element? {
        guard id.slot < slots.count, slots[Int(id.slot)].generation == id.generation else { return nil }
        return slots[Int(id.slot)].element
    }

    @discardableResult
    package mutating func remove(_ id: SlotID) -> Element? {
        guard id.slot < slots.count, slots[Int(id.slot)].generation == id.generation,
            let element = slots[Int(id.slot)].element
        else { return nil }
        slots[Int(id.slot)].element = nil
        slots[Int(id.slot)].generation &+= 1
        free.append(id.slot)
        return element
    }

    /// All live elements, in slot order.
    package var elements: [Element] { slots.compactMap(\.element) }
}
