/// A numbered message of a publisher: subject `rows.<publisher>`, payload `<number> <filler>`.
struct Row: Hashable, Sendable, CustomStringConvertible {
    static let subjectPrefix = "rows."

    let publisher: Int
    let number: Int

    init(publisher: Int, number: Int) {
        self.publisher = publisher
        self.number = number
    }

    /// Nil when it is no row.
    init?(subject: some Collection<UInt8>, payload: some Collection<UInt8>) {
        let prefix = Self.subjectPrefix.utf8
        guard subject.starts(with: prefix), let publisher = Self.number(at: subject.dropFirst(prefix.count)),
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
