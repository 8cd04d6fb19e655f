/// A numbered message of a publisher: subject `rows.<publisher>` or `work.<publisher>`, payload `<number> <filler>`.
///
/// Two kinds, since nats-server doubles messages for whom plain subscriptions and queue groups on one subject meet: a message that
/// is routed to a member which has just gone elsewhere is sent on there, and the plain subscriptions there get it again.
struct Row: Hashable, Sendable, CustomStringConvertible {
    /// For witnesses and plain subscriptions.
    static let plainPrefix = "rows."
    /// For a queue group.
    static let workPrefix = "work."

    let publisher: Int
    let number: Int

    init(publisher: Int, number: Int) {
        self.publisher = publisher
        self.number = number
    }

    /// Nil when it is no row.
    init?(subject: some Collection<UInt8>, payload: some Collection<UInt8>) {
        guard subject.starts(with: Self.plainPrefix.utf8) || subject.starts(with: Self.workPrefix.utf8),
            let publisher = Self.number(at: subject.dropFirst(Self.plainPrefix.utf8.count)),
            let number = Self.number(at: payload)
        else { return nil }
        self.init(publisher: publisher, number: number)
    }

    var description: String { "row \(number) of publisher \(publisher)" }

    private static func number(at text: some Collection<UInt8>) -> Int? {
        var value: Int?
        for byte in text {
            guard byte >= 48, byte <= 57 else { break }
            value = (value ?? 0) &* 10 &+ Int(byte &- 48)
        }
        return value
    }
}
