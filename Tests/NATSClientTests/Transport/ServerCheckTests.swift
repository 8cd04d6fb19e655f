import NATSProtocol
import Reactor
import TestSupport
import Testing

@testable import NATSClient

/// What holds of the servers that `connect` is given also holds of those that are named later.
@Suite(.timeLimit(.minutes(1))) struct ServerCheckTests {
    private static func core(
        usesWebSocket: Bool, _ change: (inout ConnectOptions) -> Void = { _ in }
    ) -> ConnectionCore {
        var options = ConnectOptions()
        change(&options)
        return ConnectionCore(options: options, usesWebSocket: usesWebSocket, requestInbox: "_INBOX.x")
    }

    /// It has no driver: what isn't refused for its address is refused since the connection is closed.
    private static func refusal(_ url: String, _ core: ConnectionCore) async -> NATSError.Code? {
        var random = RandomSource(seed: 1)
        let names = NUIDGenerator(random: &random)
        let nats = NATSConnection(core: core, names: names)
        return await natsError { try nats.setServers([url]) }?.code
    }

    @Test func setServersAsksOfServersWhatConnectAsks() async {
        let encrypted = Self.core(usesWebSocket: true) { $0.tls = TLSConfiguration() }
        #expect(await Self.refusal("ws://h", encrypted) == .configuration)
        #expect(await Self.refusal("wss://h", encrypted) == .connectionClosed)
        #expect(await Self.refusal("wss://h/leafnode", encrypted) == .invalidOption)
        #expect(await Self.refusal("ws://h", Self.core(usesWebSocket: true)) == .connectionClosed)
    }

    @Test func theKindOfAConnectionStays() async {
        #expect(await Self.refusal("wss://h", Self.core(usesWebSocket: false)) == .invalidAddress)
        #expect(await Self.refusal("nats://h", Self.core(usesWebSocket: true)) == .invalidAddress)
        #expect(await Self.refusal("tls://h", Self.core(usesWebSocket: false)) == .connectionClosed)
    }

    @Test(arguments: TestBackend.available)
    func noTransportOpensWithoutTheTLSThatIsRequired(backend: TestBackend) async throws {
        let core = Self.core(usesWebSocket: true) {
            $0.eventLoop = backend.loop
            $0.tls = TLSConfiguration()
        }
        let kind = try await withCheckedThrowingContinuation { continuation in
            do {
                try backend.loop.execute { on in
                    let transport = Transport(
                        generation: 1, server: ServerAddress(scheme: .ws, host: "127.0.0.1", port: 1),
                        settings: core.transportSettings, handler: SilentOwner())
                    do throws(TransportFailure) {
                        try transport.open(deadline: Timestamp.zero, on)
                        _ = transport.close(hard: true, on)
                        continuation.resume(returning: TransportFailure.Kind?.none)
                    } catch {
                        continuation.resume(returning: error.kind)
                    }
                }
            } catch {
                continuation.resume(throwing: error)
            }
        }
        #expect(kind == .tls)
    }

    @Test(
        "a choice that can't be used is told, and the proposed server is next", arguments: TestBackend.available,
        ["http://h", "ws://h"])
    func unusableChoice(backend: TestBackend, url: String) async throws {
        try await withScriptedServer(.handshake + [.skip(toLineWithPrefix: "PUB go"), .close], .handshake) { server in
            let choose: @Sendable (ReconnectChoiceContext) -> ReconnectChoice? = { _ in ReconnectChoice(server: url) }
            try await withClient(server, backend, options: { $0.reconnect.chooseServer = choose }) { nats in
                let log = EventLog(nats)
                try await nats.publish("go", "x")
                let error = try await log.next { if case .attemptFailed(let error) = $0 { error } else { nil } }
                #expect(error.code == .invalidAddress && error.message.contains("chooseServer"))
                try await log.reconnected()
            }
        }
    }
}

/// Hears nothing of what it owns.
private final class SilentOwner: TransportHandler {
    func transportDidReach(_ transport: Transport, _ step: HandshakeStep) {}
    func transportDidOpen(_ transport: Transport, _ on: borrowing OnReactor) {}
    func transportDidSecure(_ transport: Transport, _ details: TLSDetails, _ on: borrowing OnReactor) {}
    func transportDidReceive(_ transport: Transport, _ chunk: borrowing ReceiveChunk, _ on: borrowing OnReactor) {}
    func transportDidSend(_ transport: Transport, _ byteCount: Int, _ on: borrowing OnReactor) {}
    func transportDidFail(_ transport: Transport, _ failure: TransportFailure, _ on: borrowing OnReactor) {}
    func transportDidClose(_ transport: Transport, _ on: borrowing OnReactor) {}
}
