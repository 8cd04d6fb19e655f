import Testing

@testable import NATSProtocol

@Suite struct DeadlineWheelTests {
    private static let tick = DeadlineTick.nanoseconds
    private static let second: UInt64 = 1_000_000_000

    private static func makeWheel(_ indexCount: Int) -> DeadlineWheel {
        var wheel = DeadlineWheel()
        for _ in 0..<indexCount { wheel.addOwner() }
        return wheel
    }

    private static func expired(_ wheel: inout DeadlineWheel, _ nanoseconds: UInt64) -> [Int] {
        var indices: [Int] = []
        while let index = wheel.popExpired(Timestamp(nanoseconds: nanoseconds)) { indices.append(index) }
        return indices
    }

    @Test(arguments: [
        1, tick - 1, tick, tick + 1, 63 * tick, 64 * tick, 64 * tick + 1, 4096 * tick, 5 * second, 3600 * second,
        400 * 86_400 * second, 300 * 365 * 86_400 * second,
    ])
    func aDeadlineFiresNeverEarlyAndAtMostOneTickLate(deadline: UInt64) {
        for start in [0, 1, Self.tick, 77 * Self.tick, 4095 * Self.tick + 5, 1 << 40] as [UInt64] {
            var wheel = Self.makeWheel(1)
            #expect(Self.expired(&wheel, start).isEmpty)
            let due = start + deadline
            wheel.arm(0, deadline: Timestamp(nanoseconds: due))
            #expect(Self.expired(&wheel, due - 1).isEmpty)
            #expect(Self.expired(&wheel, due + Self.tick - 1) == [0])
            let next = wheel.nextDeadline
            #expect(next == nil)
        }
    }

    @Test(arguments: [1, 64, 65, 4097, 4768, 262_145] as [UInt64], [0, 1, 63, 4000, 1 << 30] as [UInt64])
    func aLoneDeadlineWakesOnce(spanTicks: UInt64, startTicks: UInt64) throws {
        var wheel = Self.makeWheel(1)
        #expect(Self.expired(&wheel, startTicks * Self.tick).isEmpty)
        wheel.arm(0, deadline: Timestamp(nanoseconds: (startTicks + spanTicks) * Self.tick))
        let next = wheel.nextDeadline
        let wakeUp = try #require(next)
        #expect(Self.expired(&wheel, wakeUp.nanoseconds) == [0])
    }

    @Test func manyEqualDeadlinesWakeAHandfulOfTimes() {
        var wheel = Self.makeWheel(1000)
        for index in 0..<1000 { wheel.arm(index, deadline: Timestamp(nanoseconds: 5 * Self.second + UInt64(index))) }
        var wakeUps = 0
        var fired = 0
        while let wakeUp = wheel.nextDeadline {
            wakeUps += 1
            fired += Self.expired(&wheel, wakeUp.nanoseconds).count
        }
        #expect(fired == 1000)
        #expect(wakeUps <= 4)
    }

    @Test func aPassedDeadlineFiresAtOnce() {
        var wheel = Self.makeWheel(2)
        #expect(Self.expired(&wheel, Self.second).isEmpty)
        wheel.arm(0, deadline: .zero)
        wheel.arm(1, deadline: Timestamp(nanoseconds: Self.second / 2))
        let next = wheel.nextDeadline
        #expect(next.map { $0.nanoseconds <= Self.second } == true)
        #expect(Set(Self.expired(&wheel, Self.second)) == [0, 1])
    }

    @Test func theDistantFutureNeverComes() {
        var wheel = Self.makeWheel(1)
        wheel.arm(0, deadline: .distantFuture)
        #expect(Self.expired(&wheel, .max).isEmpty)
        let next = wheel.nextDeadline
        #expect(next == .distantFuture)
        let left = wheel.popAny()
        #expect(left == 0)
    }

    @Test func timeThatGoesBackwardsChangesNothing() {
        var wheel = Self.makeWheel(1)
        #expect(Self.expired(&wheel, 10 * Self.second).isEmpty)
        #expect(Self.expired(&wheel, Self.second).isEmpty)
        wheel.arm(0, deadline: Timestamp(nanoseconds: 11 * Self.second))
        #expect(Self.expired(&wheel, 2 * Self.second).isEmpty)
        #expect(Self.expired(&wheel, 11 * Self.second + Self.tick) == [0])
    }

    @Test func armingAgainReplacesTheDeadline() {
        var wheel = Self.makeWheel(1)
        wheel.arm(0, deadline: Timestamp(nanoseconds: Self.second))
        wheel.arm(0, deadline: Timestamp(nanoseconds: 3 * Self.second))
        #expect(Self.expired(&wheel, 2 * Self.second).isEmpty)
        #expect(Self.expired(&wheel, 4 * Self.second) == [0])
        wheel.cancel(0)
        wheel.cancel(0)
        let next = wheel.nextDeadline
        #expect(next == nil)
    }

    /// Random operations against a list that is searched.
    @Test(arguments: 0..<16)
    func theWheelAgreesWithASearchedList(seed: UInt64) {
        var random = RandomSource(seed: seed)
        var wheel = Self.makeWheel(40)
        var model: [Int: UInt64] = [:]
        var now: UInt64 = random.next() >> 20
        for _ in 0..<4_000 {
            let index = Int(random.next(below: 40))
            switch random.next(below: 8) {
            case 0...3:
                let span = random.next() >> (8 + random.next(below: 50))
                let deadline = random.next(below: 8) == 0 ? now - min(now, span) : now + span
                wheel.arm(index, deadline: Timestamp(nanoseconds: deadline))
                model[index] = deadline
            case 4:
                wheel.cancel(index)
                model[index] = nil
            case 5:
                let next = wheel.nextDeadline?.nanoseconds
                #expect((next == nil) == model.isEmpty)
                if let next, let earliest = model.values.min() { #expect(next <= max(now, earliest + Self.tick - 1)) }
                if let next, random.next(below: 2) == 0 { now = max(now, next) }
            case 6:
                now += random.next() >> (16 + random.next(below: 40))
            default:
                Self.popAllExpired(&wheel, &model, now)
            }
        }
        Self.popAllExpired(&wheel, &model, now)
        var left: Set<Int> = []
        while let index = wheel.popAny() { left.insert(index) }
        #expect(left == Set(model.keys))
    }

    private static func popAllExpired(_ wheel: inout DeadlineWheel, _ model: inout [Int: UInt64], _ now: UInt64) {
        for index in expired(&wheel, now) {
            let deadline = model.removeValue(forKey: index)
            #expect(deadline.map { $0 <= now } == true, "early, or not armed")
        }
        for deadline in model.values {
            #expect(deadline > now || now - deadline < tick, "late")
        }
        let next = wheel.nextDeadline
        #expect(next.map { $0.nanoseconds > now } ?? model.isEmpty, "would spin")
    }

    @Test func deadlinesFireInTheOrderOfTheirTicks() {
        var random = RandomSource(seed: 7)
        var wheel = Self.makeWheel(500)
        var deadlines: [UInt64] = []
        for index in 0..<500 {
            deadlines.append(random.next(below: 20 * Self.second))
            wheel.arm(index, deadline: Timestamp(nanoseconds: deadlines[index]))
        }
        let order = Self.expired(&wheel, 30 * Self.second).map { (deadlines[$0] + Self.tick - 1) / Self.tick }
        #expect(order.count == 500)
        #expect(order == order.sorted())
    }
}
