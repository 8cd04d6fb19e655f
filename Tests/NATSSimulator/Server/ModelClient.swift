import NATSProtocol

/// One client's connection as a server keeps it.
final class ModelClient: ServerEnd {
    let id: Int
    let connection: NetworkConnection
    unowned let server: ModelServer
    private var parser = ClientFrameParser()
    private(set) var isIntroduced = false
    /// Of its CONNECT.
    private(set) var name = ""
    private(set) var isClosed = false
    private(set) var subscriptions: [String: ModelSubscription] = [:]
    /// Whether the client wants to know that nobody listens.
    private var wantsNoResponders = false
    private var echo = true
    /// What waits for room in the network.
    private var outbox: [UInt8] = []
    private var closesBehindOutbox = false
    /// Bytes that were handed to the network.
    private(set) var writtenBytes = 0
    private var pingsOutstanding = 0
    private var largestAnnouncedPayload = 0

    init(id: Int, connection: NetworkConnection, server: ModelServer) {
        self.id = id
        self.connection = connection
        self.server = server
    }

    private var world: World { server.world }
    private var cluster: ModelCluster { server.cluster }

    // MARK: To the client

    func sendInfo() {
        largestAnnouncedPayload = max(largestAnnouncedPayload, server.maximumPayload)
        send(Array(server.info(for: self).utf8))
    }

