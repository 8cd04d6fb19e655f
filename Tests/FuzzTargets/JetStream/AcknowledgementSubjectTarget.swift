import NATSProtocol

/// Acknowledgement subjects: the same numbers and names as by splitting the text at its dots, and no others.
enum AcknowledgementSubjectTarget: FuzzTarget {
    static let name = "ack-subjects"
    static let byteCountMax = 512

    static func run(_ input: Span<UInt8>) throws(FuzzFinding) {
        let plain = PlainPlace([UInt8](copying: input))
        guard let place = AcknowledgementSubject(input) else {
            return try expect(plain == nil, "a subject isn't read that is one")
        }
        guard let plain else { throw FuzzFinding("read what is no acknowledgement subject") }
        func bytes(_ range: Range<Int>) -> [UInt8] { [UInt8](copying: input.extracting(range)) }
        try expectEqual(place.domain.map(bytes), plain.domain, "the domain")
        try expectEqual(bytes(place.stream), plain.names[0], "the stream")
        try expectEqual(bytes(place.consumer), plain.names[1], "the consumer")
        let numbers = [place.deliveries, place.streamSequence, place.consumerSequence, UInt64(place.timeNanoseconds)]
        try expectEqual(numbers + (place.pending.map { [$0] } ?? []), plain.numbers, "the numbers")
    }

    /// The subject as a list of words.
    private struct PlainPlace {
        var domain: [UInt8]?
        let names: [[UInt8]]
        let numbers: [UInt64]

        init?(_ subject: [UInt8]) {
            var words = subject.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(Array.init)
            let count = words.count
            guard [8, 9].contains(count) || count >= 11, words[0] == Array("$JS".utf8), words[1] == Array("ACK".utf8) else {
                return nil
            }
            words.removeFirst(2)
            if count >= 11 {
                guard !words[0].isEmpty, !words[1].isEmpty else { return nil }
                if words[0] != Array("_".utf8) { domain = words[0] }
                words.removeFirst(2)
            }
            guard !words[0].isEmpty, !words[1].isEmpty else { return nil }
            names = Array(words[..<2])
            let digits = words[2...].prefix(count == 8 ? 4 : 5)
            numbers = digits.compactMap(Self.number)
            guard numbers.count == digits.count, numbers[3] <= UInt64(Int64.max) else { return nil }
        }

        private static func number(_ digits: [UInt8]) -> UInt64? {
            guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            return UInt64(String(decoding: digits, as: UTF8.self))
        }
    }
}
