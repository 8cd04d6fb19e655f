/// What a backend knows about the streams of a loop, found by the loop's identifiers.
struct StreamMap<Record: AnyObject>: ~Copyable {
    private var slots: [(id: StreamID, record: Record)?] = []

    /// All records, in slot order.
    var records: [Record] { slots.compactMap { $0?.record } }

    subscript(id: StreamID) -> Record? {
        get {
            guard id.id.slot < slots.count, let entry = slots[Int(id.id.slot)], entry.id == id else { return nil }
            return entry.record
        }
        set {
            let slot = Int(id.id.slot)
            while slots.count <= slot { slots.append(nil) }
            slots[slot] = newValue.map { (id, $0) }
        }
    }
}
