import NATSClient
import TestSupport
import Testing

/// A server that takes nothing: the cutting proxy reads no more after the handshake.
private func withStalledServer(
    _ backend: Backend, highWaterBytes: Int, whenFull: ConnectOptions.FullPolicy = .fail,
    publishTimeout: Duration = .seconds(30), _ body: @escaping @Sendable (NATSConnection) async throws -> Void
) async throws {
    try await withBench(backend) { bench in
        let proxy = try CuttingProxy(
            upstreamPort: bench.server.port, cuts: [[.init(.clientToServer, afterBytes: 1_000, .stall)]])
        defer { proxy.stop() }
        let nats = try await bench.connect("nats://127.0.0.1:\(proxy.port)") {
            $0.socket.sendBufferSize = 4_096
            $0.outbound.highWaterBytes = highWaterBytes
            $0.outbound.whenFull = whenFull
            $0.outbound.publishTimeout = publishTimeout
        }
        try await body(nats)
        nats.abort()
    }
}

extension PreparedPublisher {
    fileprivate func accepts(_ payload: [UInt8]) -> Bool {
        do throws(NATSError) {
            try publish(payload)
            return true
        } catch {
            #expect(error.code == .outboundFull)
            return false
        }
    }
}

@Suite("Backpressure") struct BackpressureTests {
    private static let payload = pattern(1_000)

    /// Publishes until it fails or is cancelled; counts what was accepted.
    private static func publish(_ nats: NATSConnection, _ accepted: Counter) -> Task<Void, any Error> {
        Task {
            while true {
                try await nats.publish("full", payload)
                accepted.increase()
            }
        }
    }

    @Test("the synchronous form throws outboundFull, exactly at the high-water mark", arguments: Backend.tested)
    func fails(_ backend: Backend) async throws {
        try await withStalledServer(backend, highWaterBytes: 100_000) { nats in
            let publisher = try nats.publisher(for: "full")
            var accepted: UInt64 = 0
            let frame = "PUB full 1000\r\n".utf8.count + 1_002
            let large = pattern(99_000)
            // The kernel goes on taking some for a while.
            try await eventually("full to the brim") {
                while publisher.accepts(Self.payload) { accepted += 1 }
                let statistics = nats.statistics
                #expect(statistics.pendingBytes <= 100_000)
                guard statistics.pendingBytes > 100_000 - frame else { return false }
                do {
                    try nats.outbound.publish("full", large)
                    accepted += 1
                    return false
                } catch {
                    #expect((error as? NATSError)?.code == .outboundFull)
                    return true
                }
            }
            let statistics = nats.statistics
            // What was refused wasn't accepted, and is nobody's promise.
            #expect(statistics.publishesAccepted == accepted)
            #expect(statistics.publishesDropped == 0)
            #expect(statistics.isBalanced)
        }
    }

    @Test("dropping the newest is an option, and counted exactly", arguments: Backend.tested)
    func drops(_ backend: Backend) async throws {
        try await withStalledServer(backend, highWaterBytes: 100_000, whenFull: .dropNewest) { nats in
            for _ in 0..<20_000 { try nats.outbound.publish("full", Self.payload) }
            let statistics = nats.statistics
            #expect(statistics.publishesDropped > 0)
            #expect(statistics.publishesAccepted + statistics.publishesDropped == 20_000)
            #expect(statistics.pendingBytes <= 100_000)
            #expect(statistics.isBalanced)
        }
    }

    @Test("the asynchronous form suspends, and ends by its deadline", arguments: Backend.tested)
    func deadline(_ backend: Backend) async throws {
        try await withStalledServer(backend, highWaterBytes: 50_000, publishTimeout: .milliseconds(100)) { nats in
            let accepted = Counter()
            let error = await expectError(.outboundFull) { try await Self.publish(nats, accepted).value }
            #expect(error?.isRetryable == true)
            #expect(nats.statistics.publishesAccepted == UInt64(accepted.value))
            #expect(nats.statistics.waitingCalls == 0)
        }
    }

