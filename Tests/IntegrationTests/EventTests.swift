import NATSClient
import TestSupport
import Testing

@Suite("Events and statistics") struct EventTests {
    @Test("a listener gets the present state first, however late it comes", arguments: Backend.tested)
    func replay(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            var statuses: [ConnectionStatus] = []
            for await event in nats.events {
                if let status = event.newStatus { statuses.append(status) }
                break
            }
            #expect(statuses == [.connected])
            await nats.close()
            let late = EventLog(nats)
            await late.finished()
            #expect(late.matching { $0.newStatus } == [.closed])
            guard case .closed(nil)? = late.all.last else {
                Issue.record("the last event is \(String(describing: late.all.last))")
                return
            }
        }
    }

    @Test("every listener gets every event, in the same order", arguments: Backend.tested)
    func multicast(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let logs = (0..<3).map { _ in EventLog(nats) }
            for round in 1...3 {
                try await nats.reconnect()
                for log in logs {
                    try await eventually("reconnected") { log.matching { $0.isReconnected }.count == round }
                }
            }
            await nats.close()
            for log in logs {
                await log.finished()
                #expect(log.all.map { "\($0)" } == logs[0].all.map { "\($0)" })
            }
            #expect(nats.statistics.reconnects == 3)
        }
    }

    @Test("statuses come in their order, each once", arguments: Backend.tested)
    func order(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let log = EventLog(nats)
            bench.server.kill()
            _ = try await log.first("lost") { $0.disconnectReport }
            try await bench.server.restart()
            _ = try await log.first("reconnected") { $0.isReconnected }
            _ = try await nats.drain()
            await log.finished()
            let statuses = log.matching { $0.newStatus }
            #expect(statuses.first == .connected)
            #expect(statuses.last == .closed)
            let expected: [ConnectionStatus] = [
                .connected, .reconnecting, .connected, .drainingSubscriptions, .drainingPublishes, .closed,
            ]
            // The short phases of a drain of nothing may be passed in one turn.
            #expect(statuses.filter { !$0.isDraining } == expected.filter { !$0.isDraining })
        }
    }

    @Test("a listener that never reads costs nobody anything", arguments: Backend.tested)
    func unread(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let unread = nats.events
            let subscription = try await nats.subscribe("n", limits: .init(messages: 1))
            for _ in 0..<400 {
                try await nats.publish("n")
                try await nats.publish("n")
                try await nats.flush()
                _ = try await subscription.required()
            }
            await nats.close()
            var kept = 0
            for await _ in unread { kept += 1 }
            #expect(kept <= 256)
            #expect(kept > 0)
        }
    }

    @Test("the account is balanced in every snapshot under load", arguments: Backend.tested)
    func balance(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let received = Counter()
            try await nats.subscribe("n") { _ in received.increase() }
            let publishing = Task {
                for number in 0..<20_000 {
                    try await nats.publish("n", "x")
                    if number.isMultiple(of: 97) { try await nats.flush() }
                }
            }
            let watcher = Task {
                var snapshots = 0
                var last = nats.statistics
                while !Task.isCancelled {
                    let now = nats.statistics
                    #expect(now.isBalanced, "\(now)")
                    #expect(now.publishesAccepted >= last.publishesAccepted)
                    #expect(now.publishesFenced >= last.publishesFenced)
                    // Unsigned counters that wrapped would be huge.
                    #expect(now.publishesPending <= 20_000 && now.publishesUnconfirmed <= 20_000)
                    last = now
                    snapshots += 1
                    await Task.yield()
                }
                return snapshots
            }
            try await publishing.value
            try await nats.flush()
            watcher.cancel()
            #expect(await watcher.value > 0)
            let statistics = nats.statistics
            #expect(statistics.publishesFenced == 20_000)
            #expect(statistics.publishesAccepted == 20_000)
            #expect(received.value == 20_000)
            #expect(statistics.messagesReceived == 20_000)
            #expect(statistics.bytesAccepted == 20_000 * UInt64("PUB n 1\r\nx\r\n".utf8.count))
            #expect(statistics.bytesWritten > statistics.bytesAccepted)
            #expect(statistics.bytesReceived > 20_000 * UInt64("MSG n 1 1\r\nx\r\n".utf8.count))
            #expect(statistics.sends > 0)
            #expect(statistics.publishesDropped == 0)
            #expect(statistics.messagesDropped == 0)
        }
    }

    @Test("messages for a subscription that has ended are counted", arguments: Backend.tested)
    func endedSubscriptions(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let publisher = try await bench.connect()
            let received = Counter()
            let handle = try await nats.subscribe("n") { _ in received.increase() }
            for _ in 0..<1_000 { try await publisher.publish("n", "x") }
            handle.unsubscribe()
            try await publisher.flush()
            try await nats.flush()
            let statistics = nats.statistics
            #expect(statistics.messagesReceived <= 1_000)
            #expect(statistics.messagesReceived == UInt64(received.value))
            #expect(UInt64(received.value) + statistics.messagesForEndedSubscriptions <= 1_000)
        }
    }
}

extension ConnectionStatus {
    fileprivate var isDraining: Bool { self == .drainingSubscriptions || self == .drainingPublishes }
}
