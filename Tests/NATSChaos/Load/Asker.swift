import NATSClient
import Synchronization

/// Asks requests one after the other. Each ends once, by its own answer or by an error, before its deadline has long passed. With
/// each goes a row for the queue group.
final class Asker: Sendable {
    struct Totals: Sendable {
        var answered = 0
        /// By the code of the error.
        var failures: [String: Int] = [:]
        var longestSeconds = 0.0
    }

    let client: ChaosClient
    private let world: World
    private let state = Mutex(Totals())
    private let published = Mutex(0)

    init(_ client: ChaosClient, in world: World) { (self.client, self.world) = (client, world) }

    var totals: Totals { state.withLock { $0 } }
    var publishedRows: Int { published.withLock { $0 } }

    func run(_ label: String) async throws {
        var number = 0
        while !world.isEnding {
            number += 1
            try publishWork()
            let (question, start) = ("\(client.name) \(label) \(number)", world.clock.seconds)
            do {
                let reply = try await client.nats.request(GroupMember.askSubject, question)
                world.verdict.check(reply.string == question, "\(question) was answered by '\(reply.string)'")
                state.withLock { $0.answered += 1 }
            } catch let error as NATSError {
                world.verdict.check(error.isRetryable, "\(question) failed for good: \(error)")
                state.withLock { $0.failures["\(error.code)", default: 0] += 1 }
            }
            let seconds = world.clock.seconds - start
            state.withLock { $0.longestSeconds = max($0.longestSeconds, seconds) }
            world.verdict.check(
                seconds < RunClock.seconds(World.requestTimeout) + World.slackSeconds,
                "\(question) ended after \(seconds) s")
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    private func publishWork() throws {
        let number = published.withLock { number in
            defer { number += 1 }
            return number
        }
        try client.nats.publish(Row.workPrefix + "\(client.index)", "\(number) ")
    }
}
