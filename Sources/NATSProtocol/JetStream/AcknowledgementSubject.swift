/// What the reply subject of a delivered message says: where it comes from, and how often it came.
///
/// Two forms: `$JS.ACK.<stream>.<consumer>.<delivered>.<stream sequence>.<consumer sequence>.<time>.<pending>` with nine tokens,
/// and one with `<domain>.<account hash>` behind `ACK`, of eleven tokens or more, of which the rest is for later. Old servers wrote
/// the first without `pending`.
///
/// Sources: ADR-15, ADR-53.
package struct AcknowledgementSubject: Sendable, Hashable {
    /// Where the names lie in the subject.
    package let domain: Range<Int>?
    package let stream: Range<Int>
    package let consumer: Range<Int>
    /// 1 the first time.
    package let deliveries: UInt64
    package let streamSequence: UInt64
    package let consumerSequence: UInt64
    package let timeNanoseconds: Int64
    /// Messages that the consumer still has for us; nil from servers before 2.0.
    package let pending: UInt64?

    /// Nil when the subject isn't one. Allocates nothing.
    package init?(_ subject: Span<UInt8>) {
        var tokens = TokenCursor(subject)
        guard tokens.next(equals: "$JS"), tokens.next(equals: "ACK") else { return nil }
        let count = tokens.remainingCount &+ 2
        guard count == 8 || count == 9 || count >= 11 else { return nil }
        var domain: Range<Int>?
        if count >= 11 {
            guard let name = tokens.next(), tokens.next() != nil else { return nil }
            domain = name.count == 1 && subject[name.lowerBound] == UInt8(ascii: "_") ? nil : name
        }
        guard let stream = tokens.next(), let consumer = tokens.next(), let deliveries = tokens.nextNumber(),
            let streamSequence = tokens.nextNumber(), let consumerSequence = tokens.nextNumber(),
            let time = tokens.nextNumber(), let nanoseconds = Int64(exactly: time)
        else { return nil }
        if count == 8 {
            pending = nil
        } else {
            guard let number = tokens.nextNumber() else { return nil }
            pending = number
        }
        self.domain = domain
        self.stream = stream
        self.consumer = consumer
        self.deliveries = deliveries
        self.streamSequence = streamSequence
        self.consumerSequence = consumerSequence
        timeNanoseconds = nanoseconds
    }
}

/// Walks over the tokens of a subject that a server has made.
private struct TokenCursor: ~Escapable {
    private let bytes: Span<UInt8>
    private var position = 0
    private var isAtEnd = false

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) { self.bytes = bytes }

    /// How many tokens are left.
    var remainingCount: Int {
        guard !isAtEnd else { return 0 }
        var count = 1
        var index = position
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: ".") { count &+= 1 }
            index &+= 1
        }
        return count
    }

    /// Nil at the end, and for an empty token.
    mutating func next() -> Range<Int>? {
        guard !isAtEnd else { return nil }
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: ".") { position &+= 1 }
        let token = start..<position
        if position < bytes.count { position &+= 1 } else { isAtEnd = true }
        return token.isEmpty ? nil : token
    }

    mutating func next(equals word: StaticString) -> Bool {
        guard let token = next() else { return false }
        return JSONText(bytes.extracting(token), hasEscapes: false) == word
    }

    mutating func nextNumber() -> UInt64? {
        guard let token = next() else { return nil }
        return Decimal.parse(bytes, token.lowerBound, token.upperBound)
    }
}
