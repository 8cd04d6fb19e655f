import NATSProtocol

/// One nats-server, as its clients see it. Source: `server/client.go` and `server/server.go` of nats-server.
package final class ModelServer: Listener {
    package let name: String
    /// `10.0.0.1:4222`.
    package let address: String
    unowned let cluster: ModelCluster
    package private(set) var isUp = false
    package private(set) var isLameDuck = false
    private var isDismissed = false
    package private(set) var maximumPayload = 1 << 20
    /// Bytes that may wait for a client; one that is slower is cut off.
    package var maximumPendingBytes = 1 << 20
    /// Credentials that are asked for; nil: none.
    package var token: String?
    private(set) var clients: [ModelClient] = []
    private var starts = 0
    private var nextClientID = 0

    init(name: String, address: String, cluster: ModelCluster) {
        self.name = name
        self.address = address
        self.cluster = cluster
    }

    var world: World { cluster.world }

    // MARK: Life

    package func start() {
        guard !isUp, !isDismissed else { return }
        isUp = true
        isLameDuck = false
        starts += 1
        world.trace.note(world.nowNanoseconds, "\(name): up")
        world.listen(on: address, self)
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
        for client in takeClients() { client.connection.cut() }
        cluster.membersDidChange()
    }

    /// Tells its clients, takes no new ones, closes them one by one over `duration`, and goes.
    package func enterLameDuckMode(overNanoseconds duration: UInt64) {
        guard isUp, !isLameDuck else { return }
        world.trace.note(world.nowNanoseconds, "\(name): lame duck")
        isLameDuck = true
        world.stopListening(on: address)
        cluster.membersDidChange()
        for client in clients { client.sendInfo() }
        let grace = duration / 2
        let start = starts
        for client in clients {
            world.after(grace + world.pick(0...max(1, duration / 2))) { [weak client] in client?.close(nil) }
        }
        world.after(duration) { [self] in
            guard isLameDuck, starts == start else { return }
            for client in takeClients() { client.close(nil) }
            goDown()
        }
    }

    /// As by a reload of the configuration.
    package func limitPayloads(to count: Int) {
        world.trace.note(world.nowNanoseconds, "\(name): max_payload \(count)")
        maximumPayload = count
        sendInfoToAll()
    }

    private func goDown() {
        isUp = false
        isLameDuck = false
        world.stopListening(on: address)
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
        world.after(world.pick(0...200_000)) { [weak client] in client?.sendInfo() }
    }

    func forget(_ client: ModelClient) { clients.removeAll { $0 === client } }

    func sendInfoToAll() {
        for client in clients where client.isIntroduced { client.sendInfo() }
    }

    /// The first word of a connection, and later news.
    func info(for client: ModelClient) -> String {
        var fields = [
            #""server_id":"\#(name)-\#(starts)""#, #""server_name":"\#(name)""#, #""version":"2.12.0""#, #""proto":1"#,
            #""go":"none""#, #""host":"0.0.0.0""#, #""port":4222"#, #""headers":true"#,
            #""max_payload":\#(maximumPayload)"#, #""client_id":\#(client.id)"#,
        ]
        if token != nil { fields.append(#""auth_required":true"#) }
        if isLameDuck { fields.append(#""ldm":true"#) }
        let others = cluster.announcedAddresses
        if !others.isEmpty { fields.append(#""connect_urls":[\#(others.map { "\"\($0)\"" }.joined(separator: ","))]"#) }
        return "INFO {\(fields.joined(separator: ","))}\r\n"
    }
}
