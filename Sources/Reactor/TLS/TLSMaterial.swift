/// The bytes of everything that a configuration names, read at one moment.
struct TLSMaterial: ~Copyable {
    /// Nil: what the system trusts.
    private(set) var roots: Item?
    private(set) var chain: Item?
    private(set) var key: Item?
    /// Changes with what the system trusts; empty when that doesn't matter.
    private var systemTrust: [UInt8] = []

    /// One of them, and how errors call it.
    final class Item {
        private(set) var bytes: [UInt8]
        let file: String?

        var name: String { file ?? "what was given in memory" }

        init(file: String) throws(TLSError) {
            bytes = try PEMFile.read(file)
            self.file = file
        }

        init(bytes: [UInt8]) {
            self.bytes = bytes
            file = nil
        }

        /// Overwrites what was read, in its place. What was given in memory belongs to the configuration, which keeps it.
        func wipe() {
            if file != nil { Secrets.wipe(&bytes) }
        }
    }

    init(_ configuration: TLSConfiguration, systemTrust: SystemTrust = .current) throws(TLSError) {
        switch configuration.trustRoots {
        case .system: roots = nil
        case .file(let path): roots = try Item(file: path)
        case .bytes(let bytes): roots = Item(bytes: bytes)
        }
        if roots == nil { self.systemTrust = systemTrust.fingerprint }
        switch configuration.certificateChain {
        case nil: chain = nil
        case .file(let path): chain = try Item(file: path)
        case .bytes(let bytes): chain = Item(bytes: bytes)
        }
        switch configuration.privateKey?.source {
        case nil: key = nil
        case .file(let path): key = try Item(file: path)
        case .bytes(let bytes): key = Item(bytes: bytes)
        }
    }

    deinit { key?.wipe() }

    /// Tells whether two readings found the same, without keeping a key.
    func fingerprint() throws(TLSError) -> [UInt8] {
        do throws(CryptoError) {
            var digest = try SHA256Digest()
            for bytes in [roots?.bytes ?? systemTrust, chain?.bytes, key?.bytes] {
                let part = try bytes.map { bytes throws(CryptoError) in try SHA256Digest.of(bytes.span) } ?? [0]
                try digest.update(part.span)
            }
            return try digest.finish()
        } catch {
            throw TLSError(.unavailable, "OpenSSL has no SHA-256: \(error)")
        }
    }
}
