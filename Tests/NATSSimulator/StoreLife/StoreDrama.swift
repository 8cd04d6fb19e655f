import NATSClient
import NATSStores
import Reactor

/// What happens in a life with JetStream: clients that publish, pull, fetch and read in order, faults, then calm and the reckoning.
///
/// `@unchecked Sendable`: all of it runs on the thread of the loop.
final class StoreDrama: @unchecked Sendable {
    static let streamName = "S"
    let drama: Drama
    let books: StoreBooks
    let stream: ModelStream
    private let jetStream: ModelJetStream
    private var clients: [NATSConnection] = []
    private var publishers: [StorePublisher] = []
    private var readers: [any StoreReader] = []
    private var fetchers: [StoreFetcher] = []
    private var acts: [Task<Void, Never>] = []

    var world: World { drama.world }
    var isCalm: Bool { drama.isCalm }

    init(_ drama: Drama, _ jetStream: ModelJetStream) {
        self.drama = drama
        self.jetStream = jetStream
        books = StoreBooks(drama.oracle)
        jetStream.oracle = books
        drama.oracle.stores = books
        let isReplicated = drama.cluster.servers.count > 1 && !drama.world.dice("stream").isOne(in: 4)
        stream = jetStream.makeStream(Self.streamName, subjects: ["s.*"], isReplicated: isReplicated).stream
    }

    /// Runs a call that must have ended after so much time.
    func within<Result>(_ nanoseconds: UInt64, _ what: String, _ body: () async throws -> Result) async rethrows -> Result {
        let calls = drama.oracle.calls
        let call = calls.began(what, nanoseconds: nanoseconds)
        defer { if let late = calls.ended(call) { books.check(false, late) } }
        return try await body()
    }

    func play() async {
        do {
            for number in 0..<Int([1, 1, 2, 3][world.dice("clients").below(4)]) { try await connect("c\(number)") }
        } catch {
            return books.check(world.isOver, "no connection in good weather: \(error)")
        }
        drama.cluster.startPinging(everyNanoseconds: 20_000_000_000)
        let faults = Faults(world: world, cluster: drama.cluster, without: [.subscriptionLimit, .payloadLimit, .pendingLimit])
        let storeFaults = StoreFaults(jetStream, books)
        faults.begin()
        storeFaults.begin()
        let vigil = Vigil(world, drama.oracle)
        vigil.begin()
        for act in acts { await act.value }
        vigil.end()
        world.trace.note(world.nowNanoseconds, "calm")
        drama.isCalm = true
        faults.end()
        storeFaults.end()
        await settle()
        await judge(storeFaults)
        await reckon()
    }

    private func connect(_ name: String) async throws {
        drama.oracle.counts.sessions += 1
        let nats = try await NATS.connect(drama.urls(for: name), options: drama.options(for: name))
        drama.oracle.watch(nats, named: name)
        clients.append(nats)
        let dice = world.dice("\(name) stores")
        let handle = try nats.jetStream().unverifiedStream(Self.streamName)
        let publishers = (0..<Int(dice.pick(1...3))).map { StorePublisher(nats, name, $0, self) }
        let pullers = (0..<dice.below(3)).map { StorePuller(handle, name, $0, self) }
        let ordered = (0..<dice.below(3)).map { StoreOrdered(handle, name, $0, self) }
        let fetchers = (0..<dice.below(2)).map { StoreFetcher(handle, name, $0, self) }
        for reader in pullers { reader.begin() }
        for reader in ordered { reader.begin() }
        acts += publishers.map { publisher in drama.spawn { await publisher.live() } }
        acts += fetchers.map { fetcher in drama.spawn { await fetcher.live() } }
        self.publishers += publishers
        self.fetchers += fetchers
        readers += pullers
        readers += ordered
    }

    func checkTurn() {
        for publisher in publishers { publisher.checkTurn() }
        for reader in readers { reader.checkTurn() }
    }

    // MARK: Calm

    /// Everybody is connected, and has got over what was.
    private func settle() async {
        let deadline = world.nowNanoseconds + 120_000_000_000
        for nats in clients {
            while (try? await nats.flush(timeout: .seconds(5))) == nil, world.nowNanoseconds < deadline {
                await world.sleep(nanoseconds: 100_000_000)
            }
        }
        books.check(world.nowNanoseconds < deadline, "not connected after two minutes of calm")
        // The longest pauses, and whoever has missed a heartbeat or an end before.
        await world.sleep(nanoseconds: 45_000_000_000)
    }

    /// Messages come to every reader within its time, once without any fault, and once when all consumers have changed places.
    private func judge(_ faults: StoreFaults) async {
        let first = stream.lastSequence
        for publisher in publishers { await publisher.publishInCalm() }
        await publishSome(15, "sw.1")
        await awaitReaders(from: first)
        if world.dice("scenes").isOne(in: 2), world.takes("scenes", 0, "consumers change places") {
            faults.changeEveryConsumer()
            await publishSome(10, "sw.2")
            await awaitReaders(from: first)
        }
    }

    private func publishSome(_ count: Int, _ row: String) async {
        let dice = world.dice(row)
        let jetStream = clients[0].jetStream()
        for number in 0..<count {
            let name = "\(row).\(number)"
            books.published(name, StoreBooks.Promise(isUnique: true, refusalIsFinal: false, keepsOrder: true))
            let body = Array((name + " ").utf8) + [UInt8](repeating: 120, count: Int(dice.pick(0...300)))
            let result: Result<PublishAck, any Error>
            do {
                result = .success(try await jetStream.publish("s.\(dice.below(3))", body, messageID: name))
            } catch {
                result = .failure(error)
            }
            books.ended(name, by: "call", result, inCalm: true)
            await world.sleep(nanoseconds: dice.pick(0...500_000_000))
        }
    }

    /// Looks ten times a second, until every message has come.
    private func awaitReaders(from first: UInt64) async {
        var isWaiting = true
        while isWaiting, !world.isOver {
            isWaiting = false
            for reader in readers {
                guard let entry = stream.next(from: first + 1, where: { reader.wants($0.subject) && !reader.hasGot($0.sequence) })
                else { continue }
                isWaiting = true
                let since = books.storedAt[entry.sequence] ?? 0
                let isLate = world.nowNanoseconds > since + reader.resumeNanoseconds
                books.check(!isLate, "\(reader.actor) waits for \(entry.sequence) since \(world.nowNanoseconds - since) ns")
                if isLate { world.end() }
            }
            await world.sleep(nanoseconds: 100_000_000)
        }
    }

    // MARK: The end

    private func reckon() async {
        // What was given out last is acknowledged, and what somebody has forgotten comes again.
        await world.sleep(nanoseconds: 20_000_000_000)
        for fetcher in fetchers { await fetcher.empty() }
        for reader in readers { reader.checkEnd() }
        for publisher in publishers { await publisher.finish() }
        for reader in readers { await reader.finish() }
        for nats in clients { await nats.close() }
        drama.oracle.counts.reconnects += clients.reduce(0) { $0 + Int($1.statistics.reconnects) }
        drama.oracle.counts.virtualNanoseconds = world.nowNanoseconds - 1_000_000_000
    }

    func forgetEverybody() {
        clients = []
        publishers = []
        readers = []
        fetchers = []
        acts = []
    }
}
