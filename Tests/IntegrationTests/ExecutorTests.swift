import NATSClient
import Reactor
import TestSupport
import Testing

/// An actor on the thread of an event loop.
private actor OnLoop {
    private let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.serialExecutor.asUnownedSerialExecutor() }
    private(set) var sum = 0

    init(_ loop: EventLoop) { self.loop = loop }

    func consume(_ subscription: Subscription, count: Int) async throws -> Bool {
        var isOnLoop = loop.isOnLoopThread
        var received = 0
        for try await message in subscription {
            sum += Int(message.string) ?? 0
            received += 1
            isOnLoop = isOnLoop && loop.isOnLoopThread
            if received == count { break }
        }
        return isOnLoop
    }

    func request(_ nats: NATSConnection) async throws -> String {
        try await nats.request("echo", "from the actor").string
    }
}

@Suite("Executors") struct ExecutorTests {
    @Test("tasks on the loop's executor stay on its thread through every call", arguments: Backend.tested)
    func tasks(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let loop = bench.loop
            let nats = try await bench.connect()
            try await nats.subscribe("echo") { view in try? view.respond(view.bytes) }
            try await withTaskExecutorPreference(loop.taskExecutor) {
                #expect(loop.isOnLoopThread)
                let subscription = try await nats.subscribe("n")
                #expect(loop.isOnLoopThread)
                for number in 0..<100 {
                    try await nats.publish("n", "\(number)")
                    #expect(try await subscription.required().string == "\(number)")
                    #expect(loop.isOnLoopThread)
                    #expect(try await nats.request("echo", "\(number)").string == "\(number)")
                    #expect(loop.isOnLoopThread)
                }
                try await nats.flush()
                #expect(loop.isOnLoopThread)
                await expectError(.timedOut) { try await subscription.next(timeout: .milliseconds(10)) }
                #expect(loop.isOnLoopThread)
                subscription.unsubscribe()
                #expect(try await subscription.remainder() == [])
            }
        }
    }

    @Test("an actor can live on the loop", arguments: Backend.tested)
    func actors(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            try await nats.subscribe("echo") { view in try? view.respond(view.bytes) }
            let subscription = try await nats.subscribe("n")
            let actor = OnLoop(bench.loop)
            for number in 1...1_000 { try await nats.publish("n", "\(number)") }
            #expect(try await actor.consume(subscription, count: 1_000))
            #expect(await actor.sum == 500_500)
            #expect(try await actor.request(nats) == "from the actor")
        }
    }

    @Test("close and drain work from the loop's own thread", arguments: Backend.tested, [true, false])
    func ends(_ backend: Backend, _ drains: Bool) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let observer = try await bench.connect()
            let subscription = try await observer.subscribe("n")
            try await withTaskExecutorPreference(bench.loop.taskExecutor) {
                try await nats.publish("n", "last")
                if drains { try await nats.drain() } else { await nats.close() }
            }
            #expect(nats.status == .closed)
            #expect(try await subscription.required().string == "last")
        }
    }
}
