import NATSClient
import NATSStores
import Synchronization
import TestSupport
import Testing

/// How long it takes until messages come again, from the moment at which the cluster has stored one, in heartbeats. Two are what a
/// silence takes to be noticed; half of one is for the round trips on a busy machine.
@Suite("JetStream: consuming resumes within two heartbeats", .timeLimit(.minutes(10))) struct ResumeTests {
    private static let heartbeat = Duration.seconds(5)
    private static let heartbeatsMax = 2.5
    private static let pulling = ["messages", "fetch", "next"]

    /// When the message of each number came for the first time.
    private final class Arrivals: Sendable {
        private let moments = Mutex<[Int: ContinuousClock.Instant]>([:])
        func note(_ number: Int) { moments.withLock { if $0[number] == nil { $0[number] = .now } } }
        func moment(_ number: Int) -> ContinuousClock.Instant? { moments.withLock { $0[number] } }
    }

    /// Every way of consuming, all at once, each on a consumer of its own.
    private struct Readers: Sendable {
        static let names = ["messages", "fetch", "next", "ordered", "push"]
        let arrivals = Dictionary(uniqueKeysWithValues: names.map { ($0, Arrivals()) })

        func note(_ name: String, _ message: Message) { arrivals[name]?.note(message.number) }
    }

    private func makeConsumers(_ stream: JetStream.Stream) async throws {
        for name in Self.pulling { _ = try await stream.createConsumer(.init(durable: name)) }
        var pushing = ConsumerConfiguration(durable: "push")
        pushing.deliverSubject = "pushed"
        pushing.idleHeartbeat = Self.heartbeat
        _ = try await stream.createConsumer(pushing)
    }

    private enum Victim: String, CaseIterable, CustomStringConvertible {
        case leader = "the stream's leader"
        case own = "the reader's server"
        var description: String { rawValue }

        func server(_ stream: JetStream.Stream, _ nats: NATSConnection, _ cluster: NATSCluster) async throws -> NATSServerProcess?
        {
            switch self {
            case .leader:
                let name = try await stream.info().cluster?.leader
                return cluster.servers.first { $0.options.name == name }
            // By way of the proxy it is the first.
            case .own: return cluster.server(at: nats.connectedServer) ?? cluster[0]
            }
        }
    }

    /// Reads until the task is cancelled.
    private func read(_ stream: JetStream.Stream, _ readers: Readers) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let pulled = try stream.unverifiedConsumer("messages").messages()
            group.addTask { for try await message in pulled { readers.note("messages", message); try message.ack() } }
            let ordered = try await stream.orderedConsumer().messages()
            group.addTask { for try await message in ordered { readers.note("ordered", message) } }
            let pushed = try await stream.consumer("push").pushedMessages()
            group.addTask { for try await message in pushed { readers.note("push", message); try message.ack() } }
            let fetcher = try stream.unverifiedConsumer("fetch")
            group.addTask {
                try await Self.again {
                    for message in try await fetcher.fetchAvailable(10, timeout: .seconds(30)) {
                        readers.note("fetch", message); try message.ack()
                    }
                }
            }
            let taker = try stream.unverifiedConsumer("next")
            group.addTask {
                try await Self.again {
                    if let message = try await taker.next(timeout: .seconds(30)) {
                        readers.note("next", message); try message.ack()
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// A call that fails is made again, as its user would.
    private static func again(_ body: () async throws -> Void) async throws {
        while true {
            do {
                try await body()
            } catch let error as NATSError where error.code != .connectionClosed {
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// Stores a message as soon as the stream and all consumers with a name have a leader; returns when.
    private func store(_ number: Int, _ control: JetStream) async throws -> ContinuousClock.Instant {
        let stream = try control.unverifiedStream("EVENTS")
        try await eventually("the cluster takes messages, and consumers have leaders", within: .seconds(60)) {
            do {
                for name in Self.pulling + ["push"] {
                    guard try await stream.unverifiedConsumer(name).info().cluster?.leader != nil else { return false }
                }
                _ = try await control.publish("events.\(number)", "\(number)")
                return true
            } catch is NATSError {
                return false
            }
        }
        return .now
    }

    /// Until all have caught up: another loss before that would leave no majority that has everything.
    private func awaitReplicas(_ stream: JetStream.Stream) async throws {
        try await eventually("all replicas have caught up", within: .seconds(60)) {
            guard let ofStream = try? await stream.info().cluster?.replicas, ofStream.areCurrent else { return false }
            for name in Self.pulling + ["push"] {
                guard let replicas = try? await stream.unverifiedConsumer(name).info().cluster?.replicas, replicas.areCurrent
                else { return false }
            }
            return true
        }
    }

    @Test("in every way, after leaders step down, nodes are killed, and the link is cut", arguments: Backend.tested)
    func resume(_ backend: Backend) async throws {
        try await withJetStreamCluster(backend, within: .seconds(500)) { bench, cluster, js in
            try await withCuttingProxy(to: cluster[0].port) { proxy in
                var configuration = StreamConfiguration(name: "EVENTS", subjects: ["events.>"])
                configuration.replicas = 3
                let stream = try await js.createStream(configuration)
                try await makeConsumers(stream)
                let nats = try await bench.connect(proxy.url)
                let readers = Readers()
                let reading = Task { try await read(nats.jetStream().stream("EVENTS"), readers) }
                defer { reading.cancel() }
                var number = 0
                func expectResumed(after disruption: String) async throws {
                    // Numbers that were tried and not confirmed may have been stored.
                    number += 1
                    let stored = try await store(number, js)
                    for name in Readers.names {
                        let arrivals = try #require(readers.arrivals[name])
                        try await eventually("\(name) resumes after \(disruption)", within: .seconds(90)) {
                            arrivals.moment(number) != nil
                        }
                        let moment = try #require(arrivals.moment(number))
                        let heartbeats = max(.zero, moment - stored) / Self.heartbeat
                        #expect(heartbeats <= Self.heartbeatsMax, "\(name) after \(disruption)")
                        print("resumed: \(backend), \(disruption), \(name): \((heartbeats * 1000).rounded() / 1000) heartbeats")
                    }
                }
                try await expectResumed(after: "the beginning")
                proxy.harmAll(.reset)
                try await expectResumed(after: "a cut link")
                try await stream.stepDownLeader()
                try await expectResumed(after: "the stream's leader stepped down")
                for name in Self.pulling + ["push"] {
                    let consumer = try stream.unverifiedConsumer(name)
                    // It may be without one for a moment still.
                    try await eventually("the leader of \(name) steps down", within: .seconds(60)) {
                        (try? await consumer.stepDownLeader()) != nil
                    }
                }
                try await expectResumed(after: "the consumers' leaders stepped down")
                for victim in Victim.allCases {
                    let what = "\(victim) was killed"
                    let victim = try #require(try await victim.server(stream, nats, cluster))
                    victim.kill()
                    try await expectResumed(after: what)
                    try await victim.restart()
                    try await cluster.settle()
                    try await awaitReplicas(stream)
                    try await expectResumed(after: "it came back")
                }
                reading.cancel()
                _ = await reading.result
            }
        }
    }
}

extension [PeerInfo] {
    fileprivate var areCurrent: Bool { count == 2 && allSatisfy(\.isCurrent) }
}
