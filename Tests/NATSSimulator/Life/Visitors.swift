import NATSClient
import NATSProtocol
import Reactor

/// Clients that come in the middle of a life, in whatever weather, and go soon. Some change their mind while they connect.
enum Visitors {
    static func begin(_ drama: Drama) -> Task<Void, Never> {
        let dice = drama.world.dice("visitors")
        let count = dice.isOne(in: 2) ? dice.below(4) : 0
        return drama.spawn {
            for number in 0..<count {
                let dice = drama.world.dice("visitor", number)
                await drama.world.sleep(nanoseconds: dice.skewed(upTo: 4_000_000_000))
                guard drama.world.takes("visitor", number, "comes") else { continue }
                await visit("v\(number)", dice, drama)
            }
        }
    }

    private static func visit(_ name: String, _ dice: Dice, _ drama: Drama) async {
        let changesItsMind = dice.isOne(in: 4)
        let task = drama.spawn { await stay(name, drama, dice) }
        if changesItsMind {
            await drama.world.sleep(nanoseconds: dice.skewed(upTo: 3_000_000_000))
            task.cancel()
        }
        await task.value
    }

    private static func stay(_ name: String, _ drama: Drama, _ dice: Dice) async {
        let oracle = drama.oracle
        let retries = dice.isOne(in: 2)
        do {
            let client = try await SimulatedClient.connect(name, drama, users: 1...2, acts: 1...10) { options in
                options.reconnect.retriesFirstConnect = retries
                if retries { options.reconnect.firstConnectTimeout = .seconds(20) }
                if dice.isOne(in: 4) { options.reconnect.isEnabled = false }
                // Nobody here speaks TLS.
                if dice.isOne(in: 6) {
                    options.tls = TLSConfiguration(
                        verification: .dangerouslyAcceptAnyCertificate, handshakeFirst: dice.isOne(in: 2))
                }
                if dice.isOne(in: 4) { options.reconnect.maximumAttempts = 1 + dice.below(3) }
                if dice.isOne(in: 4) { options.reconnect.givesUpOnRepeatedAuthenticationFailure = true }
            }
            await client.end(dice, isCalm: false)
        } catch {
            oracle.check(error is NATSError || error is CancellationError, "\(name): connect threw \(error)")
        }
    }
}
