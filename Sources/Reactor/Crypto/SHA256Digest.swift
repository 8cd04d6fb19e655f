// SHA-256 by OpenSSL. Unsafe invariant: `context` is owned by this value alone and freed with it; pointers to bytes are used
// only for the duration of one call.
internal import COpenSSL

/// A SHA-256 that is fed piece by piece (FIPS 180-4). No allocation between `init` and `finish`.
@safe package struct SHA256Digest: ~Copyable {
    package static var size: Int { 32 }

    private let context: OpaquePointer

    package init() throws(CryptoError) {
        OpenSSLLibrary.prepare()
        guard let made = unsafe EVP_MD_CTX_new() else { throw .fromQueue() }
        guard unsafe EVP_DigestInit_ex(made, EVP_sha256(), nil) == 1 else {
            unsafe EVP_MD_CTX_free(made)
            throw .fromQueue()
        }
        unsafe context = made
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    /// Adds the next bytes.
    package mutating func update(_ bytes: Span<UInt8>) throws(CryptoError) {
        let result = unsafe bytes.withUnsafeBufferPointer {
            unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count)
        }
        guard result == 1 else { throw .fromQueue() }
    }

    /// The 32 bytes of the digest of everything that was added.
    package consuming func finish() throws(CryptoError) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Self.size)
        var count: UInt32 = 0
        guard unsafe EVP_DigestFinal_ex(context, &digest, &count) == 1, count == digest.count else { throw .fromQueue() }
        return digest
    }

    /// The digest of bytes that are all there.
    package static func of(_ bytes: Span<UInt8>) throws(CryptoError) -> [UInt8] {
        var digest = try SHA256Digest()
        try digest.update(bytes)
        return try digest.finish()
    }
}
