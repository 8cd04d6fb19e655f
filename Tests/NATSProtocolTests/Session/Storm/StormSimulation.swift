@testable import NATSProtocol

/// Many clients of one server that goes away and comes back, each a `Session` of its own, under one virtual clock that
/// begins when the server goes. Connecting takes no time.
struct StormSimulation {
    /// When each client tried, in milliseconds; its last attempt succeeded.
    private(set) var attempts: [[Double]] = []

    /// - Parameters:
    ///   - count: clients; their seeds are 1, 2 … `count`.
    ///   - outage: how long connections are refused.
    ///   - isAuthenticationRefused: they are accepted, but the credentials are refused.
    init(clients count: Int, outageMilliseconds: UInt64, isAuthenticationRefused: Bool = false) {
        attempts = (1...count).map { seed in
            var client = StormClient(seed: UInt64(seed), outageMilliseconds, isAuthenticationRefused)
            return client.run()
        }
    }

    var first: [Double] { attempts.compactMap(\.first) }
    var successful: [Double] { attempts.compactMap(\.last) }

    /// How many of these fall into each window of so many milliseconds, from the beginning on.
    static func histogram(_ times: [Double], windowMilliseconds: Double) -> [Int] {
        guard let last = times.max() else { return [] }
        var counts = [Int](repeating: 0, count: Int(last / windowMilliseconds) + 1)
        for time in times { counts[Int(time / windowMilliseconds)] += 1 }
        return counts
    }

    /// The most that fall into any window of this length, wherever it begins.
    static func most(_ times: [Double], withinMilliseconds length: Double) -> Int {
        let sorted = times.sorted()
        var (start, most) = (0, 0)
        for end in sorted.indices {
            while sorted[end] - sorted[start] >= length { start += 1 }
            most = max(most, end - start + 1)
        }
        return most
    }
}

extension StormSimulation {
    /// The figures as Markdown.
    func table(outageMilliseconds: UInt64) -> String {
        let (all, successful) = (attempts.flatMap { $0 }, successful)
        let tries = Self.histogram(all, windowMilliseconds: 100)
        let successes = Self.histogram(successful, windowMilliseconds: 100)
        var lines = [
            "\(attempts.count) clients, the server refuses connections for \(outageMilliseconds) ms", "",
            "* attempts: \(all.count), per client at most \(attempts.map(\.count).max() ?? 0)",
            "* most attempts within any 100 ms: \(Self.most(all, withinMilliseconds: 100)), within any 10 ms: "
                + "\(Self.most(all, withinMilliseconds: 10))",
            "* most that come back within any 100 ms: \(Self.most(successful, withinMilliseconds: 100)), within any 10 ms: "
                + "\(Self.most(successful, withinMilliseconds: 10))",
        ]
        for percent in [50, 90, 99, 100] {
            let time = successful.sorted()[successful.count * percent / 100 - 1] - Double(outageMilliseconds)
            lines.append("* \(percent) % are back \(Int(time)) ms after the server")
        }
        lines += ["", "| ms | attempts | back |", "|---|---|---|"]
        for (index, count) in tries.enumerated() where count > 0 && (outageMilliseconds < 10_000 || index < 5) {
            lines.append("| \(index * 100)–\(index * 100 + 100) | \(count) | \(successes[index]) |")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// One client, from the loss of its connection until it has another.
private struct StormClient: ~Copyable {
    private static let gone = Timestamp.seconds(1_000)

    private var session: Session
    private var now = Self.gone
    private let back: Timestamp
    private let isAuthenticationRefused: Bool
    private var attempts: [Double] = []

    init(seed: UInt64, _ outageMilliseconds: UInt64, _ isAuthenticationRefused: Bool) {
        session = Session(configuration: makeConfiguration(), servers: [makeServer("a")], randomSeed: seed)
        back = Self.gone.advanced(byNanoseconds: outageMilliseconds * 1_000_000)
        self.isAuthenticationRefused = isAuthenticationRefused
    }

    mutating func run() -> [Double] {
        // Connected for long enough to have forgotten earlier delays.
        session.start(now: .seconds(900))
        drainActions()
        accept(now: .seconds(900))
        session.transportFailed(generation: session.generation, .ended, now: now)
        while !session.isReady {
            if drainActions() { attempt() }
            guard !session.isReady, let deadline = session.nextDeadline else { break }
            now = max(now, deadline)
            session.deadlineReached(now: now)
        }
        return attempts
    }

    private mutating func attempt() {
        attempts.append(Double(now.nanoseconds(since: Self.gone)) / 1e6)
        if now >= back { return accept(now: now) }
        guard isAuthenticationRefused else {
            return session.transportFailed(generation: session.generation, .refused, now: now)
        }
        greet(now: now)
        session.errorReceived("Authorization Violation".utf8Span.span, generation: session.generation, now: now)
        drainActions()
    }

    private mutating func accept(now: Timestamp) {
        greet(now: now)
        session.pongReceived(generation: session.generation, now: now)
        drainActions()
    }

    private mutating func greet(now: Timestamp) {
        session.transportConnected(generation: session.generation, now: now)
        session.infoReceived(makeInfo().utf8Span.span, generation: session.generation, now: now)
        drainActions()
    }

    /// Whether the session wants to connect.
    @discardableResult
    private mutating func drainActions() -> Bool {
        var wantsToConnect = false
        while let action = session.nextAction() {
            if case .connect = action { wantsToConnect = true }
        }
        return wantsToConnect
    }
}
