extension TLSConfiguration {
    /// A private key in PEM, and how to decrypt it. No description of it ever shows the key or the passphrase.
    public struct PrivateKey: Sendable {
        /// Gives the passphrase; called each time the key is read, on a thread that must not block for long.
        public typealias Passphrase = @Sendable () throws -> String

        enum Source: Sendable {
            case file(String)
            case bytes([UInt8])
        }

        let source: Source
        let passphrase: Passphrase?

        /// The key of a PEM file, which isn't encrypted.
        public static func file(_ path: String) -> PrivateKey { PrivateKey(source: .file(path), passphrase: nil) }

        /// The key of a PEM file that is encrypted with this passphrase.
        public static func file(_ path: String, passphrase: String) -> PrivateKey {
            PrivateKey(source: .file(path), passphrase: { passphrase })
        }

        /// The key of a PEM file that is encrypted; the passphrase is asked for each time the file is read.
        public static func file(_ path: String, passphrase: @escaping Passphrase) -> PrivateKey {
            PrivateKey(source: .file(path), passphrase: passphrase)
        }

        /// The key of a PEM text, which isn't encrypted.
        public static func bytes(_ pem: [UInt8]) -> PrivateKey { PrivateKey(source: .bytes(pem), passphrase: nil) }

        /// The key of a PEM text that is encrypted with this passphrase.
        public static func bytes(_ pem: [UInt8], passphrase: String) -> PrivateKey {
            PrivateKey(source: .bytes(pem), passphrase: { passphrase })
        }

        /// The key of a PEM text that is encrypted; the passphrase is asked for each time the key is read.
        public static func bytes(_ pem: [UInt8], passphrase: @escaping Passphrase) -> PrivateKey {
            PrivateKey(source: .bytes(pem), passphrase: passphrase)
        }
    }
}

extension TLSConfiguration.PrivateKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String {
        switch source {
        case .file(let path): "private key in \(path)"
        case .bytes: "private key in memory"
        }
    }

    public var debugDescription: String { description }

    /// Empty: `dump` shows nothing of a key.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
