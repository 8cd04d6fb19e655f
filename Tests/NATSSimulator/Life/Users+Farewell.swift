import NATSClient

/// What users do at the end of a life.
extension Users {
    /// - Returns: its name, if it was accepted.
    @discardableResult
    func publishSmall(to subject: String = "kept.0", padding: Int = 0) -> String? {
        let name = nextName(95)
        do {
            try nats.publish(subject, Array((name + " ").utf8) + [UInt8](repeating: 120, count: padding))
            oracle.publishWasAccepted(name)
            return name
        } catch {
            oracle.publishWasRefused(name)
            return nil
        }
    }

    /// Calls that only the end of the connection can end.
    func beginCallsThatWait() -> [WaitingCall] {
        let request = WaitingCall()
        let name = nextName(94)
        _ = drama.spawn { [self] in
            // Nobody who subscribes to it answers.
            let reply = try? await nats.request("kept.0", Array((name + " ").utf8), timeout: .seconds(600))
            oracle.requestEnded(name, isAccepted: reply != nil)
            request.hasEnded = true
        }
        let next = WaitingCall()
        _ = drama.spawn { [self] in
            if let subscription = try? await nats.subscribe("nothing", confirmed: false) { _ = try? await subscription.next() }
            next.hasEnded = true
        }
        return [request, next]
    }
}
