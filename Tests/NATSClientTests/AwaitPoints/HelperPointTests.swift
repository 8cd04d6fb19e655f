import AwaitPointKit
import Dispatch
import Reactor
import TestSupport
import Testing

@testable import NATSClient

/// Calls that read files, while no helper thread has time for them. In processes of their own: the helpers are the process's.
@Suite(.timeLimit(.minutes(2))) struct HelperPointTests {
    @Test func whoeverWaitsForAFileIsCancelledAtOnce() async throws {
        await #expect(processExitsWith: .success) {
            try await withScriptedServer(.handshake) { server in
                let options = TestBackend.epoll.options { $0.connectTimeout = forEver }
                var tls = options
                tls.tls = TLSConfiguration(verification: .dangerouslyAcceptAnyCertificate)
                let nats = try await NATS.connect(server.url, options: options)
                let calls: [(String, WaitingCall.Body)] = [
                    ("reloadTLS", { try await nats.reloadTLS() }),
                    ("connect(nil)", { _ = try await NATS.connect(options: options) }),
                    ("connect(context:)", { _ = try await NATS.connect(context: "none", options: options) }),
                    ("connect with TLS", { [tls] in _ = try await NATS.connect(server.url, options: tls) }),
                    ("withConnection", { try await NATS.withConnection(options: options) { _ in } }),
                    (
                        "withConnection(context:)",
                        { try await NATS.withConnection(context: "none", options: options) { _ in } }
                    ),
                ]
                for (name, body) in calls {
                    try await withDeadline(.seconds(30), name) {
                        let ending = await BusyHelpers.whileBusy { await Ending(of: body) }
                        #expect(ending == .cancellation, "\(name)")
                    }
                }
                await nats.abortAndWait()
            }
        }
    }
}

/// Keeps every helper thread busy.
private enum BusyHelpers {
    static func whileBusy(_ body: @escaping @Sendable () async -> Ending) async -> Ending {
        let end = DispatchSemaphore(value: 0)
        let count = 64
        let work = (0..<count).map { _ in Task(executorPreference: HelperExecutor.shared) { waitFor(end) } }
        let task = Task { await body() }
        // Nothing says that a call waits for a helper; whenever it is cancelled, it must end.
        for _ in 0..<100 { await Task.yield() }
        task.cancel()
        let ending = await task.value
        for _ in 0..<count { end.signal() }
        for piece in work { await piece.value }
        return ending
    }

    private static func waitFor(_ end: DispatchSemaphore) { end.wait() }
}
