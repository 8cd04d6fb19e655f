import NATSProtocol

/// The table of waiters and its wheel of deadlines under any sequence of calls, against a plain dictionary: every waiter
/// leaves once, by being removed or by its deadline, and in time.
enum WaitersTarget: FuzzTarget {
    static let name = "waiters"
    static let byteCountMax = 600
    private static let capacity = 24

    private struct Model {
        var deadlines: [WaiterID: Timestamp] = [:]
        var everSeen: Set<WaiterID> = []
        var now = Timestamp(nanoseconds: 0)
    }

    static func run(_ input: Span<UInt8>) throws(FuzzFinding) {
        var fields = InputFields(input)
        // Near their end, generations run out.
        var table = WaiterTable(capacityLimit: capacity, firstGeneration: fields.byte() & 1 == 0 ? 1 : .max - 1)
        var model = Model()
        while !fields.isAtEnd {
            switch fields.choice(of: 8) {
            case 0, 1, 2: try insert(&fields, &table, &model)
            case 3: try remove(&fields, &table, &model)
            case 4: try move(&fields, &table, &model)
            case 5: try pass(to: model.now.advanced(byNanoseconds: interval(&fields)), &table, &model)
            case 6:
                guard let deadline = table.nextDeadline else { continue }
                try pass(to: max(deadline, model.now), &table, &model)
            default:
                let subject = "s\(fields.byte() & 3)"
                let gone = table.popAll { $0.subject == subject }
                for waiter in gone {
                    try expectEqual(waiter.subject, subject, "the subject of what was chosen")
                    try leave(waiter.id, &model)
                }
            }
            try expectEqual(table.count, model.deadlines.count, "the number of waiters")
            try expectNextDeadline(table.nextDeadline, model)
        }
        while let waiter = table.popAny() { try leave(waiter.id, &model) }
        try expect(model.deadlines.isEmpty, "a waiter is left behind")
        try expect(table.nextDeadline == nil, "a deadline is left behind")
    }

    private static func insert(
        _ fields: inout InputFields, _ table: inout WaiterTable, _ model: inout Model
    ) throws(FuzzFinding) {
        let deadline = model.now.advanced(byNanoseconds: interval(&fields))
        let bits = UInt(fields.byte())
        let id = table.insert(kind: 3, subject: "s\(bits & 3)", deadline: deadline, bits: bits)
        guard let id else { return try expectEqual(model.deadlines.count, capacity, "refused before the limit") }
        try expect(model.everSeen.insert(id).inserted, "an id comes twice")
        try expectEqual(table.kind(of: id), 3, "the kind")
        var token = ByteBuffer(minimumCapacity: 16)
        ReplyToken.append(id, to: &token)
        try expectEqual(ReplyToken.parse(token.span), id, "the id of a reply")
        model.deadlines[id] = deadline
    }

    private static func remove(
        _ fields: inout InputFields, _ table: inout WaiterTable, _ model: inout Model
    ) throws(FuzzFinding) {
        let id = pick(&fields, model)
        let isThere = model.deadlines[id] != nil
        try expectEqual(table.contains(id), isThere, "whether a waiter is there")
        guard let waiter = table.remove(id) else { return try expect(!isThere, "a waiter can't be removed") }
        try expectEqual(waiter.id, id, "the id of what was removed")
        try leave(id, &model)
    }

    private static func move(
        _ fields: inout InputFields, _ table: inout WaiterTable, _ model: inout Model
    ) throws(FuzzFinding) {
        let id = pick(&fields, model)
        let deadline = model.now.advanced(byNanoseconds: interval(&fields))
        let isThere = model.deadlines[id] != nil
        try expectEqual(table.setDeadline(id, deadline), isThere, "whether a deadline can be moved")
        try expectEqual(table.setBits(id, 7), isThere, "whether bits can be set")
        if isThere { model.deadlines[id] = deadline }
    }

    private static func pass(
        to now: Timestamp, _ table: inout WaiterTable, _ model: inout Model
    ) throws(FuzzFinding) {
        model.now = now
        while let waiter = table.popExpired(now) {
            let deadline = model.deadlines[waiter.id]
            try leave(waiter.id, &model)
            try expect(deadline.map { $0 <= now } ?? false, "expired too early")
        }
        // Deadlines are kept in ticks, and rounded up.
        for deadline in model.deadlines.values {
            let last = deadline.advanced(byNanoseconds: DeadlineTick.nanoseconds)
            // Nobody lives to see the end of time.
            try expect(last > now || last == .distantFuture, "a waiter outlives its deadline")
        }
    }

    private static func leave(_ id: WaiterID, _ model: inout Model) throws(FuzzFinding) {
        try expect(model.deadlines.removeValue(forKey: id) != nil, "a waiter leaves twice")
    }

    /// Not later than the earliest deadline, and never what nobody waits for.
    private static func expectNextDeadline(_ next: Timestamp?, _ model: Model) throws(FuzzFinding) {
        guard let earliest = model.deadlines.values.min() else { return try expect(next == nil, "a deadline for nobody") }
        guard let next else { throw FuzzFinding("no deadline though somebody waits") }
        try expect(
            next <= earliest.advanced(byNanoseconds: DeadlineTick.nanoseconds), "the next deadline comes too late")
    }

    private static func pick(_ fields: inout InputFields, _ model: Model) -> WaiterID {
        let choice = Int(fields.byte())
        let ids = choice < 128 ? model.deadlines.keys.map { $0 } : Array(model.everSeen)
        let sorted = ids.sorted { $0.rawValue < $1.rawValue }
        return sorted.isEmpty ? WaiterID(rawValue: fields.number()) : sorted[choice % sorted.count]
    }

    /// From nothing to years, each order of magnitude as likely as the next.
    private static func interval(_ fields: inout InputFields) -> UInt64 {
        UInt64(fields.byte()) << UInt64(fields.choice(of: 56))
    }
}
