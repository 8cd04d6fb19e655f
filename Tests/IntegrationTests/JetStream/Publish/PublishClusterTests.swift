import Foundation
import NATSClient
import NATSStores
import Synchronization
import TestSupport
import Testing

/// Every way to publish at the same time, into streams of three replicas whose leaders give way, are killed and come back.
///
/// `Scripts/publish-faults` runs the same for hundreds of faults.
@Suite("Publishing: faults of a cluster", .serialized) struct PublishClusterTests {
    /// Of each kind; the short form unless the environment says otherwise.
    private static let rounds = ProcessInfo.processInfo.environment["NATS_PUBLISH_FAULTS"].flatMap { Int($0) } ?? 2

    @Test("every message ends once, and the streams have what was said of it", arguments: Backend.tested)
    func everyForm(_ backend: Backend) async throws {
        try await withJetStreamCluster(backend, within: .seconds(180 + 120 * Self.rounds)) { bench, cluster, js in
            let lives: [any PublishingLife] = [
                AwaitingLife(try await bench.connect(cluster.urls).jetStream()),
                WindowLife(try await bench.connect(cluster.urls).jetStream()),
                AtomicLife(try await bench.connect(cluster.urls).jetStream()),
                IngestLife(try await bench.connect(cluster.urls).jetStream()),
            ]
            for life in lives {
                _ = try await js.makeStream(life.stream, ["\(life.stream).>"]) {
                    $0.replicas = 3
                    $0.allowsAtomicPublish = true
                    $0.allowsBatchPublish = true
                }
            }
            let isEnough = Flag()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for life in lives { group.addTask { try await life.publish(until: isEnough) } }
                for round in 0..<Self.rounds {
                    try await Self.awaitProgress(lives)
                    try? await js.unverifiedStream(lives[round % lives.count].stream).stepDownLeader()
                    try await Self.awaitProgress(lives)
                    // The leader of one of them, and so the others' now and then.
                    let leader = try? await js.unverifiedStream(lives[(round + 1) % lives.count].stream).info().cluster?.leader
                    let victim = cluster.servers.first { $0.options.name == leader } ?? cluster[round % 3]
                    victim.kill()
                    if round % 2 == 0 { try await Self.awaitProgress(lives) }
                    try await victim.restart()
                    try await cluster.settle(within: .seconds(90))
                }
                try await Self.awaitProgress(lives)
                isEnough.raise()
                try await group.waitForAll()
            }
            for life in lives { try await life.check(Self.contents(js, life.stream)) }
        }
    }

    private static func awaitProgress(_ lives: [any PublishingLife]) async throws {
        let before = lives.map(\.acknowledged.current)
        try await eventually("everybody publishes", within: .seconds(120)) {
            zip(lives, before).allSatisfy { $0.acknowledged.current > $1 + 20 }
        }
    }

    private static func contents(_ js: JetStream, _ stream: String) async throws -> [String] {
        var texts: [String] = []
        for try await message in try js.unverifiedStream(stream).storedMessages() { texts.append(message.string) }
        return texts
    }
}

private final class Flag: Sendable {
    private let state = Mutex(false)
    var isRaised: Bool { state.withLock { $0 } }
    func raise() { state.withLock { $0 = true } }
}

/// How much was acknowledged, for those who watch.
final class AcknowledgedCount: Sendable {
    private let count = Mutex(0)
    var current: Int { count.withLock { $0 } }
    func increase(by step: Int = 1) { count.withLock { $0 += step } }
}

/// Publishes in one way, and knows what the stream must have.
private protocol PublishingLife: Sendable {
    var stream: String { get }
    var acknowledged: AcknowledgedCount { get }
    func publish(until isEnough: Flag) async throws
    func check(_ contents: [String]) async throws
}

/// What a fault may do to a call: it says that nothing is stored, or that nobody knows.
private func isOfFault(_ error: NATSError) -> Bool {
    let codes: [NATSError.Code] = [
        .timedOut, .connectionLost, .noResponders, .disconnected, .jetStreamRefused, .publisherFinished,
    ]
    return codes.contains(error.code)
}

/// One after the other, each again under its id until it is acknowledged: exactly once, in order.
private final class AwaitingLife: PublishingLife {
    let stream = "AWAITING"
    let acknowledged = AcknowledgedCount()
    private let js: JetStream
    init(_ js: JetStream) { self.js = js }

    func publish(until isEnough: Flag) async throws {
        while !isEnough.isRaised {
            let number = acknowledged.current
            do {
                try await js.publish("\(stream).x", "\(number)", messageID: "awaiting-\(number)", timeout: .seconds(2))
                acknowledged.increase()
            } catch let error as NATSError where isOfFault(error) {}
        }
    }