    /// - Returns: the position behind these bytes in the stream to this client.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Int {
        guard !isClosed, !closesBehindOutbox else { return .max }
        outbox += bytes
        let end = writtenBytes + outbox.count
        pump()
        if outbox.count > server.maximumPendingBytes { slowConsumer() }
        return end
    }

    private func slowConsumer() {
        note("slow consumer")
        outbox.removeAll()
        close(nil)
    }

    private func pump() {
        let count = min(outbox.count, connection.room)
        if count > 0 {
            connection.write(Array(outbox.prefix(count)))
            outbox.removeFirst(count)
            writtenBytes += count
        }
        if closesBehindOutbox, outbox.isEmpty { finish() }
    }

    func connectionHasRoom() {
        if !outbox.isEmpty { pump() }
    }

    /// Says why, if there is a reason, and closes.
    func close(_ error: String?) {
        guard !isClosed, !closesBehindOutbox else { return }
        note("closes\(error.map { ": \($0)" } ?? "")")
        if let error { outbox += Array("-ERR '\(error)'\r\n".utf8) }
        closesBehindOutbox = true
        removeInterest()
        pump()
    }

    private func finish() {
        guard !isClosed else { return }
        isClosed = true
        server.forget(self)
        connection.closeByServer()
    }

    private func note(_ text: @autoclosure () -> String) {
        world.trace.note(world.nowNanoseconds, "\(server.name) client \(id): \(text())")
    }

    // MARK: From the client

    func connectionDidEnd() {
        guard !isClosed else { return }
        isClosed = true
        if parser.unparsed > 0 { note("went with \(parser.unparsed) bytes of a frame") }
        removeInterest()
        server.forget(self)
    }

    private func removeInterest() {
        for subscription in subscriptions.values { cluster.interest.remove(subscription) }
        subscriptions = [:]
    }

    func connectionDidReceive(_ bytes: [UInt8]) {
        guard !isClosed, !closesBehindOutbox else { return }
        parser.append(bytes)
        do {
            while !isClosed, !closesBehindOutbox,
                let frame = try parser.next(maximumPayload: server.maximumPayload)
            {
                handle(frame)
            }
        } catch {
            cluster.oracle?.serverSawMalformedFrame("\(error)")
            close("Unknown Protocol Operation")
        }
    }

    private func handle(_ frame: ClientFrame) {
        if !isIntroduced {
            guard case .connect(let json) = frame else {
                cluster.oracle?.serverSawMalformedFrame("\(frame) before CONNECT")
                return close("Authorization Violation")
            }
            return introduce(json)
        }
        switch frame {
        case .connect: break
        case .ping: send(Array("PONG\r\n".utf8))
        case .pong: pingsOutstanding = 0
        case .publish(let subject, let reply, let headerCount, let body):
            publish(subject, reply, headerCount, body)
        case .subscribe(let subject, let queueGroup, let sid): subscribe(subject, queueGroup, sid)
        case .unsubscribe(let sid, let maximum): unsubscribe(sid, maximum)
        }
    }

    private func introduce(_ json: [UInt8]) {
        let text = String(decoding: json, as: UTF8.self)
        if let token = server.token, !text.contains("\"auth_token\":\"\(token)\"") {
            return close("Authorization Violation")
        }
        isIntroduced = true
        name = text.contains("\"name\":\"client\"") ? "client" : "witness"
        wantsNoResponders = text.contains("\"no_responders\":true")
        echo = !text.contains("\"echo\":false")
        note("introduced")
    }

    private func publish(_ subject: String, _ reply: String?, _ headerCount: Int, _ body: [UInt8]) {
        guard body.count <= server.maximumPayload else {
            // It may have been on its way when the limit shrank.
            if body.count > largestAnnouncedPayload {
                cluster.oracle?.serverSawTooLargePayload(body.count, largestAnnouncedPayload)
            }
            return close("Maximum Payload Violation")
        }
        cluster.oracle?.serverReceived(body: body, subject: subject, by: self)
        if cluster.isPublishDenied(subject) {
            send(Array("-ERR 'Permissions Violation for Publish to \"\(subject)\"'\r\n".utf8))
            return
        }
        let message = ModelMessage(subject: subject, reply: reply, headerCount: headerCount, body: body)
        let hasInterest = cluster.route(message, from: self, echo: echo)
        if !hasInterest, let reply, wantsNoResponders { sendNoResponders(to: reply) }
    }

    /// Source: `sendNoRespondersReply` of `server/client.go`.
    private func sendNoResponders(to reply: String) {
        let header = "NATS/1.0 503\r\n\r\n"
        for subscription in cluster.interest.matches(reply) where subscription.client === self {
            deliver(
                ModelMessage(subject: reply, reply: nil, headerCount: header.utf8.count, body: Array(header.utf8)),
                to: subscription)
        }
    }

    private func subscribe(_ subject: String, _ queueGroup: String?, _ sid: String) {
        if cluster.isSubscribeDenied(subject) {
            send(Array("-ERR 'Permissions Violation for Subscription to \"\(subject)\"'\r\n".utf8))
            return
        }
        guard subscriptions[sid] == nil else {
            cluster.oracle?.serverSawMalformedFrame("a second SUB with the sid \(sid)")
            return
        }
        let subscription = ModelSubscription(subject: subject, queueGroup: queueGroup, sid: sid, client: self)
        subscriptions[sid] = subscription
        cluster.interest.insert(subscription)
    }

    /// Source: `processUnsub` of `server/client.go`: a maximum that is reached already ends it at once.
    private func unsubscribe(_ sid: String, _ maximum: Int?) {
        guard let subscription = subscriptions[sid] else { return }
        if let maximum, maximum > subscription.delivered {
            subscription.maximum = maximum
        } else {
            end(subscription)
        }
    }

    private func end(_ subscription: ModelSubscription) {
        subscriptions[subscription.sid] = nil
        cluster.interest.remove(subscription)
    }

    // MARK: Delivery

    func deliver(_ message: ModelMessage, to subscription: ModelSubscription) {
        guard !isClosed, !closesBehindOutbox, subscriptions[subscription.sid] === subscription else { return }
        subscription.delivered += 1
        if let maximum = subscription.maximum, subscription.delivered >= maximum { end(subscription) }
        let end = send(message.frame(sid: subscription.sid))
        cluster.oracle?.serverSent(body: message.body, to: subscription, endingAt: end)
    }

    // MARK: Liveness

    func checkLiveness() {
        guard isIntroduced, !isClosed else { return }
        guard pingsOutstanding < 2 else { return close("Stale Connection") }
        pingsOutstanding += 1
        send(Array("PING\r\n".utf8))
    }
}

/// A message on its way through the servers.
struct ModelMessage {
    let subject: String
    let reply: String?
    let headerCount: Int
    let body: [UInt8]

    func frame(sid: String) -> [UInt8] {
        let replyText = reply.map { " \($0)" } ?? ""
        let line =
            headerCount > 0
            ? "HMSG \(subject) \(sid)\(replyText) \(headerCount) \(body.count)\r\n"
            : "MSG \(subject) \(sid)\(replyText) \(body.count)\r\n"
        return Array(line.utf8) + body + [13, 10]
    }
}