    @Test("a suspended publish is cancelled without being published", arguments: Backend.tested)
    func cancelled(_ backend: Backend) async throws {
        try await withStalledServer(backend, highWaterBytes: 50_000) { nats in
            let accepted = Counter()
            let publishing = Self.publish(nats, accepted)
            try await eventually("a publish waits") { nats.statistics.waitingCalls == 1 }
            publishing.cancel()
            await #expect(throws: CancellationError.self) { try await publishing.value }
            #expect(nats.statistics.publishesAccepted == UInt64(accepted.value))
            #expect(nats.statistics.waitingCalls == 0)
        }
    }

    @Test("a suspended publish fails when the connection is closed", arguments: Backend.tested)
    func closed(_ backend: Backend) async throws {
        try await withStalledServer(backend, highWaterBytes: 50_000) { nats in
            let accepted = Counter()
            let publishing = Self.publish(nats, accepted)
            // Not only for the reactor, which may still have to write everything: the kernel takes no more.
            var last: UInt64 = 0
            var looksWithoutProgress = 0
            try await eventually("a publish waits for the peer") {
                let statistics = nats.statistics
                let stands = statistics.waitingCalls == 1 && statistics.publishesAccepted == last
                looksWithoutProgress = stands ? looksWithoutProgress + 1 : 0
                last = statistics.publishesAccepted
                return looksWithoutProgress == 20
            }
            nats.abort()
            await expectError(.connectionClosed) { try await publishing.value }
            // An abort doesn't wait; this waits for it.
            await nats.close()
            let statistics = nats.statistics
            #expect(statistics.publishesAccepted == UInt64(accepted.value))
            #expect(statistics.publishesPending == 0)
            #expect(statistics.publishesDiscarded > 0)
            #expect(statistics.isBalanced)
        }
    }

    @Test("publishers far faster than the socket are paced, and everything arrives in order", arguments: Backend.tested)
    func paced(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let receiver = try await bench.connect()
            let nats = try await bench.connect {
                $0.outbound.highWaterBytes = 20_000
                $0.socket.sendBufferSize = 4_096
            }
            let counts = Recorder<Int>()
            let received = Counter()
            try await receiver.subscribe("paced.*") { view in
                received.increase()
                if view.bytes.count != 500 { counts.append(view.bytes.count) }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<4 {
                    group.addTask {
                        let payload = pattern(500, seed: task)
                        for _ in 0..<5_000 { try await nats.publish("paced.\(task)", payload) }
                    }
                }
                try await group.waitForAll()
            }
            try await nats.flush()
            try await eventually("all arrived") { received.value == 20_000 }
            #expect(counts.all == [])
            #expect(nats.statistics.publishesFenced == 20_000)
        }
    }

    @Test("a prepared publisher paces itself with ready()", arguments: Backend.tested)
    func ready(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect {
                $0.outbound.highWaterBytes = 20_000
                $0.socket.sendBufferSize = 4_096
            }
            let received = Counter()
            try await nats.subscribe("paced") { _ in received.increase() }
            let publisher = try nats.publisher(for: "paced")
            let payload = pattern(500)
            var accepted = 0
            while accepted < 5_000 {
                try await publisher.ready()
                if publisher.accepts(payload) {
                    accepted += 1
                } else {
                    // Below the mark, but not by a whole message.
                    try await nats.flush()
                }
            }
            try await nats.flush()
            try await eventually("all arrived") { received.value == 5_000 }
        }
    }

    @Test("an asynchronous loop paces itself with outbound.ready(), and is never refused", arguments: Backend.tested)
    func outboundReady(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect {
                $0.outbound.highWaterBytes = 64_000
                $0.socket.sendBufferSize = 4_096
            }
            let received = Counter()
            try await nats.subscribe("paced") { _ in received.increase() }
            let payload = pattern(500)
            for _ in 0..<5_000 {
                try await nats.outbound.ready()
                try nats.outbound.publish("paced", payload)
            }
            try await nats.flush()
            try await eventually("all arrived") { received.value == 5_000 }
        }
    }
}
