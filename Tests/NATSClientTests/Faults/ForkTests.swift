@testable import NATSClient
import Synchronization
import TestSupport
import Testing

/// The handles of a parent are of no use in its forked child, say so, and touch nothing that is the parent's.
@Suite(.timeLimit(.minutes(1))) struct ForkTests {
    @Test(arguments: TestBackend.available)
    func aForkedChildIsToldAndTheParentGoesOn(backend: TestBackend) async throws {
        try await withScriptedServer(.handshake + [.expect(line: "PUB parent 0")]) { server in
            try await withClient(server, backend) { nats in
                let publisher = try nats.publisher(for: "child")
                let status = ForkedChild.run {
                    do throws(NATSError) {
                        try nats.publish("child", "")
                        return 1
                    } catch {
                        guard error.code == .usedAfterFork else { return 2 }
                    }
                    do throws(NATSError) {
                        try publisher.publish("")
                        return 3
                    } catch {
                        guard error.code == .usedAfterFork else { return 4 }
                    }
                    nats.kick()
                    nats.abort()
                    return nats.status == .connected ? 0 : 5
                }
                #expect(status == 0)
                try await nats.publish("parent", "")
                try await server.finish()
                #expect(nats.statistics.publishesAccepted == 1)
            }
        }
    }

    /// The fork may find any lock taken; in the child nobody will ever release it.
    @Test(arguments: TestBackend.available)
    func aForkedChildNeverWaitsForALockOfItsParent(backend: TestBackend) async throws {
        try await withScriptedServer(.handshake + [.stall]) { server in
            try await withClient(server, backend) { nats in
                let subscription = try await nats.subscribe("a", confirmed: false)
                let publisher = try nats.publisher(for: "child")
                let status = Self.runWithLocksHeld(nats, subscription) {
                    guard nats.statistics.publishesAccepted == 0 else { return 1 }
                    guard subscription.statistics.received == 0 else { return 2 }
                    let calls: [@Sendable () async throws -> Void] = [
                        { try await publisher.ready() },
                        { try await nats.outbound.ready() },
                        { _ = try await nats.request("a", "") },
                        { _ = try await subscription.next() },
                        { _ = try await subscription.next(timeout: .seconds(1)) },
                        { for try await _ in subscription {} },
                        { for try await _ in subscription.batches {} },
                    ]
                    for (index, call) in calls.enumerated() where !Self.throwsUsedAfterFork(call) {
                        return Int32(10 + index)
                    }
                    return 0
                }
                #expect(status == 0)
            }
        }
    }

    /// A function of its own: no `await` between taking and releasing the locks.
    private static func runWithLocksHeld(
        _ nats: NATSConnection, _ subscription: Subscription, _ check: () -> Int32
    ) -> Int32 {
        nats.core.stage.lock()
        defer { nats.core.stage.unlock() }
        subscription.queue.box.lock()
        defer { subscription.queue.box.unlock() }
        return ForkedChild.run(check)
    }

    /// Runs an asynchronous call in a child without threads: one that doesn't suspend ends at once.
    private static func throwsUsedAfterFork(_ call: @escaping @Sendable () async throws -> Void) -> Bool {
        let code = Mutex<NATSError.Code?>(nil)
        let executor = ImmediateExecutor()
        Task(executorPreference: executor) {
            do { try await call() } catch let error as NATSError { code.withLock { $0 = error.code } }
        }
        return code.withLock { $0 } == .usedAfterFork
    }
}

/// Runs jobs at once, on the thread that enqueues them.
private final class ImmediateExecutor: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        unsafe UnownedJob(job).runSynchronously(on: asUnownedTaskExecutor())
    }
}
