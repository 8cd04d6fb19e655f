/// The bytes of everything that a configuration names, read at one moment.
struct TLSMaterial: ~Copyable {
    /// Nil: what the system trusts.
    var roots: Item?
    var chain: Item?
    var key: Item?

    /// One of them, and how errors call it.
    struct Item {
        var bytes: [UInt8]
        let file: String?

        var name: String { file ?? "what was given in memory" }
    }

    init(_ configuration: TLSConfiguration) throws(TLSError) {
        switch configuration.trustRoots {
        case .system: roots = nil
        case .file(let path): roots = Item(bytes: try PEMFile.read(path), file: path)
        case .bytes(let bytes): roots = Item(bytes: bytes, file: nil)
        }
        switch configuration.certificateChain {
        case nil: chain = nil
        case .file(let path): chain = Item(bytes: try PEMFile.read(path), file: path)
        case .bytes(let bytes): chain = Item(bytes: bytes, file: nil)
        }
        switch configuration.privateKey?.source {
        case nil: key = nil
        case .file(let path): key = Item(bytes: try PEMFile.read(path), file: path)
        case .bytes(let bytes): key = Item(bytes: bytes, file: nil)
        }
    }

    deinit {
        // Of a key given in memory this wipes a copy: the array of the configuration is shared, and stays.
        if var key { Secrets.wipe(&key.bytes) }
    }

    /// Tells whether two readings found the same, without keeping a key.
    func fingerprint() throws(TLSError) -> [UInt8] {
        do throws(CryptoError) {
            var digest = try SHA256Digest()
            for item in [roots, chain, key] {
                let part = try item.map { item throws(CryptoError) in try SHA256Digest.of(item.bytes.span) } ?? [0]
                try digest.update(part.span)
            }
            return try digest.finish()
        } catch {
            throw TLSError(.unavailable, "OpenSSL has no SHA-256: \(error)")
        }
    }
}
