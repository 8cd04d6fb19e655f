// Both sides of TLS in memory. Unsafe invariant: pointers into output are read before the engine is called again.
import Reactor
import TestSupport

/// What one side has seen.
struct EngineLog {
    var bytes: [UInt8] = []
    var isEstablished = false
    var isClosed = false
    var error: TLSError?
}

/// A client and a server whose ciphertext is carried by the test.
struct EnginePair: ~Copyable {
    var client: TLSEngine
    var server: TLSEngine
    var clientLog = EngineLog()
    var serverLog = EngineLog()

    init(_ client: TLSContext, _ server: TLSContext, host: String = "localhost") throws {
        let client = try TLSEngine(client, role: .client(TLSPeer(host: host, port: 4222)))
        let server = try TLSEngine(server, role: .server)
        self.client = client
        self.server = server
    }

    /// Carries ciphertext both ways, in pieces of this size, until both are silent.
    mutating func run(pieceSize: Int = .max) {
        if clientLog.error == nil, !clientLog.isEstablished { client.begin() }
        while true {
            let toServer = client.takeOutput()
            server.feed(toServer, pieceSize: pieceSize, &serverLog)
            let toClient = server.takeOutput()
            client.feed(toClient, pieceSize: pieceSize, &clientLog)
            if toServer.isEmpty, toClient.isEmpty { return }
        }
    }

    /// Sends from one side to the other; returns when all has arrived.
    mutating func sendToServer(_ bytes: [UInt8], pieceSize: Int = .max) {
        var sent = 0
        while sent < bytes.count {
            let count = client.encrypt(bytes, from: sent)
            if count == 0 { return }
            sent += count
            run(pieceSize: pieceSize)
        }
    }

    mutating func sendToClient(_ bytes: [UInt8], pieceSize: Int = .max) {
        var sent = 0
        while sent < bytes.count {
            let count = server.encrypt(bytes, from: sent)
            if count == 0 { return }
            sent += count
            run(pieceSize: pieceSize)
        }
    }
}

extension TLSEngine {
    /// Everything that waits to be sent.
    mutating func takeOutput() -> [UInt8] {
        var bytes: [UInt8] = []
        while waitingByteCount > 0 {
            let vectors = waitingVectors()
            for index in 0..<vectors.count { unsafe bytes.append(contentsOf: vectors[index]) }
            _ = didSend(vectors.byteCount)
        }
        return bytes
    }

    mutating func encrypt(_ bytes: [UInt8], from start: Int = 0) -> Int {
        let scratch = ReceiveBlock.detached(capacity: 16 * 1024)
        return unsafe bytes.withUnsafeBytes { bytes in
            unsafe encrypt(SendVectors(UnsafeRawBufferPointer(rebasing: bytes[start...])), scratch: scratch)
        }
    }

    mutating func feed(_ bytes: [UInt8], pieceSize: Int = .max, _ log: inout EngineLog) {
        var position = 0
        while position < bytes.count {
            let end = position + min(pieceSize, bytes.count - position)
            feedPiece(bytes, position, end, &log)
            position = end
        }
    }

    private mutating func feedPiece(_ bytes: [UInt8], _ start: Int, _ end: Int, _ log: inout EngineLog) {
        // A small block: plaintext has to be taken in several turns.
        let block = ReceiveBlock.detached(capacity: 10_000)
        var position = start
        while true {
            let result = receive(bytes.span.extracting(position..<end), into: block, at: 100)
            position += result.consumed
            unsafe log.bytes.append(contentsOf: block.bytes(100, result.produced))
            switch result.stop {
            case .needsInput: return
            case .outputIsFull: break
            case .established: log.isEstablished = true
            case .closed:
                log.isClosed = true
                return
            case .failed(let error):
                log.error = error
                return
            }
        }
    }
}

/// What the tests configure.
enum Contexts {
    static var certificates: TestCertificates { get throws { try TestCertificates.shared.get() } }

    static func client(
        roots: String? = nil, serverName: String? = nil, identity: TestCertificates.Identity? = nil,
        _ change: (inout TLSConfiguration) -> Void = { _ in }
    ) throws -> TLSContext {
        var configuration = TLSConfiguration(
            trustRoots: .file(try roots ?? certificates.authority.certificate),
            certificateChain: identity.map { .file($0.certificate) }, privateKey: identity.map { .file($0.key) },
            serverName: serverName)
        change(&configuration)
        return try TLSContext(configuration)
    }

    static func server(
        _ identity: TestCertificates.Identity? = nil, requiresClientCertificate: Bool = false,
        maximumVersion: TLSConfiguration.ProtocolVersion = .tls13
    ) throws -> TLSContext {
        let identity = try identity ?? certificates.server
        return try TLSContext.forTesting(
            server: TLSConfiguration(
                trustRoots: .file(try certificates.authority.certificate), certificateChain: .file(identity.certificate),
                privateKey: .file(identity.key)),
            requiresClientCertificate: requiresClientCertificate, maximumVersion: maximumVersion)
    }
}

/// Bytes that differ along the way.
func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) } }
