import NATSClient
import NATSProtocol
import Reactor

/// One client of a life, with its users: connects, lives, and ends in one of the ways that there are.
///
/// `@unchecked Sendable`: all of it runs on the thread of the loop.
final class SimulatedClient: @unchecked Sendable {
    let name: String
    let nats: NATSConnection
    let users: Users
    private let drama: Drama
    let options: ConnectOptions
    private(set) var hasEnded = false

    private init(
        _ name: String, _ nats: NATSConnection, _ drama: Drama, _ options: ConnectOptions, users: ClosedRange<UInt64>,
        acts: ClosedRange<UInt64>
    ) async {
        self.name = name
        self.options = options
        self.nats = nats
        self.drama = drama
        drama.oracle.watch(nats, named: name)
        self.users = await Users.start(nats, name, drama, options, users: users, acts: acts)
    }

    /// Throws what `connect` throws.
    static func connect(
        _ name: String, _ drama: Drama, users: ClosedRange<UInt64> = 1...4, acts: ClosedRange<UInt64> = 5...60,
        change: (inout ConnectOptions) -> Void = { _ in }
    ) async throws -> SimulatedClient {
        var options = drama.options(for: name)
        change(&options)
        drama.oracle.counts.sessions += 1
        let call = drama.oracle.calls.began(
            "\(name): connect", nanoseconds: options.longestFirstConnectNanoseconds,
            hasSteps: options.reconnect.firstConnectTimeout == nil)
        let outcome: Result<NATSConnection, any Error>
        do {
            outcome = .success(try await NATS.connect(drama.urls(for: name), options: options))
        } catch {
            outcome = .failure(error)
        }
        if let late = drama.oracle.calls.ended(call) { drama.oracle.check(false, late) }
        let nats = try outcome.get()
        return await SimulatedClient(name, nats, drama, options, users: users, acts: acts)
    }

    /// In whatever is the matter, and while its users go on: each way ends in bounded time.
    func end(_ dice: Dice, isCalm: Bool) async {
        guard !hasEnded else { return }
        hasEnded = true
        // Whoever is cancelled waits for nothing.
        await drama.spawn { [self] in await endInFull(dice, isCalm: isCalm) }.value
    }

    private func endInFull(_ dice: Dice, isCalm: Bool) async {
        let (world, oracle) = (drama.world, drama.oracle)
        oracle.leaves(name)
        let way = ["close", "abort", "drain"][dice.below(3)]
        world.trace.note(world.nowNanoseconds, "\(name): \(way)")
        let seconds = dice.pick(1...10)
        if !isCalm, dice.isOne(in: 3) {
            try? await nats.reconnect()
            await world.sleep(nanoseconds: dice.skewed(upTo: 300_000_000))
        }
        let isHurried = !isCalm && dice.isOne(in: 3)
        let hurry = isHurried ? drama.spawn { await self.hurry(dice) } : nil
        let farewell = isCalm ? await Farewell.begin(self, drama, dice) : nil
        // A close gives the last publishes two seconds.
        let limit: UInt64 = way == "abort" ? 0 : way == "close" ? 2_000_000_000 : seconds * 1_000_000_000
        let call = oracle.calls.began("\(name): \(way)", nanoseconds: limit)
        // A drain that loses its connection says so to consumers, too.
        if !isCalm, way == "drain" { users.mayEndByItself = true }
        switch way {
        case "close": await nats.close()
        case "abort":
            nats.abort()
            // Until nothing is left.
            await nats.close()
        default:
            let outcome = try? await nats.drain(timeout: .seconds(Int(seconds)))
            if isCalm {
                oracle.check(outcome == .complete, "a drain in calm ended \(outcome.map { "\($0)" } ?? "by an error")")
            }
        }
        if let late = oracle.calls.ended(call) { oracle.check(false, late) }
        await farewell?.check(isOrderly: way != "abort")
        await hurry?.value
        await users.finish()
        await users.awaitConsumers()
        oracle.checkAccount(nats.statistics, of: name)
    }

    /// Somebody else ends it, too.
    private func hurry(_ dice: Dice) async {
        await drama.world.sleep(nanoseconds: dice.skewed(upTo: 1_000_000_000))
        if dice.isOne(in: 2) { nats.abort() } else { await nats.close() }
    }
}

extension ConnectOptions {
    /// What `connect` may take: its own limit, or one attempt at each server that there can be.
    fileprivate var longestFirstConnectNanoseconds: UInt64 {
        if let limit = reconnect.firstConnectTimeout { return limit.clampedNanoseconds }
        return 20 * connectTimeout.clampedNanoseconds
    }
}
