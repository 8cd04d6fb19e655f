import NATSClient

/// Attempts to connect, looked at every so often: each ends, and they don't follow each other without a pause.
///
/// `@unchecked Sendable`: all of it runs on the thread of the loop.
final class Vigil: @unchecked Sendable {
    private let world: World
    private let oracle: Oracle
    private var isOver = false
    /// How many connections had been begun at each of the last looks.
    private var begun: [Int] = []
    /// Attempts that no server has heard a word of.
    private var attempts: [(connection: NetworkConnection, begun: UInt64)] = []
    private var knownConnections = 0

    private static let lookNanoseconds: UInt64 = 100_000_000
    private static let looksPerSecond = 10
    /// All clients of a life together: with back-off they need far fewer.
    private static let attemptsPerSecondMax = 200
    /// The longest that the options name, and a look.
    private static let attemptNanosecondsMax: UInt64 = 6_500_000_000

    init(_ world: World, _ oracle: Oracle) {
        self.world = world
        self.oracle = oracle
    }

    func begin() { look() }
    func end() { isOver = true }

    private func look() {
        guard !isOver else { return }
        begun.append(world.connections.count)
        if begun.count > Self.looksPerSecond {
            let attempts = world.connections.count - begun.removeFirst()
            oracle.check(attempts <= Self.attemptsPerSecondMax, "\(attempts) attempts to connect in a second")
        }
        lookAtAttempts()
        world.after(Self.lookNanoseconds) { [self] in look() }
    }

    private func lookAtAttempts() {
        for connection in world.connections[knownConnections...] { attempts.append((connection, world.nowNanoseconds)) }
        knownConnections = world.connections.count
        attempts.removeAll { $0.connection.isClosedByClient || $0.connection.wasIntroduced }
        for (connection, begun) in attempts
        where world.nowNanoseconds > world.earliest(after: begun + Self.attemptNanosecondsMax) + Self.lookNanoseconds {
            oracle.check(false, "net \(connection.number): an attempt to connect has no end")
        }
    }
}

/// What a client is told of the losses of its connection.
///
/// `@unchecked Sendable`: all of it runs on the thread of the loop.
final class LossWatch: @unchecked Sendable {
    private let drama: Drama
    private let nats: NATSConnection
    private let client: String
    private(set) var count = 0
    private var last: UInt64 = 0

    init(_ nats: NATSConnection, _ client: String, _ drama: Drama) {
        self.drama = drama
        self.nats = nats
        self.client = client
        let events = nats.events
        _ = drama.spawn { for await event in events { self.hear(event) } }
    }

    private func hear(_ event: ConnectionEvent) {
        guard case .disconnected(let report) = event else { return }
        count += 1
        last = drama.world.nowNanoseconds
        let isHarmless = report.cause.serverError?.closesConnection == false
        drama.oracle.check(
            !isHarmless, "\(client): the connection was given up for an error that doesn't end it: \(report.cause)")
    }

    /// For a call that begins now; nil: there is no connection to lose.
    var mark: Mark? { nats.status == .connected ? Mark(count: count, at: drama.world.nowNanoseconds) : nil }

    struct Mark {
        let count: Int
        let at: UInt64
    }

    /// A call that isn't to outlive the connection on which it began is over now.
    func callEnded(begunAt mark: Mark?, _ what: String) {
        // One that begins in the turn of the loss may come behind it: the first request of an inbox does.
        guard let mark, count > mark.count, last > mark.at + 1_000_000 else { return }
        let world = drama.world
        let isLate = world.nowNanoseconds > world.earliest(after: last) + 2_000_000
        drama.oracle.check(!isLate, "\(client): \(what) went on over the loss of its connection")
    }
}
