import Testing

@testable import NATSProtocol

/// Servers that announced their end, and the one that a move goes to.
@Suite struct ServerPoolMoveTests {
    private var random = RandomSource(seed: 1)

    private mutating func makePool(_ hosts: String...) -> ServerPool {
        var pool = ServerPool(servers: hosts.map { makeServer($0) }, shuffles: false, random: &random)
        _ = pool.advance()
        return pool
    }

    private func hosts(_ pool: ServerPool) -> [String] { pool.entries.map(\.address.host) }

    @Test mutating func lameDuckIsTheLastChoice() {
        var pool = makePool("a", "b", "c")
        pool.noteLameDuck(true)
        let tried = (0..<5).map { _ in pool.advance()?.address.host }
        #expect(tried == ["b", "c", "b", "c", "b"])
        pool.noteLameDuck(true)
        _ = pool.advance()
        pool.noteLameDuck(true)
        // All of them: any is better than none.
        #expect(pool.advance()?.address.host == "a")
        pool.noteSuccess()
        #expect(pool.current?.isLameDuck == false)
    }

    /// It may have been started again, and the others be gone for good.
    @Test mutating func lameDuckIsTriedWhenAllOthersHaveFailed() {
        var pool = makePool("a", "b", "c")
        pool.noteLameDuck(true)
        var tried: [String] = []
        for _ in 0..<6 {
            tried.append(pool.advance()?.address.host ?? "")
            _ = pool.noteFailure(isAuthentication: false, maximumAttempts: nil)
        }
        #expect(tried == ["b", "c", "a", "b", "c", "a"])
    }

    /// It may have been started again long ago, under an address that nobody announces.
    @Test mutating func twoLameDucksTakeTurnsWhenTheLastServerFails() {
        var pool = makePool("a", "b", "c")
        for _ in 0..<2 {
            pool.noteLameDuck(true)
            _ = pool.advance()
        }
        #expect(pool.current?.address.host == "c")
        pool.noteSuccess()
        var tried: [String?] = []
        for _ in 0..<6 {
            tried.append(pool.advance()?.address.host)
            _ = pool.noteFailure(isAuthentication: false, maximumAttempts: nil)
        }
        #expect(tried == ["c", "a", "b", "c", "a", "b"])
        pool.noteSuccess()
        #expect((0..<3).map { _ in pool.advance()?.address.host } == ["c", "b", "c"], "'a' is the last choice again")
    }

    /// How often it has failed while it was being restarted says nothing about it later.
    @Test mutating func lameDuckThatHasFailedOftenTakesTurnsLikeAnyOther() {
        var pool = makePool("a", "b")
        pool.noteLameDuck(true)
        for _ in 0..<12 { _ = pool.noteFailure(isAuthentication: false, maximumAttempts: nil) }
        _ = pool.advance()
        pool.noteSuccess()
        #expect(pool.current?.address.host == "b")
        var tried: [String?] = []
        for _ in 0..<4 {
            tried.append(pool.advance()?.address.host)
            _ = pool.noteFailure(isAuthentication: false, maximumAttempts: nil)
        }
        #expect(tried == ["b", "a", "b", "a"])
    }

    @Test mutating func moveGoesToALameDuckWhenAllOthersHaveFailed() {
        var pool = makePool("a", "b", "c")
        pool.noteLameDuck(true)
        _ = pool.advance()
        pool.noteSuccess()
        pool.noteLameDuck(true)
        #expect(pool.nominate(for: .lameDuck)?.address.host == "c")
        pool.nomineeFailed(isAuthentication: false, maximumAttempts: nil)
        #expect(pool.nominate(for: .lameDuck)?.address.host == "a")
        pool.nomineeFailed(isAuthentication: false, maximumAttempts: nil)
        #expect(pool.nominate(for: .lameDuck)?.address.host == "c")
    }

    @Test mutating func moveOfALameDuckNeverGoesToItself() {
        var pool = makePool("a")
        pool.noteLameDuck(true)
        #expect(pool.nominate(for: .lameDuck) == nil)
        #expect(pool.nominate(for: .requested)?.address.host == "a")
        var more = makePool("a", "b")
        #expect(more.nominate(for: .lameDuck)?.address.host == "b")
        #expect(more.nominate(for: .requested)?.address.host == "b")
        #expect(more.nominate(for: .credentialsExpire)?.address.host == "a")
    }

