import NATSClient
import TestSupport
import Testing

/// As `CuttingEveryByteTests`, through TLS and WebSocket: handshakes, records, frames and masks are cut too. Not after every byte,
/// but after many in each part, so that it takes seconds.
@Suite(.timeLimit(.minutes(5)), .serialized) struct CuttingTransportTests {
    @Test(
        arguments: CuttingBackend.available,
        [CuttingTransport.tls, .webSocket, .secureWebSocket].flatMap { transport in
            CuttingProxy.Direction.allCases.map { (transport, $0) }
        })
    func aConnectionCutAnywhereLosesNothingUnaccounted(
        backend: CuttingBackend, place: (transport: CuttingTransport, direction: CuttingProxy.Direction)
    ) async throws {
        let (transport, direction) = place
        try await withNATSServer(transport.serverOptions()) { server in
            let witness = try await CuttingWitness(url: server.url, backend: backend)
            @Sendable func round(_ number: Int) -> CuttingRound {
                CuttingRound(
                    backend: backend, transport: transport, witness: witness, serverPort: transport.port(server),
                    number: number)
            }
            let whole = try await round(0).run([])
            #expect(whole.defects.isEmpty, "without a cut: \(whole.defects)")
            let length = direction == .clientToServer ? whole.outboundBytes : whole.inboundBytes
            #expect(length > 500)
            var appliedCount = 0
            // A step that is no multiple of a frame's or a record's size.
            let offsets = Array(stride(from: 0, to: length, by: 17))
            for (index, offset) in offsets.enumerated() {
                let effect: CuttingProxy.Effect = index % 3 == 0 ? .reset : .finish
                let outcome = try await withDeadline(.seconds(20), "the cut after byte \(offset)") {
                    try await round(index + 1).run([CuttingProxy.Cut(direction, afterBytes: offset, effect)])
                }
                appliedCount += outcome.cutCount
                let defects = outcome.defects
                #expect(defects.isEmpty, "cut after byte \(offset), \(effect)")
                if !defects.isEmpty { break }
            }
            // The sizes of handshakes differ by some bytes.
            #expect(appliedCount >= offsets.count * 9 / 10)
            #expect(server.parseErrors == [])
            await witness.nats.close()
        }
    }
}
