import NATSClient
import Synchronization
import TestSupport

/// All clients and their work.
final class Fleet: Sendable {
    let publishers: [RowPublisher]
    let books: [RowBook]
    let reader: RowReader
    let members: [GroupMember]
    let askers: [Asker]
    let group: GroupTally
    private let tasks = Mutex<[Task<Void, any Error>]>([])
    private let world: World

    /// How the publishers come; the second discards what it can't send.
    static let publisherTransports: [ChaosClient.Transport] = [.tcp, .tcp, .tls, .webSocket]

    var clients: [ChaosClient] { publishers.map(\.client) + [reader.client] + members.map(\.client) + askers.map(\.client) }

    init(_ books: [RowBook], in world: World) async throws {
        (self.books, self.world) = (books, world)
        group = GroupTally(world.verdict)
        var made: [ChaosClient] = []
        func connect(
            _ name: String, _ transport: ChaosClient.Transport, rows: RowBook? = nil,
            _ configure: (inout ConnectOptions) -> Void = { _ in }
        ) async throws -> ChaosClient {
            let client = try await ChaosClient(made.count, name, transport, rows: rows, in: world, configure: configure)
            made.append(client)
            return client
        }
        do {
            var publishers: [RowPublisher] = []
            for (book, transport) in zip(books, Self.publisherTransports) {
                let client = try await connect("publisher-\(book.publisher)", transport, rows: book) { options in
                    if book.publisher == 1 { options.outbound.whileDisconnected = .failFast }
                }
                publishers.append(RowPublisher(client, book, in: world))
            }
            self.publishers = publishers
            reader = try await RowReader(connect("reader", .tcp))
            members = [
                try await GroupMember(connect("member-0", .tcp), group, isInline: true),
                try await GroupMember(connect("member-1", .tls), group, isInline: true),
                try await GroupMember(connect("member-2", .webSocket), group, isInline: false),
            ]
            askers = [
                Asker(try await connect("asker-0", .tcp), in: world), Asker(try await connect("asker-1", .tls), in: world),
            ]
        } catch {
            for client in made { await client.end() }
            throw error
        }
    }

    func begin(seed: UInt64) {
        typealias Work = @Sendable () async throws -> Void
        var work: [Work] = []
        for publisher in publishers {
            work.append { try await publisher.run(seed: seed ^ UInt64(publisher.client.index)) }
        }
        for asker in askers {
            for label in ["a", "b"] { work.append { try await asker.run(label) } }
        }
        let world = world
        tasks.withLock {
            $0 = work.map { work in
                Task {
                    do { try await work() } catch is CancellationError {} catch {
                        world.verdict.violation("the load failed: \(error)")
                    }
                }
            }
        }
    }

    /// Ends the load, and waits until everything is fenced and delivered.
    func finishLoad() async throws {
        world.end()
        for task in tasks.withLock({ $0 }) { _ = try? await task.value }
        for client in clients { try? await client.nats.flush(timeout: .seconds(10)) }
        let reader = reader
        let isDelivered = try await holds(within: .seconds(15)) { reader.hasAll }
        world.verdict.check(isDelivered, "the reader's handlers didn't get all that the wire carried")
    }

    /// What the reports of lost connections say, one by one, is what the statistics say in sum.
    func compareReports() {
        for client in clients {
            let (statistics, past) = (client.nats.statistics, client.past)
            world.verdict.check(
                statistics.publishesLostUnknown == past.unconfirmed && statistics.publishesDiscarded == past.discarded,
                "\(client.name): the reports say that \(past.unconfirmed) were lost and \(past.discarded) discarded; \(statistics)"
            )
        }
    }

    /// Two of three servers live: losing the third one costs a moment, as a rule.
    func judgeRecoveries() {
        let seconds = clients.flatMap { $0.past.outages }
            .filter { $0.cause?.kind == .kill || $0.cause?.kind == .stop }
            .compactMap { outage in outage.end.map { $0 - outage.start } }.sorted()
        guard seconds.count >= 20, let median = seconds.percentile(50) else { return }
        world.verdict.check(median < 1, "half of the clients of a server that ended were away for \(median) s and more")
    }

    /// What each subscription has got so far.
    var deliveries: [(name: String, count: Int)] {
        [RowReader.inline, RowReader.sequence, RowReader.batches].map {
            ("\(reader.client.name), \($0)", reader.client.inbound.totals($0).delivered)
        } + members.map { ($0.client.name, $0.deliveredRows) }
    }

    /// Closes everything.
    func end() async {
        world.end()
        for task in tasks.withLock({ $0 }) {
            task.cancel()
            _ = try? await task.value
        }
        for client in clients { await client.end() }
        await reader.finish(world.verdict)
        for member in members { await member.finish() }
        for client in clients {
            let statistics = client.nats.statistics
            world.verdict.check(
                statistics.isBalanced && statistics.publishesPending == 0 && statistics.waitingCalls == 0,
                "\(client.name), closed: \(statistics)")
        }
    }
}
