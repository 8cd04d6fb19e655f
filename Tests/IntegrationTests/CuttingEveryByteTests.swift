import NATSClient
import TestSupport
import Testing

/// A real server behind a proxy that cuts the connection after byte k of a mixed script (PUB, HPUB, SUB with a queue
/// group, UNSUB with a maximum, requests, flush), for every k of both directions. Pain points P1, P2, P17, P41.
///
/// After each cut the client reconnects; nothing is damaged or doubled, the account is exact, and the server never
/// meets bytes that it doesn't understand. Every seventh cut is a reset, the others are a FIN.
@Suite(.timeLimit(.minutes(5)), .serialized) struct CuttingEveryByteTests {
    @Test(arguments: CuttingBackend.available, CuttingProxy.Direction.allCases)
    func aConnectionCutAtAnyByteLosesNothingUnaccounted(
        backend: CuttingBackend, direction: CuttingProxy.Direction
    ) async throws {
        try await withNATSServer(.with { $0.isTraceLogged = true }) { server in
            let witness = try await CuttingWitness(url: server.url, backend: backend)
            let uncut = CuttingRound(backend: backend, witness: witness, serverPort: server.port, number: 0)
            let whole = try await uncut.run([])
            #expect(whole.defects.isEmpty, "without a cut: \(whole.defects)")
            let length = direction == .clientToServer ? whole.outboundBytes : whole.inboundBytes
            #expect(length > 500)
            var appliedCount = 0
            // A few more: the client's number in INFO grows.
            for offset in 0...(length + 8) {
                let round = CuttingRound(
                    backend: backend, witness: witness, serverPort: server.port, number: offset + 1)
                let effect: CuttingProxy.Effect = offset % 7 == 0 ? .reset : .finish
                let outcome = try await withDeadline(.seconds(20), "the cut after byte \(offset)") {
                    try await round.run([CuttingProxy.Cut(direction, afterBytes: offset, effect)])
                }
                appliedCount += outcome.cutCount
                let defects = outcome.defects
                #expect(defects.isEmpty, "cut after byte \(offset), \(effect)")
                if !defects.isEmpty { break }
            }
            #expect(appliedCount >= length)
            #expect(server.parseErrors == [])
            await witness.nats.close()
        }
    }
}
