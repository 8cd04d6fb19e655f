/// The form that a stream's acknowledgements have: everything up to the sequence number is the same in all of them.
///
/// The first acknowledgement of a stream is read as JSON; from then on a comparison and the digits tell all. What differs in
/// anything is read as JSON again. Source: `processJetStreamMsg` in nats-server's `server/stream.go` writes
/// `{"stream":"S","seq":1}`, with a domain before the number and `,"duplicate": true` behind it.
package struct AcknowledgementPattern: Sendable, Hashable {
    private let beginning: [UInt8]

    /// A message's place in its stream.
    package struct Place: Sendable, Hashable {
        package let sequence: UInt64
        package let isDuplicate: Bool

        package init(sequence: UInt64, isDuplicate: Bool) {
            self.sequence = sequence
            self.isDuplicate = isDuplicate
        }
    }

    /// Learns the form from an acknowledgement that is nothing but a stream, perhaps a domain, and a place. Nil: it is more, or
    /// of another form.
    package init?(_ json: Span<UInt8>, _ acknowledgement: PublishAcknowledgement) {
        guard acknowledgement.error == nil, acknowledgement.value == nil, acknowledgement.batch == nil else { return nil }
        let end = Self.numberEnd(json, duplicate: acknowledgement.isDuplicate)
        var start = end
        while start > 0, Self.isDigit(json[start &- 1]) { start &-= 1 }
        guard start < end, Decimal.parse(json, start, end) == acknowledgement.sequence,
            json.extracting(0..<start).ends(with: Self.member)
        else { return nil }
        beginning = [UInt8](copying: json.extracting(0..<start))
    }

    /// Reads an acknowledgement of this form; nil for everything else.
    @inline(__always)
    package func match(_ json: Span<UInt8>) -> Place? {
        guard json.count > beginning.count, json.begins(with: beginning.span) else { return nil }
        var index = beginning.count
        // No sequence number has more digits than fit.
        let digitsEnd = min(json.count, index &+ 19)
        var sequence: UInt64 = 0
        while index < digitsEnd, Self.isDigit(json[index]) {
            sequence = sequence &* 10 &+ UInt64(json[index] &- 0x30)
            index &+= 1
        }
        guard index > beginning.count, index < json.count else { return nil }
        if index == json.count &- 1, json[index] == UInt8(ascii: "}") { return Place(sequence: sequence, isDuplicate: false) }
        return isDuplicateEnd(json.extracting(index..<json.count)) ? Place(sequence: sequence, isDuplicate: true) : nil
    }

    @inline(never)
    private func isDuplicateEnd(_ rest: Span<UInt8>) -> Bool { rest.equals(Self.duplicate) || rest.equals(Self.tightDuplicate) }

    private static func numberEnd(_ json: Span<UInt8>, duplicate isDuplicate: Bool) -> Int {
        for end in isDuplicate ? [duplicate, tightDuplicate] : ["}"] where json.ends(with: end) {
            return json.count &- end.utf8CodeUnitCount
        }
        return 0
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 <= 9 }

    private static let member: StaticString = "\"seq\":"
    private static let duplicate: StaticString = ",\"duplicate\": true}"
    private static let tightDuplicate: StaticString = ",\"duplicate\":true}"
}

extension Span<UInt8> {
    fileprivate func equals(_ text: StaticString) -> Bool { count == text.utf8CodeUnitCount && ends(with: text) }

    fileprivate func ends(with text: StaticString) -> Bool {
        count >= text.utf8CodeUnitCount
            && agreeingCount(with: text, at: count &- text.utf8CodeUnitCount) == text.utf8CodeUnitCount
    }
}
