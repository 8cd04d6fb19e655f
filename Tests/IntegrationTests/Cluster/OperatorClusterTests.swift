import NATSClient
import TestSupport
import Testing

@Suite("Operator mode in a cluster") struct OperatorClusterTests {
    @Test("a user with credentials is let in by every member, each with a nonce of its own", arguments: Backend.tested)
    func moves(_ backend: Backend) async throws {
        let mode = try OperatorMode()
        let user = try NKey.generate(.user)
        let text = try OperatorMode.credentials(jwt: mode.userJWT(user), user)
        try await withClusterBench(backend, mode.serverOptions()) { bench, cluster in
            let nats = try await bench.connect(cluster[0].url) { $0.authentication = .credentials(text: text) }
            let log = EventLog(nats)
            let subscription = try await nats.subscribe("n")
            for round in 1...2 {
                let server = try #require(cluster.server(at: nats.connectedServer))
                server.kill()
                try await eventually("moved") { log.matching { $0.isReconnected }.count == round }
                try await nats.publish("n", "\(round)")
                #expect(try await subscription.required().string == "\(round)")
            }
            #expect(log.matching { $0.failedAttempt }.allSatisfy { $0.code != .authenticationFailed })
        }
    }

    @Test("accounts stay apart over routes", arguments: Backend.tested)
    func accounts(_ backend: Backend) async throws {
        let (mode, other) = (try OperatorMode(), try NKey.generate(.account))
        let options = try mode.serverOptions(alsoKnowing: other)
        let (user, stranger) = (try NKey.generate(.user), try NKey.generate(.user))
        let credentials = try OperatorMode.credentials(jwt: mode.userJWT(user), user)
        let strangers = try OperatorMode.credentials(jwt: mode.userJWT(stranger, of: other), stranger)
        try await withClusterBench(backend, of: 2, options) { bench, cluster in
            let first = try await bench.connect(cluster[0].url) { $0.authentication = .credentials(text: credentials) }
            let second = try await bench.connect(cluster[0].url) { $0.authentication = .credentials(text: strangers) }
            let (ours, theirs) = (try await first.subscribe("n"), try await second.subscribe("n"))
            try await cluster.awaitInterest(in: "n", of: cluster[0])
            let publisher = try await bench.connect(cluster[1].url) { $0.authentication = .credentials(text: credentials) }
            let theirPublisher = try await bench.connect(cluster[1].url) {
                $0.authentication = .credentials(text: strangers)
            }
            // The two accounts have each their own interest; a message that arrives shows that of its account.
            try await eventually("the interest is known") {
                try await publisher.publish("n", "a")
                try await theirPublisher.publish("n", "b")
                return ours.statistics.received > 0 && theirs.statistics.received > 0
            }
            for subscription in [(ours, "a"), (theirs, "b")] {
                subscription.0.unsubscribe()
                let texts = try await subscription.0.remainder()
                #expect(texts.allSatisfy { $0 == subscription.1 })
            }
        }
    }
}
