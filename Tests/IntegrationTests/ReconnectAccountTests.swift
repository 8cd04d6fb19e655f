import NATSClient
import TestSupport
import Testing

/// The server is killed in the middle of traffic and comes back; an observer on a connection of its own sees the
/// server's side of the account only as far as the server lives, so it is counted on the publisher's own connection.
@Suite("Account across a loss") struct ReconnectAccountTests {
    @Test("the account is exact when the server is killed in the middle of traffic", arguments: Backend.tested)
    func killed(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect { $0.outbound.highWaterBytes = 1 << 20 }
            let log = EventLog(nats)
            let total = Counter()
            let isOver = Recorder<Bool>()
            let publishing = Task {
                let publisher = try nats.publisher(for: "n")
                while isOver.count == 0 {
                    try await publisher.ready()
                    for _ in 0..<50 where publisher.accepts(number: total.value) { total.increase() }
                    await Task.yield()
                }
            }
            for round in 1...2 {
                let before = nats.statistics.publishesAccepted
                try await eventually("traffic flows") { nats.statistics.publishesAccepted > before + 2_000 }
                bench.server.kill()
                try await eventually("lost") { log.matching { $0.disconnectReport }.count == round }
                #expect(nats.statistics.isBalanced)
                try await bench.server.restart()
                try await eventually("reconnected") { log.matching { $0.isReconnected }.count == round }
            }
            isOver.append(true)
            try await publishing.value
            try await nats.flush()
            let statistics = nats.statistics
            #expect(statistics.isBalanced)
            #expect(statistics.publishesAccepted == UInt64(total.value))
            #expect(statistics.publishesPending == 0)
            #expect(statistics.publishesUnconfirmed == 0)
            #expect(
                statistics.publishesFenced + statistics.publishesLostUnknown + statistics.publishesDiscarded
                    == UInt64(total.value))
            let reports = log.matching { $0.disconnectReport }
            #expect(statistics.publishesLostUnknown == reports.reduce(0) { $0 + $1.unconfirmed })
            #expect(statistics.publishesDiscarded == reports.reduce(0) { $0 + $1.discarded })
        }
    }

    @Test(
        "the link is cut in the middle of traffic: the server has what is fenced, nothing twice, nothing discarded",
        arguments: Backend.tested, [false, true])
    func cut(_ backend: Backend, _ isReset: Bool) async throws {
        try await withBench(backend) { bench in
            let effect: CuttingProxy.Effect = isReset ? .reset : .finish
            let proxy = try CuttingProxy(
                upstreamPort: bench.server.port,
                cuts: [
                    [.init(.clientToServer, afterBytes: 100_003, effect)],
                    [.init(.clientToServer, afterBytes: 250_001, effect)],
                    [.init(.serverToClient, afterBytes: 3_000, effect)],
                ])
            defer { proxy.stop() }
            let count = 40_000
            let tally = Tally(count)
            let observer = try await bench.connect()
            try await observer.subscribe("n") { view in tally.add(Int(view.string) ?? -1) }
            let nats = try await bench.connect("nats://127.0.0.1:\(proxy.port)") {
                $0.outbound.highWaterBytes = 64 << 10
                $0.outbound.whileDisconnected = .replay(maxBytes: 48 << 10)
            }
            let log = EventLog(nats)
            for number in 0..<count {
                try await nats.publish("n", "\(number)")
                // Some of it is fenced, so that the account has all its parts.
                if number.isMultiple(of: 1_000) { try? await nats.flush() }
            }
            try await eventually("a flush succeeds") { (try? await nats.flush()) != nil }
            let statistics = nats.statistics
            #expect(statistics.isBalanced)
            #expect(statistics.publishesAccepted == UInt64(count))
            #expect(statistics.publishesPending == 0)
            #expect(log.matching { $0.disconnectReport }.count >= 2)
            try await observer.flush()
            let arrived = UInt64(tally.arrived)
            #expect(tally.duplicates == 0)
            #expect(arrived >= statistics.publishesFenced)
            #expect(arrived <= statistics.publishesAccepted - statistics.publishesDiscarded)
        }
    }

    @Test("failFast discards what wasn't written, and counts it", arguments: Backend.tested)
    func failFast(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let proxy = try CuttingProxy(
                upstreamPort: bench.server.port, cuts: [[.init(.clientToServer, afterBytes: 1_000, .stall)]])
            defer { proxy.stop() }
            let tally = Tally(10_000)
            let observer = try await bench.connect()
            try await observer.subscribe("n") { view in tally.add(Int(view.string) ?? -1) }
            let nats = try await bench.connect("nats://127.0.0.1:\(proxy.port)") {
                $0.outbound.whileDisconnected = .failFast
                $0.socket.sendBufferSize = 4_096
                // More than the kernel's buffers take on their way to a proxy that doesn't read.
                $0.outbound.highWaterBytes = 64 << 20
            }
            let log = EventLog(nats)
            let filler = String(repeating: " ", count: 4_000)
            for number in 0..<6_000 { try nats.outbound.publish("n", "\(number)", headers: ["filler": filler]) }
            try await nats.reconnect()
            let report = try await log.first("lost") { $0.disconnectReport }
            let statistics = nats.statistics
            #expect(statistics.isBalanced)
            #expect(report.discarded > 0)
            #expect(report.pending == 0)
            #expect(statistics.publishesDiscarded == report.discarded)
            #expect(statistics.publishesLostUnknown == report.unconfirmed)
            #expect(report.discarded + report.unconfirmed == 6_000)
            _ = try await log.first("reconnected") { $0.isReconnected }
            try await nats.publish("n", "9999")
            try await nats.flush()
            try await observer.flush()
            #expect(tally.duplicates == 0)
            #expect(UInt64(tally.arrived) <= report.unconfirmed + 1)
            #expect(nats.statistics.publishesFenced == 1)
        }
    }

    @Test("an explicit reconnect under load is as exact", arguments: Backend.tested)
    func explicit(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let count = 30_000
            let tally = Tally(count)
            let observer = try await bench.connect()
            try await observer.subscribe("n") { view in tally.add(Int(view.string) ?? -1) }
            let nats = try await bench.connect()
            let log = EventLog(nats)
            let publishing = Task {
                for number in 0..<count { try await nats.publish("n", "\(number)") }
            }
            for round in 1...3 {
                try await nats.reconnect()
                try await eventually("reconnected") { log.matching { $0.isReconnected }.count == round }
            }
            try await publishing.value
            try await nats.flush()
            let statistics = nats.statistics
            #expect(statistics.isBalanced)
            try await observer.flush()
            let arrived = UInt64(tally.arrived)
            #expect(tally.duplicates == 0)
            #expect(arrived >= statistics.publishesFenced)
            #expect(arrived <= UInt64(count) - statistics.publishesDiscarded)
            #expect(statistics.publishesFenced + statistics.publishesLostUnknown == UInt64(count))
        }
    }
}

extension PreparedPublisher {
    fileprivate func accepts(number: Int) -> Bool {
        do throws(NATSError) {
            try publish("\(number)")
            return true
        } catch {
            return false
        }
    }
}
