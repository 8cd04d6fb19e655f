import NATSClient
import Synchronization

/// How often each number arrived.
final class Tally: Sendable {
    private let counts: Mutex<[UInt8]>

    init(_ size: Int) { counts = Mutex([UInt8](repeating: 0, count: size)) }

    func add(_ number: Int) {
        counts.withLock { if $0.indices.contains(number), $0[number] < .max { $0[number] += 1 } }
    }

    var arrived: Int { counts.withLock { $0.count { $0 > 0 } } }
    var duplicates: Int { counts.withLock { $0.count { $0 > 1 } } }

    func arrived(in range: Range<Int>) -> Int { counts.withLock { $0[range].count { $0 > 0 } } }
}

/// Publishes growing numbers to a subject until it is stopped: as fast as the connection takes them, or some thousands a
/// second.
final class NumberPublisher: Sendable {
    private let task: Task<Int, any Error>
    private let isStopped: Recorder<Void>

    /// - Parameter limit: it publishes no more than these numbers, for a tally that has no room for others.
    init(_ nats: NATSConnection, _ subject: String, from first: Int = 0, limit: Int, isPaced: Bool = false) {
        let isStopped = Recorder<Void>()
        self.isStopped = isStopped
        task = Task {
            var number = first
            while isStopped.count == 0, !Task.isCancelled {
                for _ in 0..<20 where number < limit {
                    try await nats.publish(subject, "\(number)")
                    number += 1
                }
                if isPaced || number == limit {
                    try await Task.sleep(for: .milliseconds(2))
                } else {
                    await Task.yield()
                }
            }
            return number
        }
    }

    /// The number behind the last one. Throws what a publish threw.
    func stop() async throws -> Int {
        isStopped.append(())
        return try await task.value
    }

    deinit { task.cancel() }
}
