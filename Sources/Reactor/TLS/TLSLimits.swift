/// Every limit of TLS.
enum TLSLimits {
    /// The most plaintext of one record (RFC 8446, section 5.1).
    static let recordPlaintextMaximum = 16 * 1024
    /// What one send to the kernel gathers: 128 KiB are about 80 µs of encryption, during which nobody else is served.
    static let ciphertextPerSend = 128 * 1024
    /// Ciphertext that may wait for the kernel, besides one batch: a peer that asks for answers and never reads ends here.
    static let waitingCiphertextMaximum = 4 * ciphertextPerSend
    /// How much of an answer that isn't TLS is kept for the error.
    static let excerptMaximum = 64
    /// Sessions that are remembered for resumption, one for each server.
    static let rememberedSessionsMaximum = 256
}
