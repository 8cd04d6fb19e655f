/// What can happen. The raw value is the name in tables, logs and plots.
enum FaultKind: String, CaseIterable, Sendable {
    // To a server, or to all of them.
    case kill
    case stop
    case freeze
    case lameDuck = "lame duck"
    case credentials
    case certificates
    case permissions
    // To the way of one client.
    case reset
    case finish
    case cutAfterBytes = "cut after bytes"
    case blackhole
    case stall
    case drip
    case partition
    case refuse
    // By a user.
    case reconnect
    case slowConsumer = "slow consumer"
    case burst

    static let ofServers: [FaultKind] = [.kill, .stop, .freeze, .lameDuck, .credentials, .certificates, .permissions]
    static let ofLinks: [FaultKind] = [.reset, .finish, .cutAfterBytes, .blackhole, .stall, .drip, .partition, .refuse]
    static let ofUsers: [FaultKind] = [.reconnect, .slowConsumer, .burst]

    /// How long it lasts before it is healed.
    var hold: ClosedRange<Int> {
        switch self {
        case .kill, .stop: 200...3_000
        case .freeze: 500...6_000
        case .partition, .refuse, .blackhole, .stall: 1_000...5_000
        case .drip: 1_000...4_000
        case .slowConsumer: 1_000...3_000
        case .burst: 500...2_000
        case .lameDuck, .credentials, .certificates, .permissions, .reset, .finish, .cutAfterBytes, .reconnect: 0...0
        }
    }
}

/// One fault of the schedule.
struct Fault: Sendable, CustomStringConvertible {
    let kind: FaultKind
    /// The pause before it, in milliseconds.
    let gap: Int
    /// How long it lasts, in milliseconds.
    let hold: Int
    /// Chooses the server, the client and whatever else is to be chosen.
    let choice: Int

    var description: String { "\(kind.rawValue) after \(gap) ms for \(hold) ms, choice \(choice)" }
}

/// A storm: three rows of faults, each row one after the other, the rows at the same time. It is followed by a calm.
struct Episode: Sendable {
    let servers: [Fault]
    let links: [Fault]
    let users: [Fault]
}

/// All that happens follows from the seed.
struct Schedule {
    private var random: SeededGenerator
    private var decks: [String: [FaultKind]] = [:]

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func nextEpisode() -> Episode {
        Episode(
            servers: faults(2...3, FaultKind.ofServers, "servers", gap: 300...2_000),
            links: faults(4...6, FaultKind.ofLinks, "links", gap: 100...1_500),
            users: faults(3...5, FaultKind.ofUsers, "users", gap: 200...2_500))
    }

    private mutating func faults(
        _ count: ClosedRange<Int>, _ kinds: [FaultKind], _ row: String, gap: ClosedRange<Int>
    ) -> [Fault] {
        (0..<Int.random(in: count, using: &random)).map { _ in
            let kind = deal(kinds, row)
            return Fault(
                kind: kind, gap: Int.random(in: gap, using: &random), hold: Int.random(in: kind.hold, using: &random),
                choice: Int.random(in: 0..<1_000_000, using: &random))
        }
    }

    /// As from a shuffled deck: each kind comes before any comes again.
    private mutating func deal(_ kinds: [FaultKind], _ row: String) -> FaultKind {
        if decks[row, default: []].isEmpty { decks[row] = kinds.shuffled(using: &random) }
        return decks[row]?.popLast() ?? kinds[0]
    }
}

/// SplitMix64.
struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