    func check(_ contents: [String]) { #expect(contents == (0..<acknowledged.current).map { "\($0)" }) }
}

/// Through a window, exactly once.
private final class WindowLife: PublishingLife {
    let stream = "WINDOW"
    let acknowledged = AcknowledgedCount()
    private let publisher: AsyncPublisher
    init(_ js: JetStream) {
        publisher = js.asyncPublisher(window: .init(messages: 100), options: .exactlyOnce(within: .seconds(300)))
    }

    func publish(until isEnough: Flag) async throws {
        let outcomes = publisher.outcomes()
        async let numbers = {
            var ended: Set<UInt64> = []
            for try await batch in outcomes {
                for outcome in batch {
                    #expect(ended.insert(outcome.number).inserted, "\(outcome.number) ended twice")
                    #expect(outcome.error == nil)
                }
                self.acknowledged.increase(by: batch.count)
            }
            return ended
        }()
        var published: UInt64 = 0
        while !isEnough.isRaised {
            #expect(try await publisher.publish("\(stream).x", "\(published)") == published)
            published += 1
        }
        try await publisher.finish(timeout: .seconds(300))
        #expect(try await numbers.count == Int(published))
    }

    func check(_ contents: [String]) {
        #expect(contents.count == acknowledged.current)
        #expect(Set(contents) == Set((0..<acknowledged.current).map { "\($0)" }))
    }
}

/// Atomic batches, each tried once: all of one or nothing.
private final class AtomicLife: PublishingLife {
    let stream = "ATOMIC"
    let acknowledged = AcknowledgedCount()
    private let js: JetStream
    private let stored = Mutex<Set<Int>>([])
    private let refused = Mutex<Set<Int>>([])
    private static let size = 7
    init(_ js: JetStream) {
        var js = js
        js.timeout = .seconds(3)
        self.js = js
    }

    func publish(until isEnough: Flag) async throws {
        var number = 0
        while !isEnough.isRaised {
            let batch = (0..<Self.size).map { AtomicBatch.Message("\(stream).\($0)", "\(number)") }
            do {
                let ack = try await js.publishAtomically(batch)
                #expect(ack.batchCount == Self.size)
                _ = stored.withLock { $0.insert(number) }
                acknowledged.increase()
            } catch let error as NATSError where isOfFault(error) {
                if error.code == .jetStreamRefused { _ = refused.withLock { $0.insert(number) } }
            }
            number += 1
        }
    }

    func check(_ contents: [String]) {
        let counts = Dictionary(grouping: contents) { $0 }.mapValues(\.count)
        #expect(counts.values.allSatisfy { $0 == Self.size }, "a part of a batch is stored, or one twice")
        #expect(stored.withLock { $0 }.allSatisfy { counts["\($0)"] != nil }, "an acknowledged batch isn't stored")
        #expect(refused.withLock { $0 }.allSatisfy { counts["\($0)"] == nil }, "a refused batch is stored")
        // Its messages stand together.
        let starts = stride(from: 0, to: contents.count, by: Self.size)
        #expect(
            starts.allSatisfy { start in
                contents[start..<min(start + Self.size, contents.count)].allSatisfy { $0 == contents[start] }
            })
    }
}

/// Fast batches: what is stored of one has no holes, and reaches at least as far as the stream has said.
private final class IngestLife: PublishingLife {
    let stream = "INGEST"
    let acknowledged = AcknowledgedCount()
    private let js: JetStream
    private let reached = Mutex<[Int: (least: UInt64, most: UInt64)]>([:])
    private static let size: UInt64 = 200
    init(_ js: JetStream) {
        var js = js
        js.timeout = .seconds(3)
        self.js = js
    }

    func publish(until isEnough: Flag) async throws {
        var number = 0
        while !isEnough.isRaised {
            let batch = js.fastBatch(gaps: .fail, flow: 20)
            var most = Self.size
            do {
                for index in 1..<Self.size { try await batch.publish("\(stream).x", "\(number) \(index)") }
                most = UInt64(try await batch.commit("\(stream).x", Array("\(number) \(Self.size)".utf8)).batchCount ?? 0)
            } catch let error as NATSError where isOfFault(error) {}
            reached.withLock { $0[number] = (batch.acknowledgedCount, most) }
            acknowledged.increase(by: Int(batch.acknowledgedCount))
            number += 1
        }
    }

    func check(_ contents: [String]) {
        var stored: [Int: [UInt64]] = [:]
        for text in contents {
            let parts = text.split(separator: " ").compactMap { UInt64($0) }
            stored[Int(parts[0]), default: []].append(parts[1])
        }
        for (number, reach) in reached.withLock({ $0 }) {
            let indices = stored[number] ?? []
            #expect(indices == indices.indices.map { UInt64($0) + 1 }, "batch \(number) has holes")
            #expect(UInt64(indices.count) >= reach.least && UInt64(indices.count) <= reach.most, "batch \(number)")
        }
    }
}
