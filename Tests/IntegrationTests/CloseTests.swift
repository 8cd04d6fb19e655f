import NATSClient
import TestSupport
import Testing

@Suite("Close") struct CloseTests {
    @Test("close hands everything that was published to the server", arguments: Backend.tested)
    func flushes(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let observer = try await bench.connect()
            let received = Counter()
            try await observer.subscribe("n") { _ in received.increase() }
            let nats = try await bench.connect()
            for _ in 0..<5_000 { try nats.outbound.publish("n", "x") }
            await nats.close()
            #expect(nats.status == .closed)
            #expect(nats.statistics.publishesFenced == 5_000)
            try await observer.flush()
            #expect(received.value == 5_000)
            await nats.close()
        }
    }

    @Test("calls that wait fail at once", arguments: Backend.tested, [true, false])
    func pendingCalls(_ backend: Backend, _ isAbort: Bool) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let silent = try await nats.subscribe("silent")
            let subscription = try await nats.subscribe("n")
            let request = Task { try await nats.request("silent", "x", timeout: .seconds(3_000)) }
            let next = Task { try await subscription.next() }
            let batches = Task { for try await _ in subscription.batches {} }
            let timed = Task { try await subscription.next(timeout: .seconds(3_000)) }
            _ = try await silent.required()
            try await eventually("both wait") { nats.statistics.waitingCalls == 2 }
            if isAbort { nats.abort() } else { await nats.close() }
            let error = await expectError(.connectionClosed) { try await request.value }
            #expect(error?.subject == nil || error?.subject == "silent")
            #expect(try await next.value == nil)
            try await batches.value
            #expect(try await timed.value == nil)
            #expect(nats.statistics.waitingCalls == 0)
        }
    }

    @Test("ten thousand calls that wait fail at once, too", arguments: Backend.tested)
    func manyPendingCalls(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let silent = Counter()
            try await nats.subscribe("silent") { _ in silent.increase() }
            let failed = Counter()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<10_000 {
                    group.addTask {
                        do {
                            _ = try await nats.request("silent", "x", timeout: .seconds(3_000))
                        } catch let error as NATSError where error.code == .connectionClosed {
                            failed.increase()
                        } catch {}
                    }
                }
                group.addTask {
                    try? await eventually("all wait") { silent.value == 10_000 }
                    await nats.close()
                }
            }
            #expect(failed.value == 10_000)
        }
    }

    @Test("after close every call says connectionClosed", arguments: Backend.tested, [true, false])
    func everyCall(_ backend: Backend, _ isAbort: Bool) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let responder = try await nats.subscribe("ask")
            let live = try await nats.subscribe("live")
            let handle = try await nats.subscribe("inline") { _ in }
            try await nats.publish("ask", "x", reply: "r")
            let message = try await responder.required()
            let publisher = try nats.publisher(for: "p")
            if isAbort {
                nats.abort()
                try await eventually("closed") { nats.status == .closed && bench.loop.statistics.openStreams == 0 }
            } else {
                await nats.close()
            }
            await expectError(.connectionClosed) { try await nats.publish("a", "x") }
            await expectError(.connectionClosed) { try await nats.publish("a", [1, 2] as [UInt8]) }
            await expectError(.connectionClosed) { try await nats.publish("a") }
            await expectError(.connectionClosed) { try publisher.publish("x") }
            await expectError(.connectionClosed) { try await nats.request("a", "x") }
            await expectError(.connectionClosed) { try await nats.request("a") }
            await expectError(.connectionClosed) { try await nats.subscribe("a") }
            await expectError(.connectionClosed) { try await nats.subscribe("a", confirmed: false) }
            await expectError(.connectionClosed) { try await nats.subscribe("a") { _ in } }
            await expectError(.connectionClosed) { try await nats.flush() }
            await expectError(.connectionClosed) { try await nats.roundTripTime() }
            await expectError(.connectionClosed) { try await nats.drain() }
            await expectError(.connectionClosed) { try await nats.reconnect() }
            await expectError(.connectionClosed) { try nats.setServers([bench.server.url]) }
            await expectError(.connectionClosed) { try message.respond("x") }
            await expectError(.connectionClosed) { try await live.drain() }
            await expectError(.connectionClosed) { try await handle.drain() }
            #expect(try await live.next() == nil)
            #expect(try await handle.ended() == nil)
            live.unsubscribe()
            live.unsubscribe(after: 3)
            nats.abort()
            await nats.close()
            #expect(nats.status == .closed)
            #expect(nats.serverInfo != nil)
            #expect(nats.newInbox().hasPrefix("_INBOX."))
        }
    }

    @Test("sequences end behind what they hold", arguments: Backend.tested, [true, false])
    func sequences(_ backend: Backend, _ isAbort: Bool) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("n")
            for number in 0..<100 { try await nats.publish("n", "\(number)") }
            try await nats.flush()
            if isAbort { nats.abort() } else { await nats.close() }
            #expect(try await subscription.remainder() == (0..<100).map(String.init))
            #expect(try await subscription.remainder() == [])
        }
    }

    @Test("a close of many callers returns to all, also when they are cancelled", arguments: Backend.tested)
    func concurrent(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<20 { group.addTask { await nats.close() } }
                group.cancelAll()
            }
            await nats.close()
            #expect(nats.status == .closed)
        }
    }

    @Test("a server that takes nothing can't hold a close up", arguments: Backend.tested)
    func stalled(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let proxy = try CuttingProxy(
                upstreamPort: bench.server.port, cuts: [[.init(.clientToServer, afterBytes: 1_000, .blackhole)]])
            defer { proxy.stop() }
            let nats = try await bench.connect("nats://127.0.0.1:\(proxy.port)")
            for _ in 0..<100 { try await nats.publish("n", pattern(1_000)) }
            try await withDeadline(.seconds(45), "the close") { await nats.close() }
            #expect(nats.status == .closed)
            #expect(nats.statistics.publishesFenced == 0)
            #expect(nats.statistics.isBalanced)
        }
    }

    @Test("shutting the loop down ends its connections with the reason", arguments: Backend.tested)
    func loopShutdown(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            try await withEventLoop(backend) { loop in
                var options = bench.options()
                options.eventLoop = loop
                let nats = try await NATS.connect(bench.server.url, options: options)
                let subscription = try await nats.subscribe("n")
                let silent = try await nats.subscribe("silent")
                let request = Task { try await nats.request("silent", "x", timeout: .seconds(3_000)) }
                _ = try await silent.required()
                loop.shutdown()
                let error = await expectError(.connectionClosed) { try await request.value }
                #expect((error?.underlying as? NATSError)?.code == .reactorUnavailable)
                await expectError(.connectionClosed) { for try await _ in subscription {} }
                await expectError(.connectionClosed) { try await nats.flush() }
                await nats.close()
                await expectError(.reactorUnavailable) { try await NATS.connect(bench.server.url, options: options) }
            }
        }
    }
}
