import NATSProtocol
import Testing

@Suite("PublishWindow") struct PublishWindowTests {
    private static func window(
        messages: Int = 4, bytes: Int = 1_000, retries: Int = 0
    ) -> PublishWindow {
        PublishWindow(
            .init(
                messages: messages, bytes: bytes, timeoutNanoseconds: 100, retryAttempts: retries, retryPauseNanoseconds: 10))
    }

    /// A message of so many bytes, for which there is room.
    private static func admitted(_ window: inout PublishWindow, _ bytes: Int) throws -> WaiterID {
        let id = window.admit(bytes: bytes, now: .zero)
        return try #require(id)
    }

    private static func time(_ nanoseconds: UInt64) -> Timestamp { Timestamp(nanoseconds: nanoseconds) }

    @Test("it is bounded in messages")
    func messages() throws {
        var window = Self.window(messages: 2)
        let first = try Self.admitted(&window, 1)
        #expect(window.admit(bytes: 1, now: .zero) != nil)
        #expect(window.admit(bytes: 1, now: .zero) == nil)
        #expect(window.settle(first)?.number == 0)
        #expect(window.admit(bytes: 1, now: .zero) != nil)
        #expect(window.nextNumber == 3)
    }

    @Test("it is bounded in bytes, and a message larger than all of it goes alone")
    func bytes() throws {
        var window = Self.window(bytes: 100)
        let large = try Self.admitted(&window, 1_000)
        #expect(window.admit(bytes: 1, now: .zero) == nil)
        #expect(window.settle(large) != nil)
        #expect(window.byteCount == 0)
        #expect(window.admit(bytes: 60, now: .zero) != nil)
        #expect(window.admit(bytes: 41, now: .zero) == nil)
        #expect(window.admit(bytes: 40, now: .zero) != nil)
    }

    @Test("an answer reaches its message once, also when the slot is used again")
    func once() throws {
        var window = Self.window(messages: 1)
        let first = try Self.admitted(&window, 1)
        #expect(window.settle(first)?.number == 0)
        #expect(window.settle(first) == nil)
        let second = try Self.admitted(&window, 1)
        #expect(second.slot == first.slot)
        #expect(window.settle(first) == nil)
        #expect(window.settle(second)?.number == 1)
    }

    @Test("a made-up id reaches nobody")
    func invented() {
        var window = Self.window()
        _ = window.admit(bytes: 1, now: .zero)
        #expect(window.settle(WaiterID(rawValue: .max)) == nil)
        #expect(window.settle(WaiterID(rawValue: 0)) == nil)
        #expect(window.count == 1)
    }

    @Test("messages time out in their order, none before its time")
    func timeouts() throws {
        var window = Self.window()
        for time: UInt64 in 0..<3 { _ = window.admit(bytes: 1, now: Self.time(time)) }
        #expect(window.nextDeadline == Self.time(100))
        #expect(window.popTimedOut(Self.time(99)) == nil)
        #expect(window.popTimedOut(Self.time(101))?.number == 0)
        #expect(window.popTimedOut(Self.time(101))?.number == 1)
        #expect(window.popTimedOut(Self.time(101)) == nil)
        #expect(window.nextDeadline == Self.time(102))
        #expect(window.popTimedOut(Self.time(102))?.number == 2)
        #expect(window.nextDeadline == nil)
    }

    @Test("a withdrawn message leaves its number to the next one")
    func withdrawal() throws {
        var window = Self.window()
        _ = window.admit(bytes: 1, now: .zero)
        let second = try Self.admitted(&window, 5)
        window.withdraw(second)
        #expect(window.count == 1)
        #expect(window.byteCount == 1)
        let third = try Self.admitted(&window, 1)
        #expect(window.settle(third)?.number == 1)
        #expect(window.settle(second) == nil)
    }

    @Test("a message is sent again as often as it may be, after its pause")
    func retries() throws {
        var window = Self.window(retries: 2)
        let id = try Self.admitted(&window, 1)
        #expect(window.postpone(id, now: Self.time(1)) == true)
        #expect(window.isPaused(id) == true)
        #expect(window.nextDeadline == Self.time(11))
        // Whoever can't send anything now doesn't look before that.
        #expect(window.nextTimeout == Self.time(100))
        #expect(window.takeRetries(Self.time(10)) == [])
        #expect(window.takeRetries(Self.time(11)) == [id])
        #expect(window.takeRetries(Self.time(11)) == [])
        #expect(window.nextDeadline == Self.time(100))
        #expect(window.postpone(id, now: Self.time(20)) == true)
        #expect(window.takeRetries(Self.time(30)) == [id])
        #expect(window.postpone(id, now: Self.time(40)) == false)
        #expect(window.contains(id) == true)
    }

    @Test("retries come in the order of publishing, and only those that are due")
    func retryOrder() throws {
        var window = Self.window(retries: 1)
        var ids: [WaiterID] = []
        for _ in 0..<3 { ids.append(try Self.admitted(&window, 1)) }
        #expect(window.postpone(ids[2], now: Self.time(1)) == true)
        #expect(window.postpone(ids[0], now: Self.time(2)) == true)
        #expect(window.postpone(ids[1], now: Self.time(9)) == true)
        #expect(window.takeRetries(Self.time(12)) == [ids[0], ids[2]])
        #expect(window.nextDeadline == Self.time(19))
        window.endPauses(now: Self.time(12))
        #expect(window.nextDeadline == Self.time(100))
        #expect(window.takeRetries(Self.time(50)) == [])
    }

