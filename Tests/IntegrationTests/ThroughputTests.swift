import NATSClient
import Synchronization
import TestSupport
import Testing

@Suite("Throughput") struct ThroughputTests {
    @Test(
        "a connection that publishes to itself through tiny socket buffers doesn't deadlock (P14)",
        arguments: Backend.tested)
    func toItself(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect {
                $0.socket.sendBufferSize = 4_096
                $0.socket.receiveBufferSize = 4_096
                $0.outbound.highWaterBytes = 64 << 10
            }
            let subscription = try await nats.subscribe("n")
            let inline = Counter()
            try await nats.subscribe("n") { view in inline.increase(by: view.bytes.count) }
            let count = 5_000
            let publishing = Task {
                for number in 0..<count { try await nats.publish("n", pattern(1_000, seed: number)) }
                try await nats.flush(timeout: .seconds(50))
            }
            var received = 0
            for try await message in subscription {
                #expect(Array(message.payload) == pattern(1_000, seed: received))
                received += 1
                if received == count { break }
            }
            try await publishing.value
            #expect(inline.value == count * 1_000)
        }
    }

    @Test("a handler that publishes more than it gets isn't stopped by its own output", arguments: Backend.tested)
    func amplification(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect { $0.socket.sendBufferSize = 4_096 }
            let out = Counter()
            let refused = Counter()
            try await nats.subscribe("in") { _ in
                for _ in 0..<10 {
                    do throws(NATSError) { try nats.publish("out", "x") } catch { refused.increase() }
                }
            }
            try await nats.subscribe("out") { _ in out.increase() }
            for _ in 0..<2_000 { try await nats.publish("in", "x") }
            try await eventually("all came around", within: .seconds(30)) { out.value == 20_000 }
            #expect(refused.value == 0)
        }
    }

    @Test("many connections on one loop serve each other", arguments: Backend.tested)
    func manyConnections(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let received = Counter()
            var connections: [NATSConnection] = []
            for _ in 0..<20 {
                let nats = try await bench.connect()
                try await nats.subscribe("all") { _ in received.increase() }
                connections.append(nats)
            }
            #expect(bench.loop.statistics.openStreams <= 20)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for nats in connections {
                    group.addTask {
                        for _ in 0..<100 { try await nats.publish("all", "x") }
                        try await nats.flush()
                    }
                }
                try await group.waitForAll()
            }
            try await eventually("everybody has everything") { received.value == 20 * 20 * 100 }
        }
    }
}
