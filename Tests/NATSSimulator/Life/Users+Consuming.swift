import NATSClient

extension Users {
    /// Takes what comes for a subscription to its end. Some consumers are slow; some are restless: they are cancelled in between,
    /// and another one goes on with the next message.
    func consume(_ subscription: Subscription, _ name: String) {
        let dice = world.dice(name)
        let isSlow = dice.isOne(in: 6)
        let isRestless = dice.isOne(in: 2)
        consumers.append(
            drama.spawn { [self] in
                guard isRestless else {
                    _ = await take(subscription, name, isSlow ? dice : nil)
                    return
                }
                let isOver = WaitingCall()
                while !isOver.hasEnded {
                    let consumer = drama.spawn { [self] in
                        isOver.hasEnded = await take(subscription, name, isSlow ? dice : nil)
                    }
                    restless.append(consumer)
                    world.after(dice.pick(0...2_000_000_000)) { consumer.cancel() }
                    await consumer.value
                }
            })
    }

    /// - Returns: whether the sequence is over; otherwise the task was cancelled.
    private func take(_ subscription: Subscription, _ name: String, _ slowness: Dice?) async -> Bool {
        do {
            while let message = try await subscription.next() {
                oracle.consumerGot(message.payload.bytes, by: name, to: subscription.subject)
                if let slowness, !drama.isCalm { await world.sleep(nanoseconds: slowness.skewed(upTo: 1_000_000_000)) }
            }
        } catch is CancellationError {
            return false
        } catch {
            refused.insert(name)
            oracle.check(drama.isLimited || mayEndByItself, "\(name) ended: \(error)")
        }
        return true
    }

    /// Cancels consumers just when they are woken for a message: it comes to this subscription, too, and to this one first.
    func meddle() async {
        guard let subscription = try? await nats.subscribe("*.*") else { return }
        consumers.append(
            drama.spawn { [self] in
                while (try? await subscription.next()) != nil {
                    for consumer in restless { consumer.cancel() }
                    restless.removeAll()
                }
            })
    }

    /// Takes messages slower than they come, with room for a few. What isn't delivered is counted.
    func subscribeAndDawdle(_ row: Int, _ dice: Dice) async {
        var limits = SubscriptionLimits(messages: Int(dice.pick(1...8)), bytes: Int(dice.pick(200...20_000)))
        if dice.isOne(in: 2) { limits.overflow = .dropOldest }
        guard let subscription = try? await nats.subscribe("kept.*", limits: limits) else { return }
        let name = "\(client) dawdling \(row).\(world.nowNanoseconds)"
        var taken: UInt64 = 0
        for _ in 0..<Int(dice.pick(1...6)) {
            await world.sleep(nanoseconds: dice.pick(0...500_000_000))
            guard let message = try? await subscription.next(timeout: .milliseconds(Int(dice.pick(0...200)))) else { continue }
            taken += 1
            oracle.consumerGot(message.payload.bytes, by: name, to: subscription.subject)
        }
        let counts = subscription.statistics
        let sum = taken + counts.droppedMessages + UInt64(counts.pendingMessages)
        oracle.check(counts.received == sum, "\(name): received \(counts.received), but \(sum) were taken, dropped or wait")
        let hasRoom = counts.pendingMessages > 0 || counts.pendingBytes == 0
        oracle.check(hasRoom, "\(name): \(counts.pendingBytes) bytes of no message wait")
        subscription.unsubscribe()
    }
}
