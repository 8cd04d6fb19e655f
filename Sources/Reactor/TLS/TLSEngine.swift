// One TLS connection as bytes in and bytes out. Unsafe invariant: `ssl` and `memory` are owned by this value alone; `memory`
// outlives `ssl`, whose callbacks reach it; input is lent to OpenSSL for the duration of one call only.
internal import COpenSSL

/// TLS without a socket: takes ciphertext that came, gives ciphertext to send, and knows nothing of who carries either.
///
/// Runs on one thread. Allocates nothing itself once its output has its blocks; OpenSSL allocates inside. After a failure it
/// stays failed and repeats it.
@safe package struct TLSEngine: ~Copyable {
    package enum Role: Sendable {
        case client(TLSPeer)
        case server
    }

    /// Why `receive` returned.
    package enum Stop: Sendable, Equatable {
        /// Everything was taken; more must come.
        case needsInput
        /// The room for plaintext is used up: call again.
        case outputIsFull
        /// The handshake is done: call again.
        case established
        /// The peer has ended its side properly.
        case closed
        case failed(TLSError)
    }

    package struct Received: Sendable {
        /// Bytes of ciphertext that were taken.
        package var consumed = 0
        /// Bytes of plaintext that were written.
        package var produced = 0
        package var stop = Stop.needsInput
    }

    private enum Phase {
        case handshaking
        case established
        case closed
        case failed(TLSError)
    }

    /// Where a record ends in the ciphertext, and how much plaintext it holds.
    private struct RecordEnd {
        let position: UInt64
        let plaintextCount: Int
    }

    /// Keeps the trust roots, the key and the session cache alive.
    let context: TLSContext
    private let serverName: String
    private let ssl: OpaquePointer
    private let memory: UnsafeMutablePointer<TLSMemory>
    private var phase = Phase.handshaking
    private var hasSentClose = false
    /// Records that the kernel hasn't taken whole.
    private var unsentRecords = Queue<RecordEnd>()
    private var sentTotal: UInt64 = 0
    /// How the answer begins, until it is known to be TLS.
    private var firstBytes: [UInt8] = []
    private var hasSeenRecord = false

    /// A connection with memory of its own, for use without a loop.
    package init(_ context: TLSContext, role: Role) throws(TLSError) {
        try self.init(context, role: role, pool: BlockPool(blockSize: 64 * 1024, capacity: 4))
    }

    /// A connection that hasn't begun: call `begin`.
    init(_ context: TLSContext, role: Role, pool: BlockPool) throws(TLSError) {
        let memory = UnsafeMutablePointer<TLSMemory>.allocate(capacity: 1)
        unsafe memory.initialize(to: TLSMemory(pool: pool))
        let name: String
        switch role {
        case .server: name = ""
        case .client(let peer):
            name = TLSName.normalised(context.configuration.serverName ?? peer.host)
            unsafe memory.pointee.sessions = context.sessions
            unsafe memory.pointee.sessionKey = "\(name) \(peer.sessionKey)"
        }
        do throws(TLSError) {
            unsafe ssl = try unsafe Self.makeConnection(context, serverName: name, role, memory)
        } catch {
            unsafe memory.deinitialize(count: 1)
            unsafe memory.deallocate()
            throw error
        }
        unsafe self.memory = memory
        self.context = context
        serverName = name
    }

    deinit {
        // A session survives a connection that was cut; without this, OpenSSL would refuse to resume it.
        unsafe SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN)
        unsafe SSL_free(ssl)
        unsafe memory.deinitialize(count: 1)
        unsafe memory.deallocate()
    }
}

// MARK: - Receiving

extension TLSEngine {
    /// Begins the handshake: a client has something to send then.
    package mutating func begin() {
        var ignored = Received()
        continueHandshake(&ignored)
    }

    /// Takes ciphertext and decrypts what is whole into the block from `offset` on. What wasn't consumed must be given again.
    /// There may be output to send afterwards, whatever the result.
    package mutating func receive(_ ciphertext: Span<UInt8>, into block: ReceiveBlock, at offset: Int) -> Received {
        var result = Received()
        switch phase {
        case .failed(let error):
            result.stop = .failed(error)
            return result
        case .closed:
            // Nothing counts after the peer's last word.
            result.consumed = ciphertext.count
            result.stop = .closed
            return result
        case .handshaking, .established: break
        }
        inspect(ciphertext)
        unsafe ciphertext.withUnsafeBytes { bytes in
            unsafe memory.pointee.input = bytes.baseAddress
            unsafe memory.pointee.inputCount = bytes.count
            if case .handshaking = phase {
                continueHandshake(&result)
            } else {
                decrypt(into: block, at: offset, &result)
            }
            result.consumed = unsafe bytes.count - memory.pointee.inputCount
            unsafe memory.pointee.input = nil
            unsafe memory.pointee.inputCount = 0
        }
        return result
    }

    private mutating func continueHandshake(_ result: inout Received) {
        OpenSSLErrors.clear()
        let code = unsafe SSL_do_handshake(ssl)
        if code == 1 {
            phase = .established
            firstBytes = []
            result.stop = .established
        } else {
            stop(code, &result)
        }
    }

    private mutating func decrypt(into block: ReceiveBlock, at offset: Int, _ result: inout Received) {
        OpenSSLErrors.clear()
        while offset + result.produced < block.capacity {
            var count = 0
            let start = offset + result.produced
            let code = unsafe SSL_read_ex(ssl, block.base + start, block.capacity - start, &count)
            guard code == 1 else { return stop(code, &result) }
            result.produced += count
        }
        result.stop = .outputIsFull
    }

