import Glibc
import Testing
import TestSupport

/// Each in a process of its own: what other tests open would be seen too.
@Suite struct LeakGuardTests {
    @Test func theTestServersLeaveNothingBehind() async {
        await #expect(processExitsWith: .success) {
            try await withLeakGuard {
                try await withNATSServer { server in
                    try await withCuttingProxy(to: server.port) { proxy in _ = try RawClient(port: proxy.port) }
                }
                try await withScriptedServer([.send("x")]) { server in _ = try RawClient(port: server.port) }
            }
        }
    }

    @Test func aLeftDescriptorIsReported() async {
        await #expect(processExitsWith: .success) {
            try await withKnownIssue {
                try await withLeakGuard(within: .milliseconds(20)) { _ = dup(0) }
            } matching: {
                $0.description.contains("left behind") && $0.description.contains("descriptor")
            }
        }
    }

    @Test func aLeftThreadIsReported() async {
        await #expect(processExitsWith: .success) {
            let server = try ScriptedServer([[.stall]])
            let before = ProcessResources.now()
            let second = try ScriptedServer([[.stall]])
            // The thread gives itself its name.
            try await eventually("the thread is seen") {
                ProcessResources.now().leaks(since: before).contains { $0.contains("test-accept") }
            }
            server.stop()
            second.stop()
        }
    }

    @Test func aDeadTestProcessTakesItsServerAlong() async throws {
        let result = try await #require(
            processExitsWith: .failure, observing: [\.standardOutputContent]
        ) {
            try await withNATSServer { server in
                print("server:\(server.processID ?? 0):")
                fflush(nil)
                kill(getpid(), SIGKILL)
            }
        }
        let output = String(decoding: result.standardOutputContent, as: UTF8.self)
        let id = try #require(output.split(separator: ":").compactMap { Int32($0) }.first)
        try await eventually("the server has ended") { kill(id, 0) == -1 }
    }
}
