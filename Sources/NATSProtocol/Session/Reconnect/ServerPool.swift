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
        /// Attempts that were delayed since the last connection that held for a while; the exponent of the delay.
        var backoffStep = 0
        /// Refusals of the credentials since the last success.
        var authenticationFailures = 0
    }

    /// More implicit servers than this aren't learnt: a server must not be able to fill our memory.
    static let implicitCountMaximum = 512
    static let seenCountMaximum = 4096

    private(set) var entries: [Entry]
    /// The server in use or tried last; nil before the first attempt and after the current one left the pool.
    private(set) var currentIndex: Int?
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

    /// Makes the next server the current one; the one before goes to the end.
    mutating func advance() -> Entry? {
        if let currentIndex { entries.append(entries.remove(at: currentIndex)) }
        currentIndex = entries.isEmpty ? nil : 0
        return current
    }

    /// Notes that an attempt is delayed and returns the step before, the exponent of its delay.
    mutating func takeBackoffStep() -> (step: Int, slow: Bool) {
        guard let currentIndex else { return (0, false) }
        let entry = entries[currentIndex]
        if entry.backoffStep < Int(UInt64.bitWidth) { entries[currentIndex].backoffStep += 1 }
        return (entry.backoffStep, entry.authenticationFailures > 0)
    }

    /// The current server took us and everything is restored.
    mutating func noteSuccess() {
        guard let currentIndex else { return }
        entries[currentIndex].failedAttempts = 0
        entries[currentIndex].authenticationFailures = 0
    }

    /// A connection was lost that had held long enough to forget earlier delays.
    mutating func noteLostAfterHolding() {
        guard let currentIndex else { return }
        entries[currentIndex].backoffStep = 0
    }

    /// An attempt with the current server failed. Removes it if that was one too many.
    mutating func noteFailure(isAuthentication: Bool, maximumAttempts: Int?) -> Entry? {
        guard let currentIndex else { return nil }
        entries[currentIndex].failedAttempts += 1
        if isAuthentication {
            entries[currentIndex].authenticationFailures += 1
        } else {
            entries[currentIndex].authenticationFailures = 0
        }
        let entry = entries[currentIndex]
        if let maximumAttempts, entry.failedAttempts >= maximumAttempts {
            entries.remove(at: currentIndex)
            self.currentIndex = nil
        }
        return entry
    }

    /// Puts the user's new list in place of all servers. Those that stay keep their history, the current one its place.
    mutating func replace(_ servers: [ServerAddress], random: inout RandomSource) {
        let before = Dictionary(entries.map { ($0.address.hostPort, $0) }) { first, _ in first }
        let currentKey = current?.address.hostPort
        entries = Self.explicitEntries(servers, shuffles: shuffles, random: &random)
        currentIndex = nil
        for index in entries.indices {
            let key = entries[index].address.hostPort
            if let known = before[key] {
                entries[index].failedAttempts = known.failedAttempts
                entries[index].backoffStep = known.backoffStep
                entries[index].authenticationFailures = known.authenticationFailures
            }
            if key == currentKey { currentIndex = index }
            seen.insert(key)
        }
        // The rotation of `advance` expects the current one in front.
        if let index = currentIndex {
            entries.insert(entries.remove(at: index), at: 0)
            currentIndex = 0
        }
    }

    /// Takes what an INFO of the connection to `connected` announces; returns the servers that were never seen before.
    mutating func merge(
        announced: [String], connected: ServerAddress, random: inout RandomSource
    ) -> [ServerAddress] {
        guard !announced.isEmpty else { return [] }
        let addresses = announced.compactMap { Self.announcedAddress($0, connected: connected) }
        let announcedKeys = SortedTexts(addresses.map(\.hostPort))
        let currentKey = current?.address.hostPort
        entries.removeAll { entry in
            let key = entry.address.hostPort
            return !entry.isExplicit && key != currentKey && !announcedKeys.contains(key)
        }
        currentIndex = entries.firstIndex { $0.address.hostPort == currentKey }

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

    private static func explicitEntries(
        _ servers: [ServerAddress], shuffles: Bool, random: inout RandomSource
    ) -> [Entry] {
        var keys = SortedTexts()
        var entries = servers.filter { keys.insert($0.hostPort) }.map { Entry(address: $0, isExplicit: true) }
        if shuffles { entries.shuffle(using: &random) }
        return entries
    }

    /// An announced `host:port` is reached like the server that announced it: same scheme, same credentials, and for a
    /// bare number the certificate name of that server.
    private static func announcedAddress(_ text: String, connected: ServerAddress) -> ServerAddress? {
        guard let parsed = try? ServerAddress(parsing: text) else { return nil }
        var address = connected
        address.host = parsed.host
        address.port = parsed.port
        address.inheritedServerName = parsed.isNumeric ? connected.tlsServerName : nil
        return address
    }
}