    @Test("a message without an answer is sent again at intervals, if that is wanted")
    func resending() throws {
        var window = PublishWindow(
            .init(messages: 4, bytes: 100, timeoutNanoseconds: 100, resendNanoseconds: 20))
        // A quarter of the timeout is as long as it waits.
        let first = try Self.admitted(&window, 1)
        let second = window.admit(bytes: 1, now: Self.time(5))
        #expect(window.nextDeadline == Self.time(20))
        #expect(window.takeRetries(Self.time(20)) == [first])
        #expect(window.isPaused(first) == false)
        #expect(window.takeRetries(Self.time(25)) == [second])
        #expect(window.settle(first) != nil)
        #expect(window.takeRetries(Self.time(40)) == [])
        #expect(window.nextDeadline == Self.time(45))
        window.endPauses(now: Self.time(41))
        #expect(window.nextDeadline == Self.time(61))
        #expect(window.popTimedOut(Self.time(105))?.id == second)
        #expect(window.nextDeadline == nil)
    }

    @Test("a message without an answer is sent again ever more slowly, up to a quarter of its time")
    func resendingSlows() throws {
        var window = PublishWindow(
            .init(
                messages: 4, bytes: 100, timeoutNanoseconds: 1_000, retryAttempts: 1, retryPauseNanoseconds: 5,
                resendNanoseconds: 20))
        let id = try Self.admitted(&window, 1)
        for time: UInt64 in [20, 60, 140, 300, 550, 800] {
            #expect(window.takeRetries(Self.time(time - 1)) == [])
            #expect(window.nextDeadline == Self.time(time))
            #expect(window.takeRetries(Self.time(time)) == [id])
        }
        // Over another connection the times begin anew.
        window.endPauses(now: Self.time(900))
        #expect(window.nextDeadline == Self.time(920))
        // An attempt after a refusal isn't a silence.
        #expect(window.postpone(id, now: Self.time(910)) == true)
        #expect(window.takeRetries(Self.time(915)) == [id])
        #expect(window.nextDeadline == Self.time(935))
    }

    @Test("a message for which there is no room waits, and stays what the server has said of it")
    func withoutRoom() throws {
        var window = PublishWindow(
            .init(
                messages: 4, bytes: 100, timeoutNanoseconds: 1 << 40, retryAttempts: 1, retryPauseNanoseconds: 0,
                resendNanoseconds: 20))
        let silent = try Self.admitted(&window, 1)
        let refused = try Self.admitted(&window, 1)
        #expect(window.postpone(refused, now: .zero) == true)
        #expect(window.takeRetries(Self.time(20)) == [silent, refused])
        window.postponeAgain(silent, now: Self.time(20))
        window.postponeAgain(refused, now: Self.time(20))
        #expect(window.isPaused(silent) == false)
        #expect(window.isPaused(refused) == true)
        // At once would be for nothing, and for ever.
        #expect(window.takeRetries(Self.time(10_000_019)) == [])
        #expect(window.nextDeadline == Self.time(10_000_020))
        #expect(window.takeRetries(Self.time(10_000_020)) == [silent, refused])
        #expect(window.noteSent(refused) == false)
        #expect(window.isPaused(refused) == false)
    }

    @Test("outcomes that nobody took keep their places")
    func places() throws {
        var window = Self.window(messages: 2)
        let id = try Self.admitted(&window, 1)
        _ = window.settle(id)
        window.keepPlace()
        #expect(window.admit(bytes: 1, now: .zero) != nil)
        #expect(window.admit(bytes: 1, now: .zero) == nil)
        window.freePlaces(1)
        #expect(window.admit(bytes: 1, now: .zero) != nil)
    }

    @Test("the messages are walked in the order of publishing, with their frames")
    func walk() throws {
        var window = Self.window()
        var ids: [WaiterID] = []
        for byte: UInt8 in 0..<4 {
            let id = try Self.admitted(&window, 1)
            var frame = ByteBuffer(minimumCapacity: 16)
            frame.append(byte)
            window.keep(frame, for: id)
            ids.append(id)
        }
        _ = window.settle(ids[1])
        var walked: [UInt8] = []
        var next = window.oldestID
        while let id = next {
            walked += window.frame(of: id)
            next = window.next(after: id)
        }
        #expect(walked == [0, 2, 3])
    }

    @Test("whatever happens, every message ends once, and the counts return to zero", arguments: 0..<20 as Range<UInt64>)
    func conservation(_ seed: UInt64) {
        var random = RandomSource(seed: seed)
        var window = Self.window(messages: 1 + Int(random.next(below: 64)), bytes: 2_000, retries: 1)
        var alive: [WaiterID: UInt64] = [:]
        var ended: Set<UInt64> = []
        var now: UInt64 = 0
        func end(_ settled: PublishWindow.Settled) {
            #expect(alive.removeValue(forKey: settled.id) == settled.number)
            #expect(ended.insert(settled.number).inserted)
        }
        for _ in 0..<4_000 {
            now += random.next(below: 4)
            switch random.next(below: 5) {
            case 0, 1:
                let number = window.nextNumber
                if let id = window.admit(bytes: Int(random.next(below: 100)), now: Self.time(now)) { alive[id] = number }
            case 2: if let id = alive.keys.randomElement(using: &random), let settled = window.settle(id) { end(settled) }
            case 3: if let id = alive.keys.randomElement(using: &random) { _ = window.postpone(id, now: Self.time(now)) }
            default:
                while let settled = window.popTimedOut(Self.time(now)) { end(settled) }
                for id in window.takeRetries(Self.time(now)) { #expect(alive[id] != nil) }
            }
            #expect(window.count == alive.count)
        }
        while let settled = window.popOldest() { end(settled) }
        #expect(alive.isEmpty)
        #expect(UInt64(ended.count) == window.nextNumber)
        #expect(window.byteCount == 0)
        #expect(window.nextDeadline == nil)
    }
}
