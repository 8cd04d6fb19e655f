import NATSClient
import Synchronization

/// Publishes numbered rows, and a flush now and then; alone on its connection, so that the connection's account is its own.
final class RowPublisher: Sendable {
    let client: ChaosClient
    private let book: RowBook
    private let world: World
    private let isBursting = Mutex(false)
    private let accepted = Mutex(0)

    init(_ client: ChaosClient, _ book: RowBook, in world: World) {
        (self.client, self.book, self.world) = (client, book, world)
    }

    var acceptedRows: Int { accepted.withLock { $0 } }

    func setBursting(_ isBursting: Bool) { self.isBursting.withLock { $0 = isBursting } }

    /// Until the load is to end; then everything is fenced.
    func run(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        var number = 0
        while !world.isEnding {
            let (first, start, lost) = (number, world.clock.seconds, lostSoFar)
            for index in 0..<Int.random(in: 20...150, using: &random) where !world.isEnding {
                try await publish(number, &random)
                number += 1
                accepted.withLock { $0 = number }
                if index.isMultiple(of: 10) { try await Task.sleep(for: pause) }
            }
            guard try await flush() else { return }
            try judge(number)
            let block = RowBook.Block(
                rows: first..<number, lost: lostSoFar - lost, seconds: start...max(start, world.clock.seconds))
            if !block.rows.isEmpty { book.fenced(block) }
        }
    }

    private var pause: Duration { isBursting.withLock { $0 } ? .milliseconds(1) : .milliseconds(40) }

    private var lostSoFar: Int {
        let statistics = client.nats.statistics
        return Int(statistics.publishesLostUnknown + statistics.publishesDiscarded)
    }

    /// Until the connection has taken it.
    private func publish(_ number: Int, _ random: inout SeededGenerator) async throws {
        let isLarge = isBursting.withLock { $0 } && Int.random(in: 0..<4, using: &random) == 0
        let size = isLarge ? 20_000 : Int.random(in: 0...200, using: &random)
        let payload = "\(number) " + String(repeating: "x", count: size)
        while true {
            do {
                try await client.nats.publish("\(Row.plainPrefix)\(book.publisher)", payload)
                return
            } catch let error as NATSError where error.code == .disconnected || error.code == .outboundFull {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    /// Until one succeeds; false when none does for long.
    private func flush() async throws -> Bool {
        let end = world.clock.seconds + World.flushSecondsMax
        while world.clock.seconds < end {
            do {
                try await client.nats.flush(timeout: .seconds(3))
                return true
            } catch let error as NATSError where error.isRetryable {
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        world.verdict.violation("\(client.name): no flush succeeded for \(World.flushSecondsMax) s")
        return false
    }

    /// A flush has succeeded: nothing is under way, and everything is accounted for.
    private func judge(_ number: Int) throws {
        let statistics = client.nats.statistics
        world.verdict.check(
            statistics.publishesAccepted == UInt64(number),
            "\(client.name) accepted \(number) rows, its statistics say \(statistics.publishesAccepted)")
        world.verdict.check(
            statistics.publishesPending == 0 && statistics.publishesUnconfirmed == 0 && statistics.isBalanced,
            "\(client.name), after a flush: \(statistics)")
    }
}

extension ConnectionStatistics {
    /// The identity that holds at every moment.
    var isBalanced: Bool {
        publishesAccepted
            == publishesFenced + publishesUnconfirmed + publishesLostUnknown + publishesDiscarded + publishesPending
    }
}
