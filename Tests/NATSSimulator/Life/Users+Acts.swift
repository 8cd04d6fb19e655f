import NATSClient
import Reactor

/// What a user can do. The first four are what most users do most of the time.
enum Act: CaseIterable {
    case publish, publishSuspending, request, flush
    case publishHeaders, publishDenied, requestDenied, requestNobody, subscribeDenied
    case subscribeForAWhile, subscribeForACount, keepSubscription, subscribeInline, subscribeAndDawdle, cancelSomething
    case reconnect, setServers, roundTrip
}

extension Users {
    func perform(_ act: Act, _ row: Int, _ dice: Dice) async {
        switch act {
        case .publish: publish(row, dice)
        case .publishSuspending: await publishSuspending(row, dice)
        case .publishHeaders: await publishSuspending(row, dice, headers: ["a": "b", "long": String(repeating: "h", count: 300)])
        case .publishDenied: publish(row, dice, to: "denied.pub.\(row)")
        case .request: await request(row, dice)
        case .requestDenied: await requestDenied(row, dice)
        case .requestNobody: await requestNobody(row, dice)
        case .flush: await flush(dice)
        case .subscribeDenied: await subscribeDenied(dice)
        case .subscribeForAWhile: await subscribeForAWhile(row, dice)
        case .subscribeForACount: await subscribeForACount(row, dice)
        case .subscribeInline: await subscribeInline(row, dice)
        case .subscribeAndDawdle: await subscribeAndDawdle(row, dice)
        case .keepSubscription: await keepSubscription(dice)
        case .cancelSomething: await cancelSomething(row, dice)
        case .reconnect:
            if dice.isOne(in: 3) {
                oracle.leaves(client)
                try? await nats.reconnect()
            }
        case .setServers: if dice.isOne(in: 3) { setServers(drama.urls(for: "\(client) \(row)")) }
        case .roundTrip: _ = try? await nats.roundTripTime()
        }
    }

    /// Runs a call that must have ended after so much time.
    private func within<Result>(_ nanoseconds: UInt64, _ what: String, _ body: () async -> Result) async -> Result {
        let call = oracle.calls.began("\(client): \(what)", nanoseconds: nanoseconds)
        let result = await body()
        if let late = oracle.calls.ended(call) { oracle.check(false, late) }
        return result
    }

    private func subject(_ dice: Dice) -> String { "kept.\(dice.below(8))" }

    // MARK: Publishing

    private func publish(_ row: Int, _ dice: Dice, to subject: String? = nil) {
        let name = nextName(row)
        do {
            try nats.publish(subject ?? self.subject(dice), body(name, dice))
            oracle.publishWasAccepted(name)
        } catch {
            oracle.publishWasRefused(name)
        }
    }

    private func publishSuspending(_ row: Int, _ dice: Dice, headers: Headers? = nil) async {
        let name = nextName(row)
        let (subject, body) = (subject(dice), body(name, dice))
        // The longest time that the options can name.
        await within(30_000_000_000, "publish of \(name)") {
            do {
                try await nats.publish(subject, body, headers: headers)
                oracle.publishWasAccepted(name)
            } catch {
                oracle.publishWasRefused(name)
            }
        }
    }

    // MARK: Requests

    private func request(_ row: Int, _ dice: Dice) async {
        let name = nextName(row)
        let payload = body(name, dice)
        let timeout = dice.pick(1...10_000)
        let mark = hasInbox ? losses.mark : nil
        await within(timeout * 1_000_000, "request \(name)") {
            do {
                let reply = try await nats.request("echo", payload, timeout: .milliseconds(Int(timeout)))
                oracle.requestEnded(name, isAccepted: true)
                hasInbox = true
                oracle.check(reply.payload.bytes == payload, "\(name) got the reply of another request")
            } catch {
                oracle.requestEnded(name, isAccepted: false)
            }
        }
        if requestsFailOnDisconnect { losses.callEnded(begunAt: mark, "request \(name)") }
    }

    private func requestDenied(_ row: Int, _ dice: Dice) async {
        let name = nextName(row)
        let payload = body(name, dice)
        await within(3_000_000_000, "denied request \(name)") {
            let reply = try? await nats.request("denied.pub.\(row)", payload, timeout: .seconds(3))
            oracle.requestEnded(name, isAccepted: false)
            oracle.check(reply == nil, "\(name) was denied, and answered")
        }
    }

