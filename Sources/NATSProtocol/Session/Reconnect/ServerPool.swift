/// The servers that a session may connect to, in the order in which they will be tried.
///
/// Explicit servers came from the user and leave only when he replaces them or by the policy's maximum of attempts.
/// Implicit ones came from a server's INFO and leave when an INFO no longer names them.
struct ServerPool {
    struct Entry: Equatable {
        var address: ServerAddress
        var isExplicit: Bool
        /// Failed attempts since the last success.
        var failedAttempts = 0
        /// Failed moves to it while it was the one in use: those say nothing against the connection that is there.
        var failedMoves = 0
        /// Attempts that were delayed since the last connection that held for a while; the exponent of the delay.
        var backoffStep = 0
        /// Refusals of the credentials since the last success.
        var authenticationFailures = 0
        /// The server announced its end. It is tried after all others (`indexOfNext`), until it takes us again or is announced anew.
        var isLameDuck = false
        /// No INFO named it since it announced its end.
        var isUnannounced = false
    }

    /// More implicit servers than this aren't learnt: a server must not be able to fill our memory.
    static let implicitCountMaximum = 512
    static let seenCountMaximum = 4096

    var entries: [Entry]
    /// The server in use or tried last; nil before the first attempt and after the current one left the pool.
    var currentIndex: Int?
    /// The server that a move goes to; nil: none, or one that is not in the pool.
    var nomineeKey: String?
    /// What the last INFO announced.
    private(set) var announced = SortedTexts()
    /// `host:port` of every server ever seen.
    private var seen = SortedTexts()
    private let shuffles: Bool

    init(servers: [ServerAddress], shuffles: Bool, random: inout RandomSource) {
        self.shuffles = shuffles
        entries = []
        entries = Self.explicitEntries(servers, shuffles: shuffles, random: &random)
        for entry in entries { seen.insert(entry.address.hostPort) }
    }

    var count: Int { entries.count }
    var current: Entry? { currentIndex.map { entries[$0] } }

    func index(of key: String?) -> Int? {
        guard let key else { return nil }
        return entries.firstIndex { $0.address.hostPort == key }
    }

    // MARK: - The current server

    /// Makes the next server the current one; the one before goes to the end.
    mutating func advance() -> Entry? {
        retireCurrent()
        guard let index = Self.indexOfNext(in: entries) else { return nil }
        makeCurrent(at: index)
        return current
    }

    /// The first in order, but one that announced its end only when every other has failed. Not never: the others may be gone
    /// for good, and this one started again. Who has failed goes to the end, so that they all take turns then.
    static func indexOfNext(in entries: [Entry]) -> Int? {
        let haveOthersFailed = entries.allSatisfy { $0.isLameDuck || $0.failedAttempts > 0 }
        return haveOthersFailed ? entries.indices.first : entries.firstIndex { !$0.isLameDuck }
    }

    /// Makes a chosen server the current one; it may be a server that isn't in the pool.
    mutating func choose(_ address: ServerAddress) {
        currentIndex = nil
        if let index = index(of: address.hostPort) { makeCurrent(at: index) }
    }

    mutating func retireCurrent() {
        if let currentIndex { entries.append(entries.remove(at: currentIndex)) }
        currentIndex = nil
    }

    mutating func makeCurrent(at index: Int) {
        entries.insert(entries.remove(at: index), at: 0)
        currentIndex = 0
    }

    /// Notes that an attempt is delayed and returns the step before, the exponent of its delay.
    mutating func takeBackoffStep() -> (step: Int, slow: Bool) { takeBackoffStep(at: currentIndex) }

    mutating func takeBackoffStep(at index: Int?) -> (step: Int, slow: Bool) {
        guard let index else { return (0, false) }
        let entry = entries[index]
        if entry.backoffStep < Int(UInt64.bitWidth) { entries[index].backoffStep += 1 }
        return (entry.backoffStep, entry.authenticationFailures > 0)
    }

    /// The current server took us and everything is restored.
    mutating func noteSuccess() {
        guard let currentIndex else { return }
        entries[currentIndex].failedAttempts = 0
        entries[currentIndex].failedMoves = 0
        entries[currentIndex].authenticationFailures = 0
        entries[currentIndex].isLameDuck = false
    }

    /// A connection was lost that had held long enough to forget earlier delays.
    mutating func noteLostAfterHolding() {
        guard let currentIndex else { return }
        entries[currentIndex].backoffStep = 0
    }

