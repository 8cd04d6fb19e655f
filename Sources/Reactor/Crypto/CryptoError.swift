/// Why a key, signature or digest could not be made.
package enum CryptoError: Error, Hashable, Sendable {
    /// A seed must have 32 bytes.
    case invalidSeed
    /// OpenSSL refuses, for example because of its configuration, or for lack of memory.
    case unavailable(details: [String])

    static func fromQueue() -> CryptoError { .unavailable(details: OpenSSLErrors.drain().texts) }
}
