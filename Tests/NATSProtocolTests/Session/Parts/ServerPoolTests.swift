import Testing

@testable import NATSProtocol

@Suite struct ServerPoolTests {
    private var random = RandomSource(seed: 1)

    private mutating func makePool(_ hosts: String...) -> ServerPool {
        ServerPool(servers: hosts.map { makeServer($0) }, shuffles: false, random: &random)
    }

    private func hosts(_ pool: ServerPool) -> [String] { pool.entries.map(\.address.host) }

    @Test mutating func serversAreTriedInTurn() {
        var pool = makePool("a", "b", "c")
        let tried = (0..<5).map { _ in pool.advance()?.address.host }
        #expect(tried == ["a", "b", "c", "a", "b"])
    }

    @Test mutating func sameServerTwiceIsOneEntry() {
        let pool = makePool("a", "A", "b")
        #expect(hosts(pool) == ["a", "b"])
    }

    @Test mutating func shuffleKeepsEveryServer() {
        let servers = (0..<20).map { makeServer("s\($0)") }
        let pool = ServerPool(servers: servers, shuffles: true, random: &random)
        #expect(Set(hosts(pool)) == Set(servers.map(\.host)))
        #expect(hosts(pool) != servers.map(\.host))
    }

    @Test mutating func serverLeavesWithTheLastAttemptAllowed() {
        var pool = makePool("a", "b")
        _ = pool.advance()
        #expect(pool.noteFailure(isAuthentication: false, maximumAttempts: 2)?.failedAttempts == 1)
        #expect(pool.count == 2)
        #expect(pool.noteFailure(isAuthentication: false, maximumAttempts: 2)?.failedAttempts == 2)
        #expect(hosts(pool) == ["b"])
        #expect(pool.current == nil)
        #expect(pool.advance()?.address.host == "b")
        _ = pool.noteFailure(isAuthentication: false, maximumAttempts: 1)
        #expect(pool.advance() == nil)
    }

    @Test mutating func successForgetsFailures() {
        var pool = makePool("a")
        _ = pool.advance()
        _ = pool.noteFailure(isAuthentication: true, maximumAttempts: nil)
        pool.noteSuccess()
        #expect(pool.current?.failedAttempts == 0)
        #expect(pool.current?.authenticationFailures == 0)
    }

    @Test mutating func otherFailureInBetweenBreaksTheRowOfRefusals() {
        var pool = makePool("a")
        _ = pool.advance()
        _ = pool.noteFailure(isAuthentication: true, maximumAttempts: nil)
        _ = pool.noteFailure(isAuthentication: false, maximumAttempts: nil)
        #expect(pool.noteFailure(isAuthentication: true, maximumAttempts: nil)?.authenticationFailures == 1)
    }

    @Test mutating func backoffGrowsPerServerUntilAConnectionHeld() {
        var pool = makePool("a", "b")
        _ = pool.advance()
        #expect(pool.takeBackoffStep().step == 0)
        #expect(pool.takeBackoffStep().step == 1)
        _ = pool.advance()
        #expect(pool.takeBackoffStep().step == 0)
        _ = pool.advance()
        pool.noteSuccess()
        #expect(pool.takeBackoffStep().step == 2)
        pool.noteLostAfterHolding()
        #expect(pool.takeBackoffStep().step == 0)
    }

    @Test mutating func announcedServersAreReachedLikeTheAnnouncer() throws {
        var connected = makeServer("seed", scheme: .tls)
        connected.user = "u"
        connected.password = "p"
        var pool = ServerPool(servers: [connected], shuffles: false, random: &random)
        _ = pool.advance()
        let fresh = pool.merge(announced: ["10.0.0.7:4333", "other:4222"], connected: connected, random: &random)
        #expect(fresh.map(\.host) == ["10.0.0.7", "other"])
        #expect(fresh.map(\.port) == [4333, 4222])
        #expect(fresh.allSatisfy { $0.scheme == .tls && $0.user == "u" && $0.password == "p" })
        #expect(fresh.map(\.tlsServerName) == ["seed", "other"])
    }

    @Test mutating func seedsNameIsKeptOverSeveralHopsAndANumberIsNobodysName() throws {
        let seed = try ServerAddress(parsing: "tls://seed.example")
        var pool = ServerPool(servers: [seed], shuffles: false, random: &random)
        let first = try #require(pool.merge(announced: ["10.0.0.7:4222"], connected: seed, random: &random).first)
        let second = pool.merge(announced: ["[::1]:4222"], connected: first, random: &random).first
        #expect(second?.tlsServerName == "seed.example")
        let number = try ServerAddress(parsing: "tls://10.0.0.1")
        var numbers = ServerPool(servers: [number], shuffles: false, random: &random)
        let found = numbers.merge(announced: ["10.0.0.2:4222"], connected: number, random: &random)
        #expect(found.map(\.tlsServerName) == ["10.0.0.2"])
    }

    @Test mutating func goneImplicitServersLeaveExplicitAndCurrentStay() {
        var pool = makePool("a", "b")
        let a = makeServer("a")
        _ = pool.advance()
        _ = pool.merge(announced: ["c:4222", "d:4222"], connected: a, random: &random)
        _ = pool.advance()
        _ = pool.advance()
        #expect(pool.current?.address.host == "c")
        _ = pool.merge(announced: ["e:4222"], connected: a, random: &random)
        #expect(Set(hosts(pool)) == ["a", "b", "c", "e"])
        #expect(pool.current?.address.host == "c")
        _ = pool.merge(announced: [], connected: a, random: &random)
        #expect(pool.count == 4)
    }

    @Test mutating func serverThatComesAgainIsNoDiscovery() {
        var pool = makePool("a")
        let a = makeServer("a")
        _ = pool.advance()
        #expect(pool.merge(announced: ["a:4222", "b:4222"], connected: a, random: &random).map(\.host) == ["b"])
        #expect(pool.merge(announced: ["c:4222"], connected: a, random: &random).map(\.host) == ["c"])
        #expect(pool.merge(announced: ["b:4222", "c:4222"], connected: a, random: &random).isEmpty)
    }

    @Test mutating func announcedRubbishIsSkippedAndAFloodIsBounded() {
        var pool = makePool("a")
        let a = makeServer("a")
        _ = pool.advance()
        #expect(pool.merge(announced: ["", "://", "x y:1", "b:99999"], connected: a, random: &random).isEmpty)
        let flood = (0..<10_000).map { "s\($0):4222" }
        _ = pool.merge(announced: flood, connected: a, random: &random)
        #expect(pool.count <= ServerPool.implicitCountMaximum + 1)
    }

    @Test mutating func replacedServersKeepTheirHistory() {
        var pool = makePool("a", "b", "c")
        _ = pool.advance()
        _ = pool.noteFailure(isAuthentication: false, maximumAttempts: nil)
        #expect(pool.replace([makeServer("d"), makeServer("a")], random: &random))
        #expect(hosts(pool) == ["a", "d"])
        #expect(pool.current?.failedAttempts == 1)
        #expect(pool.advance()?.address.host == "d")
        #expect(pool.replace([makeServer("e")], random: &random))
        #expect(pool.current == nil)
        #expect(pool.advance()?.address.host == "e")
        #expect(!pool.replace([makeServer("e"), makeServer("E")], random: &random))
    }
}
