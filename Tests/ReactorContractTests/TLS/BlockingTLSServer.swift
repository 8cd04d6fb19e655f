// A server whose every byte the test moves. Unsafe invariant: pointers into output are read before the engine is called again.
import Glibc
import Reactor

/// The server's side of TLS on the test's own thread, over a blocking descriptor.
struct BlockingTLSServer: ~Copyable {
    private var engine: TLSEngine
    let peer: Peer
    private(set) var bytes: [UInt8] = []
    private(set) var isEstablished = false
    private(set) var isClosed = false
    private(set) var error: TLSError?
    private let block = ReceiveBlock.detached(capacity: 64 * 1024)

    init(_ peer: Peer, _ context: TLSContext) throws {
        let engine = try TLSEngine(context, role: .server)
        self.peer = peer
        self.engine = engine
    }

    /// Reads and answers until the condition holds or the stream ends.
    mutating func run(until isDone: (borrowing BlockingTLSServer) -> Bool) {
        flush()
        while !isDone(self) {
            let ciphertext = peer.readSome()
            if ciphertext.isEmpty { return }
            take(ciphertext)
            flush()
        }
    }

    mutating func handshake() { run { $0.isEstablished || $0.error != nil } }

    mutating func write(_ plaintext: [UInt8]) {
        let scratch = ReceiveBlock.detached(capacity: 16 * 1024)
        var sent = 0
        while sent < plaintext.count {
            let count = unsafe plaintext.withUnsafeBytes {
                unsafe engine.encrypt(SendVectors(UnsafeRawBufferPointer(rebasing: $0[sent...])), scratch: scratch)
            }
            flush()
            if count == 0 { return }
            sent += count
        }
    }

    mutating func close() {
        engine.close()
        flush()
    }

    private mutating func take(_ ciphertext: [UInt8]) {
        var position = 0
        while true {
            let result = engine.receive(ciphertext.span.extracting(position..<ciphertext.count), into: block, at: 0)
            position += result.consumed
            unsafe bytes.append(contentsOf: block.bytes(0, result.produced))
            switch result.stop {
            case .needsInput: return
            case .outputIsFull: break
            case .established: isEstablished = true
            case .closed:
                isClosed = true
                return
            case .failed(let failure):
                error = failure
                return
            }
        }
    }

    private mutating func flush() {
        while engine.waitingByteCount > 0 {
            let vectors = engine.waitingVectors()
            for index in 0..<vectors.count { peer.write(unsafe Array(vectors[index])) }
            _ = engine.didSend(vectors.byteCount)
        }
    }
}

extension Peer {
    /// What one read brings; empty at the end, after a failure, and after ten seconds of silence.
    func readSome() -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.recv(descriptor, $0.baseAddress, $0.count, 0) }
        return Array(buffer.prefix(max(0, count)))
    }
}
