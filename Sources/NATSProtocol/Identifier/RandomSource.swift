/// Random numbers from a seed: equal seeds give equal rows, so that everything that is random can be replayed.
///
/// xoshiro256** (Blackman and Vigna, https://prng.di.unimi.it). Fast and well spread, but predictable to one who has
/// seen some of its output: not for secrets.
package struct RandomSource: RandomNumberGenerator, Sendable, Equatable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// Spreads a 64-bit seed over the state with SplitMix64, as the authors advise.
    package init(seed: UInt64) {
        var mixer = seed
        state = (Self.mix(&mixer), Self.mix(&mixer), Self.mix(&mixer), Self.mix(&mixer))
    }

    /// Takes 256 bits from the system's entropy, for names that must be unique among all processes.
    package init(seed: (UInt64, UInt64, UInt64, UInt64)) {
        if seed == (0, 0, 0, 0) {
            self.init(seed: 0)  // all zero is the one state that the generator can't leave
        } else {
            self.init(state: seed)
        }
    }

    private init(state: (UInt64, UInt64, UInt64, UInt64)) {
        self.state = state
    }

    package mutating func next() -> UInt64 {
        let result = Self.rotate(state.1 &* 5, by: 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = Self.rotate(state.3, by: 45)
        return result
    }

    /// A number in 0..<bound, evenly spread; 0 when the bound is 0.
    package mutating func next(below bound: UInt64) -> UInt64 {
        guard bound > 1 else { return 0 }
        return UInt64.random(in: 0..<bound, using: &self)
    }

    /// A source of its own whose row doesn't overlap this one's in practice.
    package mutating func split() -> RandomSource {
        RandomSource(seed: (next(), next(), next(), next()))
    }

    package static func == (left: RandomSource, right: RandomSource) -> Bool {
        left.state == right.state
    }

    private static func rotate(_ word: UInt64, by count: UInt64) -> UInt64 {
        word << count | word >> (64 - count)
    }

    private static func mix(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}
