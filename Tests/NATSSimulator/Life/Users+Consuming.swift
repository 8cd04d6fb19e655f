import NATSClient

extension Users {
    /// Takes what comes for a subscription to its end. Some consumers are restless: they are cancelled in between, and another
    /// one goes on with the next message.
    func consume(_ subscription: Subscription, _ name: String) -> Task<Void, Never> {
        let isRestless = world.isOne(in: 2)
        return spawn { [self] in
            guard isRestless else {
                _ = await take(subscription, name)
                return
            }
            let isOver = WaitingCall()
            while !isOver.hasEnded {
                let consumer = spawn { [self] in isOver.hasEnded = await take(subscription, name) }
                restless.append(consumer)
                world.after(world.pick(0...2_000_000_000)) { consumer.cancel() }
                await consumer.value
            }
        }
    }

    /// Cancels consumers just when they are woken for a message: it comes to this subscription, too, and to this one first.
    func meddle() async {
        guard let subscription = try? await nats.subscribe("*.*") else { return }
        consumers.append(
            spawn { [self] in
                while (try? await subscription.next()) != nil {
                    for consumer in restless { consumer.cancel() }
                    restless.removeAll()
                }
            })
    }

    /// - Returns: whether the sequence is over; otherwise the task was cancelled.
    private func take(_ subscription: Subscription, _ name: String) async -> Bool {
        do {
            while let message = try await subscription.next() {
                if let text = Oracle.name(of: message.payload.bytes) { oracle.consumerGot(text, by: name) }
            }
        } catch is CancellationError {
            return false
        } catch {
            oracle.check(false, "\(name) ended: \(error)")
        }
        return true
    }

    /// Takes messages slower than they come, with room for a few. What isn't delivered is counted.
    func subscribeAndDawdle(_ row: Int) async {
        var limits = SubscriptionLimits(messages: Int(world.pick(1...8)), bytes: Int(world.pick(200...20_000)))
        if world.isOne(in: 2) { limits.overflow = .dropOldest }
        guard let subscription = try? await nats.subscribe("kept.*", limits: limits) else { return }
        let name = "dawdling \(row).\(world.nowNanoseconds)"
        var taken: UInt64 = 0
        for _ in 0..<Int(world.pick(1...6)) {
            await world.sleep(nanoseconds: world.pick(0...500_000_000))
            guard let message = try? await subscription.next(timeout: .milliseconds(Int(world.pick(0...200)))) else { continue }
            taken += 1
            if let text = Oracle.name(of: message.payload.bytes) { oracle.consumerGot(text, by: name) }
        }
        let counts = subscription.statistics
        let sum = taken + counts.droppedMessages + UInt64(counts.pendingMessages)
        oracle.check(counts.received == sum, "\(name): received \(counts.received), but \(sum) were taken, dropped or wait")
        let hasRoom = counts.pendingMessages > 0 || counts.pendingBytes == 0
        oracle.check(hasRoom, "\(name): \(counts.pendingBytes) bytes of no message wait")
        subscription.unsubscribe()
    }
}
