/// One way of a connection: bytes take their time, and stay in order. Up to a fault.
final class NetworkDirection {
    private unowned let world: World
    private let dice: Dice
    /// Bytes on their way or in the receiver's buffer.
    var inFlight = 0
    /// Bytes that have come out at the other end.
    private(set) var arrived = 0
    /// When the last byte arrives.
    private(set) var lastArrival: UInt64 = 0
    /// Behind this byte the connection breaks.
    var cutAfter: Int?
    /// How many bytes come at a time.
    var dripSize: Int?
    /// Nothing comes out any more.
    var isDark = false
    var isOver = false
    /// Called with what comes out, and when the connection breaks.
    var deliver: ([UInt8]) -> Void = { _ in }
    var breakHere: () -> Void = {}

    init(world: World, dice: Dice) {
        self.world = world
        self.dice = dice
    }

    /// Nothing comes out before `moment`.
    func hold(until moment: UInt64) { lastArrival = max(lastArrival, moment) }

    func carry(_ bytes: [UInt8]) {
        inFlight += bytes.count
        var start = 0
        while start < bytes.count {
            let rest = bytes.count - start
            // Drips are for what is small: nobody learns more from ten thousand of them.
            let piece = rest < 2_000 ? dripSize : nil
            let size = min(rest, piece ?? Int(dice.pick(1...UInt64(rest * 2))))
            let chunk = size == bytes.count ? bytes : Array(bytes[start..<start + size])
            start += size
            lastArrival = max(lastArrival, world.nowNanoseconds + latency())
            world.after(lastArrival - world.nowNanoseconds) { [self] in arrive(chunk) }
        }
    }

    func latency() -> UInt64 { dice.pick(world.weather.latencyNanoseconds) }

    /// When an end comes out that follows everything.
    func delayBehindAll() -> UInt64 { max(lastArrival, world.nowNanoseconds + latency()) - world.nowNanoseconds }

    private func arrive(_ chunk: [UInt8]) {
        guard !isDark, !isOver else { return }
        guard world.weather.oneConnectionIsCutIn != .max, let cutAfter, arrived + chunk.count > cutAfter else {
            arrived += chunk.count
            return deliver(chunk)
        }
        let part = Array(chunk.prefix(max(0, cutAfter - arrived)))
        arrived += part.count
        if !part.isEmpty { deliver(part) }
        breakHere()
    }
}
