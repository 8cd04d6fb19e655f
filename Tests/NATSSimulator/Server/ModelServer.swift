import NATSProtocol

/// One nats-server, as its clients see it. Source: `server/client.go` and `server/server.go` of nats-server.
package final class ModelServer: Listener {
    package let name: String
    /// Where it listens; `10.0.0.1:4222` is the first.
    package let addresses: [String]
    unowned let cluster: ModelCluster
    let dice: Dice
    package private(set) var isUp = false
    package private(set) var isLameDuck = false
    package private(set) var isFrozen = false
    private var isDismissed = false
    package var settings = ModelServerSettings()
    private(set) var clients: [ModelClient] = []
    private var starts = 0
    private var nextClientID = 0

    init(name: String, addresses: [String], cluster: ModelCluster) {
        self.name = name
        self.addresses = addresses
        self.cluster = cluster
        dice = cluster.world.dice(name)
    }

    var world: World { cluster.world }
    package var address: String { addresses[0] }
    var parserLimits: ClientFrameParser.Limits {
        ClientFrameParser.Limits(payload: settings.maximumPayload, controlLine: settings.maximumControlLine)
    }

    // MARK: Life

    package func start() {
        if isFrozen { thaw() }
        guard !isUp, !isDismissed else { return }
        isUp = true
        isLameDuck = false
        starts += 1
        world.trace.note(world.nowNanoseconds, "\(name): up")
        for address in addresses { world.listen(on: address, self) }
        cluster.membersDidChange()
    }

    /// Goes, and never comes back.
    func dismiss() {
        isDismissed = true
        kill()
    }

    /// As by `kill -9`: every connection breaks.
    package func kill() {
        guard isUp else { return }
        world.trace.note(world.nowNanoseconds, "\(name): killed")
        goDown()
        for client in takeClients() {
            client.connection.cut()
            // Also when the connection was cut before.
            client.connectionDidEnd()
        }
        cluster.membersDidChange()
    }

    /// Tells its clients, takes no new ones, closes them one by one over `duration`, and goes.
    package func enterLameDuckMode(overNanoseconds duration: UInt64) {
        guard isUp, !isLameDuck else { return }
        world.trace.note(world.nowNanoseconds, "\(name): lame duck")
        isLameDuck = true
        stopListening()
        cluster.membersDidChange()
        let grace = duration / 2
        for client in clients {
            world.after(grace + dice.pick(0...max(1, duration / 2))) { [weak client] in client?.close(nil) }
        }
        let life = starts
        world.after(duration) { [self] in
            guard isLameDuck, starts == life else { return }
            for client in takeClients() { client.close(nil) }
            goDown()
        }
    }

    /// As by a reload of the configuration.
    package func limitPayloads(to count: Int) {
        world.trace.note(world.nowNanoseconds, "\(name): max_payload \(count)")
        settings.maximumPayload = count
        sendInfoToAll()
    }

    /// As by SIGSTOP: the kernel still takes connections and bytes.
    func freeze(nanoseconds: UInt64) {
        guard isUp, !isFrozen else { return }
        world.trace.note(world.nowNanoseconds, "\(name): stands still for \(nanoseconds) ns")
        isFrozen = true
        cluster.jetStream?.serversDidChange()
        let life = starts
        world.after(nanoseconds) { [self] in if isFrozen, starts == life { thaw() } }
    }

    private func thaw() {
        isFrozen = false
        cluster.jetStream?.serversDidChange()
        for client in clients { client.serverDidThaw() }
    }

    private func goDown() {
        isUp = false
        isLameDuck = false
        isFrozen = false
        stopListening()
        cluster.jetStream?.serversDidChange()
    }

    private func stopListening() {
        for address in addresses { world.stopListening(on: address) }
    }

    private func takeClients() -> [ModelClient] {
        defer { clients = [] }
        return clients
    }

    // MARK: Clients

    package func accept(_ connection: NetworkConnection) {
        nextClientID += 1
        let client = ModelClient(id: nextClientID, connection: connection, server: self)
        connection.server = client
        clients.append(client)
        var greeting = Greeting.normal
        let dice = world.dice("greeting", connection.number)
        if dice.isOne(in: world.weather.oneGreetingIsOddIn), let odd = dice.pick(of: Greeting.odd),
            world.takes("greeting", connection.number, "\(odd)")
        {
            greeting = odd
        }
        greetWhenAwake(client, greeting, dice)
        guard settings.wantsCredentials else { return }
        world.after(settings.authenticationTimeoutNanoseconds) { [weak client] in
            if client?.isIntroduced == false { client?.close("Authentication Timeout") }
        }
    }

    private func greetWhenAwake(_ client: ModelClient, _ greeting: Greeting, _ dice: Dice) {
        world.after(dice.pick(0...200_000)) { [weak client, self] in
            guard let client else { return }
            if isFrozen {
                world.after(100_000_000) { [weak client] in
                    if let client { self.greetWhenAwake(client, greeting, dice) }
                }
            } else {
                client.greet(greeting, dice)
            }
        }
    }

    /// Whether these credentials open this server.
    func accepts(_ introduction: Introduction) -> Bool {
        if settings.wantsJWT {
            guard let jwt = introduction.jwt, let end = cluster.issuer.expiry(of: jwt) else { return false }
            return end > world.trueWallNanoseconds
        }
        if let token = settings.token { return introduction.token == token }
        if settings.users.isEmpty { return true }
        guard let user = introduction.user, let password = settings.users[user] else { return false }
        return introduction.password == password
    }

    func forget(_ client: ModelClient) { clients.removeAll { $0 === client } }

    func sendInfoToAll() {
        for client in clients where client.isIntroduced { client.sendInfo() }
    }

    /// The first word of a connection, and later news.
    func info(for client: ModelClient, describing: Bool) -> String {
        var fields = [
            #""server_id":"\#(name)-\#(starts)""#, #""server_name":"\#(name)""#, #""version":"2.15.1""#, #""proto":1"#,
            #""go":"none""#, #""host":"0.0.0.0""#, #""port":4222"#, #""headers":true"#,
            #""max_payload":\#(settings.maximumPayload)"#, #""client_id":\#(client.id)"#,
        ]
        if settings.wantsCredentials { fields.append(#""auth_required":true"#) }
        if settings.wantsJWT, !client.isIntroduced { fields.append(#""nonce":"\#(name)nonce""#) }
        if client.greeting.demandsTLS { fields.append(#""tls_required":true"#) }
        if isLameDuck { fields.append(#""ldm":true"#) }
        if describing { fields.append(#""connect_info":true"#) }
        let others = cluster.announcedAddresses
        if !others.isEmpty { fields.append(#""connect_urls":[\#(others.map { "\"\($0)\"" }.joined(separator: ","))]"#) }
        return "INFO {\(fields.joined(separator: ","))} \r\n"
    }
}
