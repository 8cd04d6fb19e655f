import Reactor
import TestSupport

/// Records what happens to one encrypted stream. The hooks run on the loop's thread.
final class TLSRecorder: StreamHandler, TLSHandler, Sendable {
    struct Log: Sendable {
        var bytes: [UInt8] = []
        var sent: [Int] = []
        var ends: [StreamEnd] = []
        var details: [TLSDetails] = []
        var failures: [TLSError] = []
        var closedCount = 0
        var eventsAfterClose = 0

        /// Established, failed or ended: the handshake is over.
        var isDecided: Bool { !details.isEmpty || !failures.isEmpty || !ends.isEmpty || closedCount > 0 }
    }

    typealias Hook = @Sendable (StreamID, borrowing OnReactor) -> Void
    typealias ReceiveHook = @Sendable (StreamID, borrowing ReceiveChunk, borrowing OnReactor) -> Void

    let log = Box(Log())
    private let onEstablish: Hook?
    private let onReceive: ReceiveHook?
    private let onSend: Hook?
    private let onFail: Hook?

    init(onEstablish: Hook? = nil, onReceive: ReceiveHook? = nil, onSend: Hook? = nil, onFail: Hook? = nil) {
        self.onEstablish = onEstablish
        self.onReceive = onReceive
        self.onSend = onSend
        self.onFail = onFail
    }

    private func note(_ change: (inout Log) -> Void) {
        log.update { log in
            if log.closedCount > 0 { log.eventsAfterClose += 1 }
            change(&log)
        }
    }

    func streamDidReceive(_ id: StreamID, _ chunk: borrowing ReceiveChunk, _ on: borrowing OnReactor) {
        let bytes = copyBytes(of: chunk)
        note { $0.bytes += bytes }
        onReceive?(id, chunk, on)
    }

    func streamDidSend(_ id: StreamID, _ byteCount: Int, _ on: borrowing OnReactor) {
        note { $0.sent.append(byteCount) }
        onSend?(id, on)
    }

    func streamDidEnd(_ id: StreamID, _ end: StreamEnd, _ on: borrowing OnReactor) { note { $0.ends.append(end) } }
    func streamDidClose(_ id: StreamID, _ on: borrowing OnReactor) { note { $0.closedCount += 1 } }

    func tlsDidEstablish(_ id: StreamID, _ details: TLSDetails, _ on: borrowing OnReactor) {
        note { $0.details.append(details) }
        onEstablish?(id, on)
    }

    func tlsDidFail(_ id: StreamID, _ error: TLSError, _ on: borrowing OnReactor) {
        note { $0.failures.append(error) }
        onFail?(id, on)
    }

    var sentCount: Int { log.current.sent.reduce(0, +) }
    func waitForClose() -> Bool { log.wait { $0.closedCount > 0 } }
    func waitUntilDecided() -> Bool { log.wait { $0.isDecided } }
}

extension EventLoop {
    /// Makes a stream of a descriptor and begins TLS on it, as a client of `localhost`.
    func adoptTLS(
        _ descriptor: Int32, _ recorder: TLSRecorder, _ context: TLSContext, unconsumed: Int = 0
    ) throws -> StreamID {
        try adopt(descriptor, recorder) { id, on throws(TLSError) in
            try on.startTLS(
                id, context, peer: TLSPeer(host: "localhost", port: 4222), unconsumedByteCount: unconsumed, handler: recorder)
        }
    }

    /// The same as a server.
    func acceptTLS(_ descriptor: Int32, _ recorder: TLSRecorder, _ context: TLSContext) throws -> StreamID {
        try adopt(descriptor, recorder) { id, on throws(TLSError) in
            try on.acceptTLSForTesting(id, context, handler: recorder)
        }
    }

    private func adopt(
        _ descriptor: Int32, _ recorder: TLSRecorder,
        _ begin: @escaping @Sendable (StreamID, borrowing OnReactor) throws(TLSError) -> Void
    ) throws -> StreamID {
        let outcome = try run { on -> Result<StreamID, any Error> in
            do {
                let id = try on.adopt(descriptor: descriptor, handler: recorder)
                do throws(TLSError) {
                    try begin(id, on)
                } catch {
                    on.close(id, hard: true)
                    throw error
                }
                return .success(id)
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }
}

/// The contexts of these tests.
enum TLSContexts {
    static var certificates: TestCertificates { get throws { try TestCertificates.shared.get() } }

    static func client(_ change: (inout TLSConfiguration) -> Void = { _ in }) throws -> TLSContext {
        var configuration = TLSConfiguration(trustRoots: .file(try certificates.authority.certificate))
        change(&configuration)
        return try TLSContext(configuration)
    }

    static func server(
        _ identity: TestCertificates.Identity? = nil, maximumVersion: TLSConfiguration.ProtocolVersion = .tls13
    ) throws -> TLSContext {
        let identity = try identity ?? certificates.server
        return try TLSContext.forTesting(
            server: TLSConfiguration(certificateChain: .file(identity.certificate), privateKey: .file(identity.key)),
            maximumVersion: maximumVersion)
    }
}
