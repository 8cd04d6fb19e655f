import Synchronization

/// The times in which what only one server knew went away with it: from its end until its witness listens again.
final class ServerWatch: Sendable {
    private let clock: RunClock
    private let deaths = Mutex<[(start: Double, end: Double?)]>([])

    init(clock: RunClock) { self.clock = clock }

    func begin() { deaths.withLock { $0.append((clock.seconds, nil)) } }

    func end() {
        deaths.withLock { deaths in
            guard let last = deaths.indices.last else { return }
            deaths[last].end = clock.seconds
        }
    }

    func hasDied(in seconds: ClosedRange<Double>) -> Bool {
        deaths.withLock { deaths in
            deaths.contains { $0.start <= seconds.upperBound && ($0.end ?? .infinity) >= seconds.lowerBound }
        }
    }
}