    /// OpenSSL could not go on: says why.
    private mutating func stop(_ code: Int32, _ result: inout Received) {
        let reason = unsafe SSL_get_error(ssl, code)
        switch reason {
        case SSL_ERROR_WANT_READ:
            result.stop = .needsInput
        case SSL_ERROR_ZERO_RETURN:
            phase = .closed
            result.stop = .closed
        default:
            let error = unsafe TLSFailure(
                errors: .drain(), rejection: memory.pointee.rejection, serverName: serverName,
                firstBytes: hasSeenRecord ? [] : firstBytes, hasCertificate: context.configuration.certificateChain != nil
            ).error
            phase = .failed(error)
            result.stop = .failed(error)
        }
    }

    /// Looks at the first bytes of the answer: handshake records and alerts begin with these.
    private mutating func inspect(_ ciphertext: Span<UInt8>) {
        guard !hasSeenRecord, case .handshaking = phase, firstBytes.count < TLSLimits.excerptMaximum else { return }
        for index in 0..<min(ciphertext.count, TLSLimits.excerptMaximum - firstBytes.count) {
            firstBytes.append(ciphertext[index])
        }
        guard firstBytes.count >= 2 else { return }
        hasSeenRecord = (20...23).contains(firstBytes[0]) && firstBytes[1] == 3
    }
}

// MARK: - Sending

extension TLSEngine {
    /// Encrypts the front of the pieces, as much as one send should carry, and returns how much that was. Small pieces share
    /// records: they are gathered in `scratch`. Zero before the handshake is done, after `close`, and after a failure.
    package mutating func encrypt(_ plaintext: borrowing SendVectors, scratch: ReceiveBlock) -> Int {
        guard case .established = phase, !hasSentClose else { return 0 }
        var source = RecordSource(copy plaintext)
        var total = 0
        repeat {
            let record = unsafe source.next(scratch: scratch)
            guard unsafe !record.isEmpty, unsafe write(record) else { break }
            total += record.count
        } while waitingByteCount < TLSLimits.ciphertextPerSend
        return total
    }

    /// One record.
    private mutating func write(_ plaintext: UnsafeRawBufferPointer) -> Bool {
        OpenSSLErrors.clear()
        var written = 0
        let code = unsafe SSL_write_ex(ssl, plaintext.baseAddress, plaintext.count, &written)
        guard code == 1 else {
            var result = Received()
            stop(code, &result)
            return false
        }
        unsafe unsentRecords.append(RecordEnd(position: memory.pointee.output.total, plaintextCount: written))
        return true
    }

    /// Bytes of ciphertext that wait to be sent.
    package var waitingByteCount: Int { unsafe memory.pointee.output.byteCount }

    /// The front of the ciphertext that waits. Its memory stays until `didSend` or the end of this value.
    package func waitingVectors() -> SendVectors { unsafe memory.pointee.output.vectors() }

    /// The kernel took so many bytes. Returns how much plaintext has gone with them: that of whole records, since of a torn one
    /// the peer can decrypt nothing.
    package mutating func didSend(_ count: Int) -> Int {
        unsafe memory.pointee.output.didSend(count)
        sentTotal += UInt64(max(0, count))
        var plaintextCount = 0
        while let record = unsentRecords.first, record.position <= sentTotal {
            plaintextCount += record.plaintextCount
            _ = unsentRecords.popFirst()
        }
        return plaintextCount
    }

    /// Says that nothing more comes from this side (close_notify). Once; not during a handshake or after a failure.
    package mutating func close() {
        guard !hasSentClose else { return }
        switch phase {
        case .handshaking, .failed: return
        case .established, .closed: break
        }
        hasSentClose = true
        OpenSSLErrors.clear()
        _ = unsafe SSL_shutdown(ssl)
        OpenSSLErrors.clear()
    }
}

// MARK: - State

extension TLSEngine {
    package var isEstablished: Bool { if case .established = phase { true } else { false } }
    package var isHandshaking: Bool { if case .handshaking = phase { true } else { false } }
    package var isClosedByPeer: Bool { if case .closed = phase { true } else { false } }
    package var failure: TLSError? { if case .failed(let error) = phase { error } else { nil } }

    /// The transport has ended although the peer hasn't said so: what that means. Nil after a proper end.
    package mutating func transportDidEnd() -> TLSError? {
        switch phase {
        case .closed: return nil
        case .failed(let error): return error
        case .handshaking:
            let message = "the connection was closed during the TLS handshake"
            return fail(TLSError(.handshakeInterrupted, message).with { $0.receivedInstead = hasSeenRecord ? [] : firstBytes })
        case .established:
            return fail(
                TLSError(.truncated, "the connection was closed without TLS's close_notify: what came last may be incomplete"))
        }
    }

    private mutating func fail(_ error: TLSError) -> TLSError {
        phase = .failed(error)
        return error
    }

    /// What was agreed on; nil before the handshake is done.
    package var details: TLSDetails? {
        guard unsafe SSL_is_init_finished(ssl) == 1, let cipher = unsafe SSL_get_current_cipher(ssl) else { return nil }
        let certificate = unsafe SSL_get0_peer_certificate(ssl)
        return TLSDetails(
            version: unsafe SSL_get_version(ssl).map { unsafe String(cString: $0) } ?? "?",
            cipher: unsafe SSL_CIPHER_standard_name(cipher).map { unsafe String(cString: $0) } ?? "?",
            isResumed: unsafe SSL_session_reused(ssl) == 1,
            certificate: unsafe certificate.map { unsafe X509Certificate.summary(of: $0) })
    }
}