    private func requestNobody(_ row: Int, _ dice: Dice) async {
        let payload: [UInt8] = Array("nobody reads this".utf8)
        // A row of its own: others of the same user are publishes, and no order is promised between tasks.
        let name = nextName(200 + row)
        await within(3_000_000_000, "request to nobody") {
            let reply = try? await nats.request("nobody", Array("\(name) ".utf8) + payload, timeout: .seconds(3))
            oracle.requestEnded(name, isAccepted: false)
            oracle.check(reply == nil, "nobody answered")
        }
    }

    private func flush(_ dice: Dice) async {
        let timeout = dice.pick(1...10_000)
        let (mark, promised) = (losses.mark, oracle.accepted)
        let isFlushed = await within(timeout * 1_000_000, "flush") {
            (try? await nats.flush(timeout: .milliseconds(Int(timeout)))) != nil
        }
        if isFlushed { oracle.checkFlush(promised, of: client, nats.statistics) }
        losses.callEnded(begunAt: mark, "flush")
    }

    private func setServers(_ list: [String]) {
        guard (try? nats.setServers(list)) != nil else { return }
        urls = list
    }

    /// Whatever it waits for, a cancelled call ends at once.
    private func cancelSomething(_ row: Int, _ dice: Dice) async {
        let kind = dice.below(4)
        let task = drama.spawn { [self] in
            switch kind {
            case 0: await request(row, dice)
            case 1: await flush(dice)
            case 2: await publishSuspending(row, dice)
            default: await subscribeForAWhile(row, dice)
            }
        }
        await world.sleep(nanoseconds: world.dice("\(client) cancel", row).skewed(upTo: 300_000_000))
        task.cancel()
        await within(0, "cancelled call") { await task.value }
    }

    // MARK: Subscriptions

    /// A server takes it from nobody, and says so.
    private func subscribeDenied(_ dice: Dice) async {
        let group = dice.isOne(in: 2) ? "group" : nil
        await within(5_000_000_000, "denied subscribe") {
            let subscription = try? await nats.subscribe("denied.sub.\(dice.below(3))", queueGroup: group)
            oracle.check(subscription == nil, "\(client): a subscription that the server denies was confirmed")
        }
    }

    private func subscribe(_ subject: String, _ group: String? = nil, confirmed: Bool = true) async -> Subscription? {
        await within(5_000_000_000, "subscribe to \(subject)") {
            try? await nats.subscribe(subject, queueGroup: group, confirmed: confirmed)
        }
    }

    private func subscribeForAWhile(_ row: Int, _ dice: Dice) async {
        let group = dice.isOne(in: 3) ? "group" : nil
        guard let subscription = await subscribe("*.\(row)", group, confirmed: dice.isOne(in: 2)) else { return }
        let name = "\(client) passing \(row).\(world.nowNanoseconds)"
        for _ in 0..<Int(dice.pick(0...3)) {
            let wait = dice.pick(0...500)
            let message = await within(wait * 1_000_000, "next of \(name)") {
                try? await subscription.next(timeout: .milliseconds(Int(wait)))
            }
            guard let message else { break }
            oracle.consumerGot(message.payload.bytes, by: name, to: subscription.subject)
        }
        switch dice.below(3) {
        case 0: subscription.unsubscribe()
        case 1:
            let timeout = dice.pick(1...2_000)
            await within(timeout * 1_000_000, "drain of \(name)") {
                try? await subscription.drain(timeout: .milliseconds(Int(timeout)))
            }
        default: break
        }
        subscription.unsubscribe()
    }

    /// Ends by itself after so many messages, counted from its beginning, whatever happens to the connection.
    private func subscribeForACount(_ row: Int, _ dice: Dice) async {
        let group = dice.isOne(in: 2) ? "group" : nil
        guard let subscription = await subscribe("*.\(row)", group) else { return }
        let wanted = Int(dice.pick(1...5))
        // What has arrived by now is delivered all the same.
        let limit = max(wanted, Int(subscription.statistics.received))
        subscription.unsubscribe(after: wanted)
        count(subscription, "\(client) counting \(row).\(world.nowNanoseconds)", limit: limit)
    }

    private func subscribeInline(_ row: Int, _ dice: Dice) async {
        let name = "\(client) inline \(row).\(world.nowNanoseconds)"
        let subject = "*.\(row)"
        let subscription = await within(5_000_000_000, "inline subscribe") {
            try? await nats.subscribe(subject, confirmed: dice.isOne(in: 2)) { [oracle] message in
                oracle.consumerGot(message.bytes.copied, by: name, to: subject)
            }
        }
        await world.sleep(nanoseconds: dice.skewed(upTo: 1_000_000_000))
        subscription?.unsubscribe()
    }
}
