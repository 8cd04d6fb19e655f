// How OpenSSL reads and writes: straight from the receive block, straight into output blocks. Unsafe invariant: a BIO's data
// is the `TLSMemory` of the engine that owns the BIO, which lives longer; `input` is set for the duration of one call only.
internal import COpenSSL

/// What one engine shares with OpenSSL's callbacks, at an address that never changes.
@safe struct TLSMemory: ~Copyable {
    /// Ciphertext that OpenSSL may read now.
    var input: UnsafeRawPointer?
    var inputCount = 0
    var output: TLSOutput
    /// The first objection to the peer's certificates.
    var rejection: CertificateRejection?
    /// Where sessions go, and under which name; nil: they aren't kept.
    var sessions: TLSSessionCache?
    var sessionKey = ""

    init(pool: BlockPool) {
        unsafe input = nil
        output = TLSOutput(pool: pool)
    }
}

/// Why a certificate isn't trusted.
struct CertificateRejection {
    let reason: Int32
    let certificate: TLSCertificateSummary?
}

/// The BIO over `TLSMemory`: a read takes from the input or says "later", a write appends to the output.
enum FlatBIO {
    /// Nil when OpenSSL has no memory.
    static func make(_ memory: UnsafeMutablePointer<TLSMemory>) -> OpaquePointer? {
        guard let method = unsafe method, let bio = unsafe BIO_new(method) else { return nil }
        unsafe BIO_set_data(bio, memory)
        unsafe BIO_set_init(bio, 1)
        return unsafe bio
    }

    /// Made once, never freed, and not changed after it was made: any thread may read it.
    nonisolated(unsafe) private static let method: OpaquePointer? = {
        guard let method = unsafe BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "flat memory") else { return nil }
        unsafe BIO_meth_set_read_ex(method) { bio, bytes, count, taken in
            unsafe FlatBIO.read(bio, bytes, count, taken)
        }
        unsafe BIO_meth_set_write_ex(method) { bio, bytes, count, taken in
            unsafe FlatBIO.write(bio, bytes, count, taken)
        }
        // Flushing succeeds; there is nothing else that a BIO of ours can do.
        unsafe BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
        return unsafe method
    }()

    private static func memory(_ bio: OpaquePointer?) -> UnsafeMutablePointer<TLSMemory>? {
        unsafe BIO_get_data(bio)?.assumingMemoryBound(to: TLSMemory.self)
    }

    private static func read(
        _ bio: OpaquePointer?, _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ taken: UnsafeMutablePointer<Int>?
    ) -> Int32 {
        unsafe copenssl_clear_retry(bio)
        guard let memory = unsafe memory(bio), let bytes = unsafe bytes else { return 0 }
        guard unsafe memory.pointee.inputCount > 0, let input = unsafe memory.pointee.input else {
            unsafe copenssl_ask_to_read_again(bio)
            return -1
        }
        let moved = unsafe min(count, memory.pointee.inputCount)
        unsafe UnsafeMutableRawPointer(bytes).copyMemory(from: input, byteCount: moved)
        unsafe memory.pointee.input = unsafe input + moved
        unsafe memory.pointee.inputCount -= moved
        unsafe taken?.pointee = moved
        return 1
    }

    private static func write(
        _ bio: OpaquePointer?, _ bytes: UnsafePointer<CChar>?, _ count: Int, _ taken: UnsafeMutablePointer<Int>?
    ) -> Int32 {
        unsafe copenssl_clear_retry(bio)
        guard let memory = unsafe memory(bio),
            unsafe memory.pointee.output.append(UnsafeRawBufferPointer(start: bytes, count: count))
        else { return 0 }
        unsafe taken?.pointee = count
        return 1
    }
}
