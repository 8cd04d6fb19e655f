import Dispatch
import Reactor
import Synchronization
import TestSupport
import Testing

@testable import NATSClient

/// Files and providers that never come back: nobody waits for them longer than a connect may take.
/// One after the other: the helper threads are the process's, and other tests need some.
@Suite(.serialized, .timeLimit(.minutes(2))) struct HangingHelperTests {
    /// Work that hangs until it is let go.
    private final class Hang: Sendable {
        private let end = DispatchSemaphore(value: 0)
        let begun = Mutex(0)

        func work() {
            begun.withLock { $0 += 1 }
            end.wait()
        }

        func letGo(_ count: Int = 1) {
            for _ in 0..<count { end.signal() }
        }
    }

    private static let lateError = NATSError(.timedOut, "it hangs")

    private func result(
        _ backend: TestBackend, _ quota: HelperQuota = HelperQuota(), within timeout: Duration, of hang: Hang
    ) async throws -> Int {
        let loop = backend.options().eventLoop
        return try await HelperWait.result(on: loop, quota: quota, within: timeout, orThrow: Self.lateError) {
            hang.work()
            return 1
        }
    }

    @Test(arguments: TestBackend.available) func theDeadlineEndsTheWait(backend: TestBackend) async throws {
        let hang = Hang()
        let error = await #expect(throws: NATSError.self) {
            try await result(backend, within: .milliseconds(5), of: hang)
        }
        #expect(error?.code == .timedOut)
        hang.letGo()
    }

    @Test(arguments: TestBackend.available) func cancellationEndsTheWait(backend: TestBackend) async throws {
        let hang = Hang()
        let waiting = Task { try await result(backend, within: .seconds(3_600), of: hang) }
        try await eventually("the work has begun") { hang.begun.withLock { $0 } == 1 }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        hang.letGo()
    }

    @Test(arguments: TestBackend.available) func whatComesBackInTimeCounts(backend: TestBackend) async throws {
        let hang = Hang()
        hang.letGo()
        #expect(try await result(backend, within: .seconds(3_600), of: hang) == 1)
    }

    @Test(arguments: TestBackend.available) func onlySoManyMayHang(backend: TestBackend) async throws {
        let (hang, quota) = (Hang(), HelperQuota())
        for _ in 0..<ClientDefaults.helperWorkMax {
            await #expect(throws: NATSError.self) {
                try await result(backend, quota, within: .milliseconds(1), of: hang)
            }
        }
        let refusal = await #expect(throws: NATSError.self) {
            try await result(backend, quota, within: .seconds(3_600), of: hang)
        }
        #expect(refusal?.message.contains(HelperQuota.refusal) == true)
        hang.letGo(ClientDefaults.helperWorkMax + 1)
        // Their places are free again when they have come back.
        try await eventually("there is room") {
            (try? await result(backend, quota, within: .seconds(3_600), of: hang)) == 1
        }
    }

    @Test func whoHearsOfAResultMayBeginTheNextCallAtOnce() async throws {
        let quota = HelperQuota()
        let isFree = Mutex<[Bool]>([])
        let count = ClientDefaults.helperWorkMax
        let barrier = DispatchSemaphore(value: 0)
        let calls = (0..<count).map { index in
            quota.start {
                // All of them are under way when the first comes back.
                barrier.wait()
                return { isFree.withLock { $0.append(quota.start { {} } != nil) } }
            }
        }
        // All at once: which of them a signal reaches isn't said.
        for _ in calls { barrier.signal() }
        for call in calls { await call?.value }
        #expect(isFree.withLock { $0 } == Array(repeating: true, count: count))
    }

    @Test(arguments: TestBackend.available) func settingsThatCannotBeReadEndTheConnect(backend: TestBackend) async throws {
        let hang = Hang()
        let options = backend.options { $0.connectTimeout = .milliseconds(5) }
        let error = await #expect(throws: NATSError.self) {
            try await NATS.connect(from: ClientEnvironment([:]), options) { _, _ throws(ContextError) in
                hang.work()
                throw ContextError(.notFound, "after the deadline nobody reads this")
            }
        }
        #expect(error?.code == .timedOut && error?.message.contains("context") == true)
        hang.letGo()
    }

    @Test(arguments: TestBackend.available) func aProviderThatHangsIsNotAskedForEver(backend: TestBackend) async throws {
        let waiting = Mutex<[CheckedContinuation<Void, Never>]>([])
        let challenge: [ScriptStep] = [.send(ScriptedServer.info(extraFields: #""nonce":"n""#)), .awaitClientClose]
        let attempts = ClientDefaults.helperWorkMax + 1
        try await withScriptedServer(challenge, challenge, challenge, challenge, challenge) { server in
            let error = await connectError(server.url, backend) {
                // Long enough that every attempt gets as far as the provider.
                $0.connectTimeout = .milliseconds(100) * Patience.factor
                $0.reconnect.retriesFirstConnect = true
                $0.reconnect.maximumAttempts = attempts
                $0.reconnect.baseDelay = .milliseconds(1)
                $0.reconnect.maximumDelay = .milliseconds(1)
                $0.authentication = .provider { _ in
                    // Deaf to cancellation.
                    await withCheckedContinuation { continuation in waiting.withLock { $0.append(continuation) } }
                    return .none
                }
            }
            #expect("\(error as Any)".contains(HelperQuota.refusal))
            let asked = waiting.withLock { $0 }
            #expect(asked.count == ClientDefaults.helperWorkMax)
            for continuation in asked { continuation.resume() }
        }
    }
}