    /// An attempt with the current server failed. Removes it if that was one too many.
    mutating func noteFailure(isAuthentication: Bool, maximumAttempts: Int?) -> Entry? {
        guard let currentIndex else { return nil }
        let entry = countFailure(at: currentIndex, isAuthentication: isAuthentication)
        if let maximumAttempts, entry.failedAttempts >= maximumAttempts {
            entries.remove(at: currentIndex)
            self.currentIndex = nil
        }
        return entry
    }

    mutating func countFailure(at index: Int, isAuthentication: Bool) -> Entry {
        entries[index].failedAttempts += 1
        entries[index].authenticationFailures = isAuthentication ? entries[index].authenticationFailures + 1 : 0
        return entries[index]
    }

    // MARK: - Which servers there are

    /// Puts the user's new list in place of all servers. Those that stay keep their history, the current one its place.
    /// False: he had given just these before, in whatever order.
    mutating func replace(_ servers: [ServerAddress], random: inout RandomSource) -> Bool {
        let given = entries.filter(\.isExplicit).map(\.address)
        let before = Dictionary(entries.map { ($0.address.hostPort, $0) }) { first, _ in first }
        let currentKey = current?.address.hostPort
        entries = Self.explicitEntries(servers, shuffles: shuffles, random: &random)
        currentIndex = nil
        for index in entries.indices {
            let key = entries[index].address.hostPort
            if let known = before[key] {
                let address = entries[index].address
                entries[index] = known
                entries[index].address = address
                entries[index].isExplicit = true
            }
            if key == currentKey { currentIndex = index }
            seen.insert(key)
        }
        // The rotation of `advance` expects the current one in front.
        if let index = currentIndex { makeCurrent(at: index) }
        return given.count != entries.count || !entries.allSatisfy { given.contains($0.address) }
    }

    /// Takes what an INFO of the connection to `connected` announces; returns the servers that were never seen before.
    mutating func merge(
        announced: [String], connected: ServerAddress, random: inout RandomSource
    ) -> [ServerAddress] {
        guard !announced.isEmpty else { return [] }
        let addresses = Self.addresses(announced, connected: connected)
        let announcedKeys = SortedTexts(addresses.map(\.hostPort))
        self.announced = announcedKeys
        let currentKey = current?.address.hostPort
        let nomineeKey = nomineeKey
        entries.removeAll { entry in
            let key = entry.address.hostPort
            return !entry.isExplicit && key != currentKey && key != nomineeKey && !announcedKeys.contains(key)
        }
        currentIndex = index(of: currentKey)
        noteAnnouncements(announcedKeys, currentKey: currentKey)
        return add(addresses, random: &random)
    }

    /// Takes what was announced to the connection to `connected`, and lets nothing go for it.
    mutating func add(_ announced: [String], connected: ServerAddress, random: inout RandomSource) {
        _ = add(Self.addresses(announced, connected: connected), random: &random)
    }

    /// Whether an announced server must show a certificate for the name that the one which `connected` leads to has shown.
    static func isCheckedByName(_ announced: String, of connected: ServerAddress) -> Bool {
        (try? ServerAddress(discovered: announced, from: connected))?.inheritedServerName != nil
    }

    private mutating func add(_ addresses: [ServerAddress], random: inout RandomSource) -> [ServerAddress] {
        var known = SortedTexts(entries.map(\.address.hostPort))
        var added: [Entry] = []
        for address in addresses where known.insert(address.hostPort) {
            guard entries.count + added.count < Self.implicitCountMaximum else { break }
            added.append(Entry(address: address, isExplicit: false))
        }
        if shuffles { added.shuffle(using: &random) }
        entries.append(contentsOf: added)
        let fresh = added.map(\.address).filter { !seen.contains($0.hostPort) }
        if seen.count + fresh.count <= Self.seenCountMaximum {
            for address in fresh { seen.insert(address.hostPort) }
        }
        return fresh
    }

    /// An announced `host:port` is reached like the server that announced it; what isn't one is skipped.
    private static func addresses(_ announced: [String], connected: ServerAddress) -> [ServerAddress] {
        announced.compactMap { try? ServerAddress(discovered: $0, from: connected) }
    }

    private static func explicitEntries(
        _ servers: [ServerAddress], shuffles: Bool, random: inout RandomSource
    ) -> [Entry] {
        var keys = SortedTexts()
        var entries = servers.filter { keys.insert($0.hostPort) }.map { Entry(address: $0, isExplicit: true) }
        if shuffles { entries.shuffle(using: &random) }
        return entries
    }
}
