import Synchronization
import TestSupport
import Testing

@Suite struct NATSServerLocatorTests {
    @Test func aVersionIsReadAsNumbers() {
        #expect(NATSServerLocator.version(in: "nats-server: v2.15.1\n") == [2, 15, 1])
        #expect(NATSServerLocator.version(in: "nats-server: v2.12.0-RC.1") == [2, 12, 0])
        #expect(NATSServerLocator.version(in: "GNU coreutils 9.1") == nil)
    }

    @Test func anOwnServerIsTakenWhenItIsNewEnough() throws {
        let folder = try TemporaryFolder()
        let server = try folder.writeScript("#!/bin/sh\necho 'nats-server: v2.12.0'\n", to: "own")
        #expect(try NATSServerLocator.find(environment: ["NATS_SERVER": server]).get() == server)
    }

    @Test(arguments: ["echo 'nats-server: v2.9.10'", "echo hello", "exit 1"])
    func anUnusableOwnServerIsAnErrorThatNamesIt(command: String) throws {
        let folder = try TemporaryFolder()
        let server = try folder.writeScript("#!/bin/sh\n\(command)\n", to: "own")
        let error = #expect(throws: NATSServerLocator.NotFound.self) {
            try NATSServerLocator.find(environment: ["NATS_SERVER": server]).get()
        }
        #expect(error?.description.contains(server) == true)
    }

    @Test func onlySoManyServersRunAtATime() async throws {
        let slots = ServerSlots(count: 2)
        let gauge = Gauge()
        try await withThrowingTaskGroup { group in
            for _ in 0..<20 {
                group.addTask {
                    try await slots.withSlot {
                        gauge.enter()
                        for _ in 0..<10 { await Task.yield() }
                        gauge.leave()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(gauge.highest <= 2)
    }

    @Test func aServerInsideAServerDoesNotWaitForItself() async throws {
        let slots = ServerSlots(count: 1)
        let inner = try await withDeadline(.seconds(10)) {
            try await slots.withSlot { try await slots.withSlot { "inside" } }
        }
        #expect(inner == "inside")
    }
}

/// How many were inside at the same time, at most.
private final class Gauge: Sendable {
    private let level = Mutex((now: 0, highest: 0))

    var highest: Int { level.withLock { $0.highest } }

    func enter() {
        level.withLock { level in
            level.now += 1
            level.highest = max(level.highest, level.now)
        }
    }

    func leave() { level.withLock { $0.now -= 1 } }
}
