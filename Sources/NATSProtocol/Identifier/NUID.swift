/// A name of 22 base-62 characters that is unique among all clients of a system: 12 random ones that identify the
/// generator and 10 that count up from a random start.
package struct NUID: Sendable, Hashable {
    package static let count = 22

    private let prefix: UInt128
    private let sequence: UInt64

    internal init(prefix: UInt128, sequence: UInt64) {
        self.prefix = prefix
        self.sequence = sequence
    }

    package func append(to buffer: inout ByteBuffer) {
        buffer.reserve(Self.count)
        for position in (0..<NUIDGenerator.prefixDigits).reversed() {
            buffer.append(Base62.digit(prefix / Base62.power(position) % 62))
        }
        for position in (0..<NUIDGenerator.sequenceDigits).reversed() {
            buffer.append(Base62.digit(UInt128(sequence) / Base62.power(position) % 62))
        }
    }

    package var string: String {
        var buffer = ByteBuffer(minimumCapacity: Self.count)
        append(to: &buffer)
        return String(repairing: buffer.span)
    }
}

/// Makes NUIDs. One per connection; a copy would repeat the names of its original.
package struct NUIDGenerator: Sendable {
    internal static let prefixDigits = 12
    internal static let sequenceDigits = 10
    internal static let sequenceEnd = UInt64(Base62.power(sequenceDigits))
    private static let increments: ClosedRange<UInt64> = 33...333

    private var random: RandomSource
    private var prefix: UInt128 = 0
    private var sequence: UInt64 = 0
    private var increment: UInt64 = 0

    /// Takes a source of its own from `random`, which goes on from there.
    package init(random: inout RandomSource) {
        self.random = random.split()
        restart()
    }

    /// The next name; in steady state an addition.
    package mutating func next() -> NUID {
        let nuid = NUID(prefix: prefix, sequence: sequence)
        sequence &+= increment
        if sequence >= Self.sequenceEnd { restart() }
        return nuid
    }

    /// Goes to the last number of the current prefix, for tests of what comes after it.
    internal mutating func skipToLastSequence() {
        sequence = Self.sequenceEnd - 1
    }

    private mutating func restart() {
        prefix = UInt128.random(in: 0..<Base62.power(Self.prefixDigits), using: &random)
        sequence = random.next(below: Self.sequenceEnd)
        increment = UInt64.random(in: Self.increments, using: &random)
    }
}
