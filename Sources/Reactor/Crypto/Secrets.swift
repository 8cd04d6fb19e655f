// Wiping. Unsafe invariant: the pointer is used only for the duration of one call.
internal import COpenSSL

/// What must not stay in memory.
package enum Secrets {
    /// Overwrites the bytes, in a way that no optimiser removes. Only this array's own storage: copies stay.
    package static func wipe(_ bytes: inout [UInt8]) {
        unsafe bytes.withUnsafeMutableBytes { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
    }
}
