import NATSProtocol

/// What a server does with what a client says. Source: `server/client.go` of nats-server.
extension ModelClient {
    func handle(_ frame: ClientFrame) {
        note("hears \(frame)")
        guard let introduction else {
            if case .pong = frame, greeting == .pingBehindInfo { return }
            guard case .connect(let json) = frame, server.accepts(Introduction(json: json)) else {
                if case .connect = frame {} else { cluster.oracle?.serverSawMalformedFrame("\(frame) before CONNECT") }
                return close("Authorization Violation")
            }
            return introduce(Introduction(json: json))
        }
        switch frame {
        case .connect(let json): introduce(Introduction(json: json))
        case .ping: answerPing()
        case .pong: pingsOutstanding = 0
        case .ignored: break
        case .publish(let subject, let reply, let headerCount, let body):
            publish(ModelMessage(subject: subject, reply: reply, headerCount: headerCount, body: body), introduction)
        case .subscribe(let subject, let queueGroup, let sid):
            if introduction.verbose { send("+OK\r\n") }
            // The +OK may have been the byte too many for a slow client.
            if !isGone { subscribe(subject, queueGroup, sid) }
        case .unsubscribe(let sid, let maximum):
            if introduction.verbose { send("+OK\r\n") }
            unsubscribe(sid, maximum)
        }
    }

    private func introduce(_ introduction: Introduction) {
        if introduction.noResponders, !introduction.headers { return close("no responders requires headers support") }
        let isFirst = self.introduction == nil
        self.introduction = introduction
        connection.wasIntroduced = true
        if introduction.verbose { send("+OK\r\n") }
        guard isFirst else { return }
        note("introduced as '\(introduction.name)'")
        cluster.oracle?.clientIntroducedItself(self)
        if let jwt = introduction.jwt, let end = cluster.issuer.expiry(of: jwt) {
            world.after(end > world.trueWallNanoseconds ? end - world.trueWallNanoseconds : 0) { [weak self] in
                self?.close("User Authentication Expired")
            }
        }
    }

    /// The first answer is followed by what the server knows of this connection.
    private func answerPing() {
        send("PONG\r\n")
        guard !wasDescribed, introduction?.protocolVersion == 1 else { return }
        wasDescribed = true
        sendInfo(describing: true)
    }

    private func publish(_ message: ModelMessage, _ introduction: Introduction) {
        if message.headerCount > 0, !introduction.headers { return close(nil) }
        if introduction.verbose { send("+OK\r\n") }
        cluster.oracle?.serverReceived(message, by: self)
        if !Subject.isValid(message.subject, allowsWildcards: false) { return send("-ERR 'Invalid Publish Subject'\r\n") }
        if cluster.isPublishDenied(message.subject) {
            return send("-ERR 'Permissions Violation for Publish to \"\(message.subject)\"'\r\n")
        }
        let hasInterest = cluster.route(message, from: self, echo: introduction.echo)
        if !hasInterest, let reply = message.reply, introduction.noResponders {
            sendNoResponders(to: reply, of: message.subject)
        }
    }

    /// Source: `sendNoRespondersReply`.
    private func sendNoResponders(to reply: String, of subject: String) {
        let header = "NATS/1.0 503\r\nNats-Subject: \(subject)\r\n\r\n"
        for subscription in cluster.interest.matches(reply) where subscription.client === self {
            return deliver(
                ModelMessage(subject: reply, reply: nil, headerCount: header.utf8.count, body: Array(header.utf8)),
                to: subscription)
        }
    }

    private func subscribe(_ subject: String, _ queueGroup: String?, _ sid: String) {
        if !Subject.isValid(subject, allowsWildcards: true) { return send("-ERR 'Invalid Subject'\r\n") }
        if cluster.isSubscribeDenied(subject) {
            let group = queueGroup.map { " using queue \"\($0)\"" } ?? ""
            return send("-ERR 'Permissions Violation for Subscription to \"\(subject)\"\(group)'\r\n")
        }
        if let limit = server.settings.maximumSubscriptions, subscriptions.count >= limit {
            return send("-ERR 'maximum subscriptions exceeded'\r\n")
        }
        guard subscriptions[sid] == nil else {
            cluster.oracle?.serverSawMalformedFrame("a second SUB with the sid \(sid)")
            return
        }
        let subscription = ModelSubscription(subject: subject, queueGroup: queueGroup, sid: sid, client: self)
        subscriptions[sid] = subscription
        cluster.interest.insert(subscription)
    }

    /// Source: `processUnsub`: a maximum that is reached already ends it at once.
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

    func deliver(_ message: ModelMessage, to subscription: ModelSubscription) {
        guard !isGone, subscriptions[subscription.sid] === subscription else { return }
        subscription.delivered += 1
        if let maximum = subscription.maximum, subscription.delivered >= maximum { end(subscription) }
        let end = send(message.frame(sid: subscription.sid))
        if end != .max { cluster.oracle?.serverSent(message, to: subscription, endingAt: end) }
    }
}

/// A message on its way through the servers.
struct ModelMessage {
    let subject: String
    let reply: String?
    let headerCount: Int
    /// Headers and payload.
    let body: [UInt8]

    var payload: ArraySlice<UInt8> { body.dropFirst(headerCount) }

    func frame(sid: String) -> [UInt8] {
        let replyText = reply.map { " \($0)" } ?? ""
        let line =
            headerCount > 0
            ? "HMSG \(subject) \(sid)\(replyText) \(headerCount) \(body.count)\r\n"
            : "MSG \(subject) \(sid)\(replyText) \(body.count)\r\n"
        return Array(line.utf8) + body + [13, 10]
    }
}

extension Subject {
    /// Whether a server takes it.
    static func isValid(_ subject: String, allowsWildcards: Bool) -> Bool {
        let tokens = subject.split(separator: ".", omittingEmptySubsequences: false)
        for (index, token) in tokens.enumerated() {
            if token.isEmpty { return false }
            if token == ">", !allowsWildcards || index < tokens.count - 1 { return false }
            if token == "*", !allowsWildcards { return false }
        }
        return true
    }
}
