/// How bad the network is. One in `.max` means never.
package struct Weather: Sendable {
    package var latencyNanoseconds: ClosedRange<UInt64> = 10_000...500_000
    package var resolutionNanoseconds: ClosedRange<UInt64> = 100_000...5_000_000
    /// The name service has no answer; or never gives one.
    package var oneResolutionFailsIn: UInt64 = .max
    package var oneResolutionHangsIn: UInt64 = .max
    /// How long a connection takes to be made, besides the latency: attempts that were begun later may be there first.
    package var connectNanoseconds: ClosedRange<UInt64> = 0...0
    /// A connection attempt is refused, or never answered.
    package var oneConnectIsRefusedIn: UInt64 = .max
    package var oneConnectHangsIn: UInt64 = .max
    /// A connection is cut behind a random byte of one direction.
    package var oneConnectionIsCutIn: UInt64 = .max
    /// A connection falls silent without an end, in both directions or in one.
    package var oneConnectionGoesDarkIn: UInt64 = .max
    /// A connection brings nothing for a while, then everything.
    package var oneConnectionStallsIn: UInt64 = .max
    /// A connection brings a few bytes at a time.
    package var oneConnectionDripsIn: UInt64 = .max
    /// Bytes that are lost in a cut connection's peer's buffers: a reset rather than an end.
    package var oneCutIsAResetIn: UInt64 = 2
    /// A server receives a new connection in a way that no server should (`Greeting`).
    package var oneGreetingIsOddIn: UInt64 = .max

    package init() {}

    /// As bad as `dice` will have it.
    static func rolled(_ dice: Dice) -> Weather {
        var weather = Weather()
        weather.latencyNanoseconds = 1_000...dice.pick(2_000...50_000_000)
        if dice.isOne(in: 2) { weather.oneConnectIsRefusedIn = dice.pick(2...7) }
        if dice.isOne(in: 3) { weather.oneConnectHangsIn = dice.pick(3...10) }
        if dice.isOne(in: 3) { weather.connectNanoseconds = 0...dice.pick(1_000_000...900_000_000) }
        if dice.isOne(in: 2) { weather.oneConnectionIsCutIn = dice.pick(1...3) }
        if dice.isOne(in: 3) { weather.oneConnectionGoesDarkIn = dice.pick(1...4) }
        if dice.isOne(in: 3) { weather.oneConnectionStallsIn = dice.pick(1...4) }
        if dice.isOne(in: 4) { weather.oneConnectionDripsIn = dice.pick(1...4) }
        if dice.isOne(in: 3) { weather.oneResolutionFailsIn = dice.pick(2...6) }
        if dice.isOne(in: 4) { weather.oneResolutionHangsIn = dice.pick(2...6) }
        if dice.isOne(in: 3) { weather.resolutionNanoseconds = 100_000...dice.pick(1_000_000...8_000_000_000) }
        if dice.isOne(in: 3) { weather.oneGreetingIsOddIn = dice.pick(2...5) }
        return weather
    }
}
