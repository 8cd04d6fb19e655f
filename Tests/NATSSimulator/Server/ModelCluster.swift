import NATSProtocol

/// Servers that know each other: what is published on one reaches the subscribers of all.
package final class ModelCluster {
    unowned let world: World
    package private(set) var servers: [ModelServer] = []
    let interest = Interest()
    /// Nil: it isn't enabled.
    package var jetStream: ModelJetStream?
    /// Who keeps the books.
    weak var oracle: (any ServerOracle)?
    /// Whether servers tell their clients of each other.
    package var gossips = true
    /// From here on a message from one server to another takes its time, in order.
    private var routeArrival: [String: UInt64] = [:]

    /// Gives out the credentials that its servers take.
    let issuer = Issuer()
    /// What its users may not do.
    package static let deniedPublishes = "denied.pub.>"
    package static let deniedSubscriptions = "denied.sub.>"

    package init(world: World, serverCount: Int, settings: ModelServerSettings = ModelServerSettings()) {
        self.world = world
        for _ in 0..<serverCount { join(settings) }
    }

    /// One more server. Each has two addresses, and a name for both.
    @discardableResult
    package func join(_ settings: ModelServerSettings) -> ModelServer {
        let number = servers.count + 1
        let (host, other) = ("10.0.0.\(number)", "fd00::\(number)")
        let server = ModelServer(name: "n\(number)", addresses: ["\(host):4222", "[\(other)]:4222"], cluster: self)
        server.settings = settings
        servers.append(server)
        // The last two lead nowhere.
        world.name("n\(number).test", addresses: [host, other, "10.9.9.\(number)"])
        world.name("half\(number).test", addresses: ["fd00::9:\(number)", host])
        server.start()
        return server
    }

    /// A JWT that its servers take, from now on.
    package func issueCredentials(lifetimeSeconds: UInt64) -> String {
        issuer.issue("UANY", atSeconds: world.trueWallNanoseconds / 1_000_000_000, lifetimeSeconds: lifetimeSeconds)
    }

    /// One of several servers goes for good.
    func dismissOne(_ dice: Dice) {
        // Everybody was told of the first.
        dice.pick(of: Array(servers.dropFirst()))?.dismiss()
    }

    /// Every so often each server asks its clients whether they live.
    package func startPinging(everyNanoseconds interval: UInt64) {
        world.after(interval) { [weak self] in
            guard let self else { return }
            for server in servers where !server.isFrozen { for client in server.clients { client.checkLiveness() } }
            startPinging(everyNanoseconds: interval)
        }
    }

    var announcedAddresses: [String] {
        // A server without neighbours has nothing to tell.
        guard gossips, servers.count > 1 else { return [] }
        return servers.filter { $0.isUp && !$0.isLameDuck }.map(\.address)
    }

    func membersDidChange() {
        jetStream?.serversDidChange()
        for server in servers where server.isUp { server.sendInfoToAll() }
    }

    func isPublishDenied(_ subject: String) -> Bool { Subject.matches(subject, pattern: Self.deniedPublishes) }

    func isSubscribeDenied(_ subject: String) -> Bool {
        subject == Self.deniedSubscriptions || Subject.matches(subject, pattern: Self.deniedSubscriptions)
    }

    /// False: nobody wants the message.
    func route(_ message: ModelMessage, from publisher: ModelClient, echo: Bool) -> Bool {
        var groups: [String: [ModelSubscription]] = [:]
        var hasInterest = false
        let matches = interest.matches(message.subject)
        // A client that is cut off for the first of several messages may be gone before the next.
        let clients = matches.map(\.client)
        defer { withExtendedLifetime(clients) {} }
        for subscription in matches {
            if !echo, subscription.client === publisher { continue }
            hasInterest = true
            if let queueGroup = subscription.queueGroup {
                groups["\(queueGroup) \(subscription.subject)", default: []].append(subscription)
            } else {
                forward(message, from: publisher.server, to: subscription)
            }
        }
        for key in groups.keys.sorted() {
            guard let members = groups[key] else { continue }
            forward(message, from: publisher.server, to: members[world.chance.below(members.count)])
        }
        if jetStream?.receive(message, at: publisher.server) == true { hasInterest = true }
        return hasInterest
    }

    /// A message of the servers' own, to whoever has subscribed to `subject`, which need not be the message's.
    func send(_ message: ModelMessage, to subject: String, from server: ModelServer) {
        let matches = interest.matches(subject)
        let clients = matches.map(\.client)
        defer { withExtendedLifetime(clients) {} }
        for subscription in matches { forward(message, from: server, to: subscription) }
    }

    func hasInterest(in subject: String) -> Bool { !interest.matches(subject).isEmpty }

    private func forward(_ message: ModelMessage, from server: ModelServer, to subscription: ModelSubscription) {
        let client = subscription.client
        guard client.server !== server else { return client.deliver(message, to: subscription) }
        // A route keeps the order of what goes over it.
        let route = "\(server.name)>\(client.server.name)"
        let arrival = max(routeArrival[route] ?? 0, world.nowNanoseconds + world.chance.pick(20_000...300_000))
        routeArrival[route] = arrival
        world.after(arrival - world.nowNanoseconds) { [weak client] in client?.deliver(message, to: subscription) }
    }
}

/// Who wants which subjects, on all servers.
final class Interest {
    private var subscriptions: [ModelSubscription] = []

    func insert(_ subscription: ModelSubscription) { subscriptions.append(subscription) }
    func remove(_ subscription: ModelSubscription) { subscriptions.removeAll { $0 === subscription } }

    func matches(_ subject: String) -> [ModelSubscription] {
        subscriptions.filter { $0.subject == subject || Subject.matches(subject, pattern: $0.subject) }
    }
}
