import NATSProtocol
package import Reactor

/// Time, chance and network of one simulation. What happens in it follows from its seed alone.
///
/// `@unchecked Sendable`: everything runs on the thread of the one loop that lives in it; before the loop starts and after it
/// has ended, on the thread of the test.
package final class World: SimulatedKernel, @unchecked Sendable {
    package let seed: UInt64
    package private(set) var nowNanoseconds: UInt64 = 1_000_000_000
    /// How far the client's wall clock is from the servers', which is right.
    private var wallOffsetNanoseconds: Int64 = 0
    /// What the world decides by where nobody else does: routes, queue groups.
    let chance: Dice
    /// What the client draws, apart, so that one number more there doesn't change the world's weather.
    private var clientChance: RandomSource
    private var events = EventHeap()
    private var listeners: [String: any Listener] = [:]
    private var names: [String: [String]] = [:]
    package var weather = Weather()
    package let trace: Trace
    /// Connections that were ever begun.
    private(set) var connections: [NetworkConnection] = []
    private var resolutionCount = 0

    /// Between two turns of the loop, at each of which every law must hold.
    var betweenTurns: (() -> Void)?
    /// The process doesn't run before this moment, while the world goes on.
    private var pausedUntil: UInt64?
    /// When time stood still for the process, or jumped: what was due in between is done at the end.
    private var gaps: [(start: UInt64, end: UInt64)] = []
    /// Nothing happens any more, since the life has shown all that it can.
    private(set) var isOver = false

    /// Steps that were taken, and those that are to be left out.
    private(set) var steps: [Step] = []
    private let skipped: Set<Step>

    package init(seed: UInt64, trace: Trace = Trace(), skipping skipped: Set<Step> = []) {
        self.seed = seed
        self.skipped = skipped
        self.trace = trace
        var source = RandomSource(seed: seed)
        clientChance = source.split()
        chance = Dice(source.split())
    }

    // MARK: Steps

    /// The chance of one step, or of one actor.
    func dice(_ actor: String, _ number: Int = 0) -> Dice {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ seed
        for byte in actor.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash = (hash ^ UInt64(truncatingIfNeeded: number)) &* 0x100_0000_01B3
        return Dice(RandomSource(seed: hash))
    }

    /// False: this step is to be left out.
    func takes(_ actor: String, _ number: Int, _ what: @autoclosure () -> String) -> Bool {
        let step = Step(actor: actor, number: number)
        guard !skipped.contains(step) else { return false }
        steps.append(step)
        trace.note(nowNanoseconds, "step \(step): \(what())")
        return true
    }

    /// Forgets what would still happen, which holds whom it would happen to. Of a world in which no loop lives any more.
    func forgetEverything() {
        betweenTurns = nil
        events = EventHeap()
        listeners = [:]
        connections = []
    }

    // MARK: Time

    /// Runs `body` after `delay`, in the order of deadlines, and of calls where these are equal.
    package func after(_ delay: UInt64, _ body: @escaping () -> Void) {
        events.insert(deadline: nowNanoseconds &+ delay, body)
    }

    package func wait(untilNanoseconds deadline: UInt64?) -> Bool {
        betweenTurns?()
        if isOver { return false }
        if let end = pausedUntil.take() {
            advance(to: end)
            return true
        }
        guard let next = events.nextDeadline, next <= deadline ?? .max else {
            guard let deadline else { return false }
            nowNanoseconds = max(nowNanoseconds, deadline)
            return true
        }
        nowNanoseconds = max(nowNanoseconds, next)
        events.popFirst()?()
        return true
    }

    /// Everything that happens up to `end`.
    package func advance(to end: UInt64) {
        while let next = events.nextDeadline, next <= end {
            nowNanoseconds = max(nowNanoseconds, next)
            events.popFirst()?()
        }
        nowNanoseconds = max(nowNanoseconds, end)
    }

    /// The process is stopped for a while; then it finds everything at once.
    func pauseProcess(nanoseconds: UInt64) {
        let end = nowNanoseconds + nanoseconds
        pausedUntil = max(pausedUntil ?? 0, end)
        gaps.append((nowNanoseconds, end))
    }

    /// The clock of deadlines jumps, as after a suspend: what was on its way arrives later than what was due.
    func jump(nanoseconds: UInt64) {
        gaps.append((nowNanoseconds, nowNanoseconds + nanoseconds))
        nowNanoseconds += nanoseconds
    }

    func setWallClock(offsetNanoseconds: Int64) { wallOffsetNanoseconds = offsetNanoseconds }

    /// When what is due at `deadline` can be done at the earliest.
    func earliest(after deadline: UInt64) -> UInt64 {
        gaps.reduce(deadline) { $1.start <= $0 && $0 < $1.end ? $1.end : $0 }
    }

    /// How long the process has stood still since then, or time has jumped.
    func lostNanoseconds(since start: UInt64) -> UInt64 {
        gaps.reduce(0) { $1.end > start ? $0 + $1.end - max($1.start, start) : $0 }
    }

    /// The true time of day.
    var trueWallNanoseconds: UInt64 { 1_700_000_000_000_000_000 + nowNanoseconds }
    package var wallNanoseconds: UInt64 { trueWallNanoseconds &+ UInt64(bitPattern: wallOffsetNanoseconds) }

    func end() { isOver = true }

    package func random() -> UInt64 { clientChance.next() }

    // MARK: Network

    package func listen(on address: String, _ listener: any Listener) { listeners[address] = listener }
    package func stopListening(on address: String) { listeners[address] = nil }
    package func name(_ name: String, addresses: [String]) { names[name] = addresses }

    package func resolve(
        host: String, port: UInt16, completion: @escaping @Sendable (Outcome<[SocketAddress]>) -> Void
    ) {
        resolutionCount += 1
        let dice = dice("resolution", resolutionCount)
        let found = (names[host] ?? []).compactMap { SocketAddress(literal: $0, port: port) }
        if dice.isOne(in: weather.oneResolutionHangsIn) {
            return trace.note(nowNanoseconds, "names: no answer for \(host)")
        }
        let fails = found.isEmpty || dice.isOne(in: weather.oneResolutionFailsIn)
        trace.note(nowNanoseconds, "names: \(host) \(fails ? "isn't found" : "is found")")
        after(dice.pick(weather.resolutionNanoseconds)) {
            completion(fails ? .failure(ReactorError(.resolutionFailed, "nobody knows \(host)")) : .success(found))
        }
    }

    package func makeSocket(to address: SocketAddress) -> any SimulatedSocket { connect(to: "\(address)") }

    package func connect(to address: String) -> NetworkConnection {
        let connection = NetworkConnection(world: self, number: connections.count + 1)
        connections.append(connection)
        trace.note(nowNanoseconds, "net \(connection.number): connect to \(address)")
        connection.connect(to: address)
        return connection
    }

    func listener(on address: String) -> (any Listener)? { listeners[address] }

    /// Connections that the client hasn't closed.
    package var openConnections: [NetworkConnection] { connections.filter { !$0.isClosedByClient } }
}

extension World {
    /// Lets a task of the loop wait in the world's time.
    func sleep(nanoseconds: UInt64) async {
        await withCheckedContinuation { continuation in
            after(nanoseconds) { continuation.resume() }
        }
    }
}

/// Who takes connections at an address.
package protocol Listener: AnyObject {
    func accept(_ connection: NetworkConnection)
}
