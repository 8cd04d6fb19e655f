import NATSProtocol

/// Servers that know each other: what is published on one reaches the subscribers of all.
package final class ModelCluster {
    unowned let world: World
    package private(set) var servers: [ModelServer] = []
    let interest = Interest()
    /// Who keeps the books.
    weak var oracle: (any ServerOracle)?
    /// Whether servers tell their clients of each other.
    package var gossips = true
    /// From here on a message from one server to another takes its time, in order.
    private var routeArrival: [String: UInt64] = [:]

    package init(world: World, serverCount: Int) {
        self.world = world
        for number in 1...serverCount {
            let server = ModelServer(name: "n\(number)", address: "10.0.0.\(number):4222", cluster: self)
            servers.append(server)
        }
        for server in servers { server.start() }
    }

    /// One of several servers goes for good.
    func dismissOne(besides address: String) {
        let others = servers.filter { $0.address != address }
        guard !others.isEmpty else { return }
        others[Int(world.chance.next(below: UInt64(others.count)))].dismiss()
    }

    /// Every so often each server asks its clients whether they live.
    package func startPinging(everyNanoseconds interval: UInt64) {
        world.after(interval) { [weak self] in
            guard let self else { return }
            for server in servers { for client in server.clients { client.checkLiveness() } }
            startPinging(everyNanoseconds: interval)
        }
    }

    var announcedAddresses: [String] {
        guard gossips else { return [] }
        return servers.filter { $0.isUp && !$0.isLameDuck }.map(\.address)
    }

    func membersDidChange() {
        for server in servers where server.isUp { server.sendInfoToAll() }
    }

    func isPublishDenied(_ subject: String) -> Bool { subject.hasPrefix("denied.pub") }
    func isSubscribeDenied(_ subject: String) -> Bool { subject.hasPrefix("denied.sub") }

    /// False: nobody wants the message.
    func route(_ message: ModelMessage, from publisher: ModelClient, echo: Bool) -> Bool {
        var groups: [String: [ModelSubscription]] = [:]
        var hasInterest = false
        for subscription in interest.matches(message.subject) {
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
            forward(message, from: publisher.server, to: members[Int(world.chance.next(below: UInt64(members.count)))])
        }
        return hasInterest
    }

    private func forward(_ message: ModelMessage, from server: ModelServer, to subscription: ModelSubscription) {
        let client = subscription.client
        guard client.server !== server else { return client.deliver(message, to: subscription) }
        // A route keeps the order of what goes over it.
        let route = "\(server.name)>\(client.server.name)"
        let arrival = max(routeArrival[route] ?? 0, world.nowNanoseconds + world.pick(20_000...300_000))
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
