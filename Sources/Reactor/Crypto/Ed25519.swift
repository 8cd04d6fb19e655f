// Ed25519 by OpenSSL. Unsafe invariant: `key` is a private key that this value alone owns and frees; pointers to bytes are
// used only for the duration of one call.
internal import COpenSSL

/// An Ed25519 private key (RFC 8032). OpenSSL wipes it when the value ends.
@safe package struct Ed25519: ~Copyable {
    package static var seedSize: Int { 32 }
    package static var publicKeySize: Int { 32 }
    package static var signatureSize: Int { 64 }

    private let key: OpaquePointer

    /// The key of a seed of 32 bytes. The caller wipes the seed.
    package init(seed: Span<UInt8>) throws(CryptoError) {
        guard seed.count == Self.seedSize else { throw .invalidSeed }
        OpenSSLLibrary.prepare()
        let made = unsafe seed.withUnsafeBufferPointer {
            unsafe EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, $0.baseAddress, $0.count)
        }
        guard let made = unsafe made else { throw .fromQueue() }
        unsafe key = made
    }

    deinit { unsafe EVP_PKEY_free(key) }

    /// The 32 bytes of the public key.
    package func publicKey() throws(CryptoError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.publicKeySize)
        var count = bytes.count
        guard unsafe EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1, count == bytes.count else { throw .fromQueue() }
        return bytes
    }

    /// The signature of a message, 64 bytes. The same message always has the same signature.
    package func sign(_ message: Span<UInt8>) throws(CryptoError) -> [UInt8] {
        guard let context = unsafe EVP_MD_CTX_new() else { throw .fromQueue() }
        defer { unsafe EVP_MD_CTX_free(context) }
        var signature = [UInt8](repeating: 0, count: Self.signatureSize)
        var count = signature.count
        guard unsafe EVP_DigestSignInit(context, nil, nil, nil, key) == 1 else { throw .fromQueue() }
        let result = unsafe message.withUnsafeBufferPointer {
            unsafe EVP_DigestSign(context, &signature, &count, $0.baseAddress, $0.count)
        }
        guard result == 1, count == signature.count else { throw .fromQueue() }
        return signature
    }

    /// Whether this is the signature of the message by the owner of the public key. False also for malformed arguments.
    package static func isValid(signature: Span<UInt8>, of message: Span<UInt8>, publicKey: Span<UInt8>) -> Bool {
        guard signature.count == signatureSize, publicKey.count == publicKeySize else { return false }
        OpenSSLLibrary.prepare()
        defer { OpenSSLErrors.clear() }
        let made = unsafe publicKey.withUnsafeBufferPointer {
            unsafe EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, $0.baseAddress, $0.count)
        }
        guard let key = unsafe made else { return false }
        defer { unsafe EVP_PKEY_free(key) }
        guard let context = unsafe EVP_MD_CTX_new() else { return false }
        defer { unsafe EVP_MD_CTX_free(context) }
        guard unsafe EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1 else { return false }
        return unsafe signature.withUnsafeBufferPointer { signature in
            unsafe message.withUnsafeBufferPointer { message in
                unsafe EVP_DigestVerify(
                    context, signature.baseAddress, signature.count, message.baseAddress, message.count) == 1
            }
        }
    }
}
