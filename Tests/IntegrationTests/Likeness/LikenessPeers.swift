import NATSSimulator
import TestSupport

/// A server that scripts are read to.
protocol LikenessPeer {
    associatedtype Connection
    func open() async throws -> Connection
    /// Sends bytes, and listens up to `mark`. What came, and whether the server has ended the connection.
    func exchange(_ connection: Connection, _ bytes: [UInt8], until mark: String) async throws -> (text: [UInt8], hasEnded: Bool)
    func cause(_ event: LikenessScript.Event) async throws
}

extension LikenessPeer {
    /// What each connection has heard.
    func transcripts(of script: LikenessScript) async throws -> [Int: Transcript] {
        var connections: [Int: Connection] = [:]
        var transcripts: [Int: Transcript] = [:]
        var ended: Set<Int> = []
        func say(_ number: Int, _ text: String, until mark: String) async throws {
            guard let connection = connections[number], !ended.contains(number) else { return }
            let (heard, hasEnded) = try await exchange(connection, Array(text.utf8), until: mark)
            transcripts[number, default: Transcript()].append(heard)
            guard hasEnded else { return }
            transcripts[number]?.end()
            ended.insert(number)
        }
        for step in script.steps {
            switch step {
            case .open(let number):
                connections[number] = try await open()
                try await say(number, "", until: "\r\n")
            case .say(let number, let text): try await say(number, text, until: "PONG\r\n")
            case .sayUntil(let number, let text, let mark): try await say(number, text, until: mark)
            case .event(let event): try await cause(event)
            }
        }
        return transcripts
    }
}

struct RealPeer: LikenessPeer {
    let server: NATSServerProcess
    var neighbour: NATSServerProcess?

    struct Silence: Error {
        let heard: String
    }

    func open() async throws -> RawClient { try RawClient(port: server.port) }

    func exchange(_ connection: RawClient, _ bytes: [UInt8], until mark: String) async throws -> (text: [UInt8], hasEnded: Bool) {
        let (text, end) = await connection.exchange(bytes, until: Array(mark.utf8))
        if case .timedOut = end { throw Silence(heard: String(decoding: text, as: UTF8.self)) }
        return (text, end == .closed)
    }

    func cause(_ event: LikenessScript.Event) async throws {
        switch event {
        case .lameDuck: server.lameDuck()
        case .neighbourGoes: neighbour?.kill()
        case .neighbourComes: try await neighbour?.restart()
        }
    }
}

/// The model, without a client: its world moves on while somebody listens.
struct ModelPeer: LikenessPeer {
    let world: World
    let cluster: ModelCluster

    init(serverCount: Int = 1, _ settings: ModelServerSettings) {
        world = World(seed: 1)
        cluster = ModelCluster(world: world, serverCount: serverCount, settings: settings)
    }

    func open() async throws -> Listening { Listening(world.connect(to: cluster.servers[0].address)) }

    func exchange(_ connection: Listening, _ bytes: [UInt8], until mark: String) async throws -> (text: [UInt8], hasEnded: Bool) {
        let limit = world.nowNanoseconds + 60_000_000_000
        while connection.network.connectResult == nil, world.nowNanoseconds < limit {
            world.advance(to: world.nowNanoseconds + 1_000_000)
        }
        connection.network.send(bytes)
        while world.nowNanoseconds < limit {
            connection.heard += connection.network.takeReceived()
            if let text = connection.take(until: Array(mark.utf8)) { return (text, false) }
            if connection.network.hasEnded { return (connection.heard, true) }
            world.advance(to: world.nowNanoseconds + 1_000_000)
        }
        throw RealPeer.Silence(heard: String(decoding: connection.heard, as: UTF8.self))
    }

    func cause(_ event: LikenessScript.Event) async throws {
        switch event {
        case .lameDuck: cluster.servers[0].enterLameDuckMode(overNanoseconds: 2_000_000_000)
        case .neighbourGoes: cluster.servers[1].kill()
        case .neighbourComes: cluster.servers[1].start()
        }
    }

    final class Listening {
        let network: NetworkConnection
        var heard: [UInt8] = []

        init(_ network: NetworkConnection) { self.network = network }

        func take(until mark: [UInt8]) -> [UInt8]? {
            guard heard.count >= mark.count, !mark.isEmpty else { return nil }
            for end in mark.count...heard.count where heard[(end - mark.count)..<end].elementsEqual(mark) {
                defer { heard.removeFirst(end) }
                return Array(heard[..<end])
            }
            return nil
        }
    }
}