    @Test mutating func failedNomineeGoesToTheEndAndTheCurrentServerStays() {
        var pool = makePool("a", "b", "c")
        _ = pool.nominate(for: .lameDuck)
        pool.nomineeFailed(isAuthentication: false, maximumAttempts: 2)
        #expect(hosts(pool) == ["a", "c", "b"])
        #expect(pool.current?.address.host == "a")
        _ = pool.nominate(for: .lameDuck)
        pool.promoteNominee()
        #expect(hosts(pool) == ["c", "b", "a"])
        #expect(pool.current?.address.host == "c")
        _ = pool.nominate(for: .lameDuck)
        pool.nomineeFailed(isAuthentication: false, maximumAttempts: 2)
        #expect(hosts(pool) == ["c", "a"])
    }

    @Test mutating func renewalThatFailsHereIsTriedElsewhere() {
        var pool = makePool("a", "b")
        _ = pool.nominate(for: .credentialsExpire)
        pool.nomineeFailed(isAuthentication: true, maximumAttempts: nil)
        #expect(pool.nominate(for: .credentialsExpire)?.address.host == "b")
    }

    @Test mutating func failedMoveToTheServerInUseIsNoFailedAttempt() {
        var pool = makePool("a")
        for _ in 0..<3 {
            _ = pool.nominate(for: .credentialsExpire)
            pool.nomineeFailed(isAuthentication: true, maximumAttempts: 2)
        }
        #expect(pool.current?.failedAttempts == 0)
        #expect(pool.current?.authenticationFailures == 0)
        // The first one that counts.
        #expect(pool.noteFailure(isAuthentication: true, maximumAttempts: 2)?.failedAttempts == 1)
        #expect(hosts(pool) == ["a"])
    }

    @Test mutating func implicitServerThatIsLeftAndNotAnnouncedIsForgotten() {
        var pool = makePool("a")
        let a = makeServer("a")
        _ = pool.merge(announced: ["a:4222", "b:4222", "c:4222"], connected: a, random: &random)
        _ = pool.nominate(for: .lameDuck)
        pool.promoteNominee()
        #expect(pool.current?.address.host == "b")
        pool.noteLameDuck(true)
        _ = pool.merge(announced: ["a:4222", "c:4222"], connected: makeServer("b"), random: &random)
        #expect(hosts(pool).contains("b"))
        _ = pool.nominate(for: .lameDuck)
        pool.promoteNominee()
        // The one that the user gave stays, whatever is announced.
        #expect(Set(hosts(pool)) == ["a", "c"])
        _ = pool.merge(announced: ["c:4222"], connected: makeServer("c"), random: &random)
        #expect(Set(hosts(pool)) == ["a", "c"])
    }

    @Test mutating func restartedServerIsAServerLikeOthers() {
        var pool = makePool("a", "b")
        let b = makeServer("b")
        pool.noteLameDuck(true)
        _ = pool.advance()
        // Old news: it hasn't left the announcements yet.
        _ = pool.merge(announced: ["a:4222", "b:4222"], connected: b, random: &random)
        #expect(pool.entries.first { $0.address.host == "a" }?.isLameDuck == true)
        _ = pool.merge(announced: ["b:4222"], connected: b, random: &random)
        _ = pool.merge(announced: ["a:4222", "b:4222"], connected: b, random: &random)
        #expect(pool.entries.first { $0.address.host == "a" }?.isLameDuck == false)
    }

    @Test mutating func chosenStrangerDoesNotJoinThePool() {
        var pool = makePool("a", "b")
        pool.choose(makeServer("x"))
        #expect(pool.current == nil)
        #expect(pool.noteFailure(isAuthentication: false, maximumAttempts: 1) == nil)
        #expect(Set(hosts(pool)) == ["a", "b"])
        pool.choose(makeServer("b"))
        #expect(pool.current?.address.host == "b")
    }

    @Test mutating func webSocketClientsTakeTheAddressesThatAreForThem() {
        let harness = SessionHarness(addresses: [makeServer("a", scheme: .ws)])
        harness.connect(info: #""connect_urls":["p:4222"],"ws_connect_urls":["w:80"]"#)
        #expect(harness.hosts == ["a", "w"])
        #expect(harness.session.servers.allSatisfy { $0.scheme == .ws })
        // What a server of today sends: the addresses for WebSocket, under the usual name.
        harness.info(#""connect_urls":["w:80","v:80"]"#)
        #expect(harness.hosts == ["a", "w", "v"])
        let plain = SessionHarness()
        plain.connect(info: #""connect_urls":["p:4222"],"ws_connect_urls":["w:80"]"#)
        #expect(plain.hosts == ["a", "p"])
    }
}
