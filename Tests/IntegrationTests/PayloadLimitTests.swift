import NATSClient
import TestSupport
import Testing

@Suite("Payload limits") struct PayloadLimitTests {
    private static let small = NATSServerOptions.with { $0.maximumPayload = 2_000 }

    @Test("max_payload is exact, and counts headers", arguments: Backend.tested)
    func boundary(_ backend: Backend) async throws {
        try await withBench(backend, Self.small) { bench in
            let nats = try await bench.connect()
            #expect(nats.serverInfo?.maximumPayloadBytes == 2_000)
            let subscription = try await nats.subscribe("p")
            let publisher = try nats.publisher(for: "p")
            try await nats.publish("p", pattern(2_000))
            try publisher.publish(pattern(2_000))
            await expectError(.payloadTooLarge) { try await nats.publish("p", pattern(2_001)) }
            await expectError(.payloadTooLarge) { try nats.outbound.publish("p", pattern(2_001)) }
            await expectError(.payloadTooLarge) { try publisher.publish(pattern(2_001)) }
            await expectError(.payloadTooLarge) { try await nats.request("p", pattern(2_001)) }

            let headers: Headers = ["Trace": "abc"]
            let room = 2_000 - headers.wireByteCount
            try await nats.publish("p", pattern(room), headers: headers)
            let error = await expectError(.payloadTooLarge) {
                try await nats.publish("p", pattern(room + 1), headers: headers)
            }
            #expect(error?.message.contains("2000") == true)
            #expect(error?.isRetryable == false)
            try await nats.flush()
            #expect(try await subscription.required().payload.count == 2_000)
            #expect(try await subscription.required().payload.count == 2_000)
            #expect(try await Array(subscription.required().payload) == pattern(room))
            #expect(nats.statistics.publishesAccepted == 3)
            #expect(nats.statistics.reconnects == 0)
        }
    }

    @Test("a limit that the server lowers behind our back costs one reconnect, then counts", arguments: Backend.tested)
    func reload(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let log = EventLog(nats)
            try await nats.publish("p", pattern(5_000))
            try await nats.flush()
            // The server doesn't tell its clients; it closes the connection of the first who sends more.
            try await bench.server.reload { $0.maximumPayload = 1_000 }
            try await nats.publish("p", pattern(1_001))
            _ = try await log.first("reconnected") { $0.isReconnected }
            let report = try #require(log.matching { $0.disconnectReport }.first)
            #expect(report.cause.serverError?.kind == .maximumPayloadViolation)
            #expect(report.unconfirmed == 1)
            #expect(nats.serverInfo?.maximumPayloadBytes == 1_000)
            await expectError(.payloadTooLarge) { try await nats.publish("p", pattern(1_001)) }
            try await nats.publish("p", pattern(1_000))
            try await nats.flush()
        }
    }

    @Test("payloads around the sizes of our blocks and up to 1 MiB arrive whole", arguments: Backend.tested)
    func large(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("large")
            let sizes = [
                1, 4_095, 65_535, 65_536, 65_537, 131_071, 99_991, 7, 262_144 + 3, 524_287, (1 << 20) - 1, 1 << 20, 3,
            ]
            for (seed, size) in sizes.enumerated() { try await nats.publish("large", pattern(size, seed: seed)) }
            for (seed, size) in sizes.enumerated() {
                let message = try await subscription.required()
                #expect(Array(message.payload) == pattern(size, seed: seed), "size \(size)")
            }
        }
    }

    @Test("large payloads reach the inline handler and requests whole", arguments: Backend.tested)
    func largeInline(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let checksums = Recorder<[UInt8]>()
            try await nats.subscribe("mirror") { view in
                checksums.append(Array(copying: view.bytes))
                try? view.respond(view.bytes)
            }
            let payload = pattern(700_001)
            let reply = try await nats.request("mirror", payload)
            #expect(Array(reply.payload) == payload)
            #expect(checksums.all == [payload])
        }
    }
}

extension [UInt8] {
    init(copying bytes: Span<UInt8>) {
        self.init(capacity: bytes.count) { output in
            for index in bytes.indices { output.append(bytes[index]) }
        }
    }
}
