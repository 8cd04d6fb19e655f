import NATSClient

/// What users do that must be refused, and what they leave undone at the end.
extension Users {
    /// Whoever asks for a confirmation is told; the connection lives on.
    func subscribeWithoutPermission() async {
        let start = world.nowNanoseconds
        do {
            _ = try await nats.subscribe("denied.sub")
            oracle.check(false, "a subscription was confirmed that the server has refused")
        } catch let error as NATSError {
            let isTold = error.code == .permissionViolation
            let tookLong = world.nowNanoseconds - start > 4_000_000_000
            oracle.check(isTold || tookLong || error.code != .timedOut, "a refused subscription timed out")
        } catch {
            oracle.check(false, "a refused subscription ended by \(error)")
        }
    }

    func publishWithoutPermission() {
        let name = nextName(97)
        do {
            try nats.publish("denied.pub", Array((name + " ").utf8))
            oracle.publishWasAccepted(name)
        } catch {
            oracle.publishWasRefused(name)
        }
    }

    /// - Returns: its name, if it was accepted.
    @discardableResult
    func publishSmall(padding: Int = 0) -> String? {
        let name = nextName(99)
        do {
            try nats.publish("kept.0", Array((name + " ").utf8) + [UInt8](repeating: 120, count: padding))
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
        let name = nextName(98)
        _ = spawn { [self] in
            // Its one subscriber doesn't answer.
            let reply = try? await nats.request("kept.0", Array((name + " ").utf8), timeout: .seconds(600))
            oracle.requestEnded(name, isAccepted: reply != nil)
            request.hasEnded = true
        }
        let next = WaitingCall()
        _ = spawn { [self] in
            if let subscription = try? await nats.subscribe("nothing", confirmed: false) { _ = try? await subscription.next() }
            next.hasEnded = true
        }
        return [request, next]
    }
}
