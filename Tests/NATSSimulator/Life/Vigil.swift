import NATSClient

/// What the client must do by itself, looked at every so often, and what its events say.
///
/// `@unchecked Sendable`: all of it runs on the thread of the loop.
final class Vigil: @unchecked Sendable {
    private let world: World
    private let oracle: Oracle
    /// Connections of the client that were lost, as far as it was told.
    private(set) var disconnects = 0
    private(set) var lastDisconnect: UInt64 = 0
    private var isOver = false
    /// How many connections had been begun at each of the last looks.
    private var begun: [Int] = []
    /// Attempts that no server has heard a word of.
    private var attempts: [(connection: NetworkConnection, begun: UInt64)] = []
    private var knownConnections = 0

    private static let lookNanoseconds: UInt64 = 100_000_000
    private static let looksPerSecond = 10
    /// Two clients with a handful of servers: with back-off they need far fewer.
    private static let attemptsPerSecondMax = 80

    init(_ drama: Drama) {
        world = drama.world
        oracle = drama.oracle
    }

    func begin(_ nats: NATSConnection, on loop: EventLoop) {
        look()
        let events = nats.events
        Task(executorPreference: loop.taskExecutor) {
            for await event in events { self.hear(event) }
        }
    }

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

    /// The deadline of an attempt is five seconds, whatever it waits for.
    private func lookAtAttempts() {
        for connection in world.connections[knownConnections...] { attempts.append((connection, world.nowNanoseconds)) }
        knownConnections = world.connections.count
        attempts.removeAll { $0.connection.isClosedByClient || ($0.connection.server as? ModelClient)?.isIntroduced == true }
        for (connection, begun) in attempts where world.nowNanoseconds > begun + 5_500_000_000 {
            oracle.check(false, "net \(connection.number): an attempt to connect has no end")
        }
    }

    private func hear(_ event: ConnectionEvent) {
        guard case .disconnected(let report) = event else { return }
        disconnects += 1
        lastDisconnect = world.nowNanoseconds
        let isHarmless = report.cause.serverError?.closesConnection == false
        oracle.check(!isHarmless, "the connection was given up for an error that doesn't end it: \(report.cause)")
    }
}
