import Reactor

extension OutsideSettings {
    static var tlsFields: [WritableKeyPath<ContextFile, String?>] { [\.certificate, \.key, \.certificateAuthority] }

    /// TLS with the files that are named, as in the CLI: whoever names one requires TLS. Nil when nothing is said of it.
    var tls: TLSConfiguration? {
        let hasFiles = Self.tlsFields.contains { values[keyPath: $0] != nil }
        guard hasFiles || values.tlsFirst == true else { return nil }
        func path(_ field: KeyPath<ContextFile, String?>) -> String? {
            values[keyPath: field].map(environment.expand)
        }
        return TLSConfiguration(
            trustRoots: path(\.certificateAuthority).map { .file($0) } ?? .system,
            certificateChain: path(\.certificate).map { .file($0) }, privateKey: path(\.key).map { .file($0) },
            handshakeFirst: values.tlsFirst ?? false)
    }

    /// The proxy's address, which the CLI takes without a scheme, too.
    var proxyURL: String? {
        values.socksProxy.map { $0.contains("://") ? $0 : "socks5://\($0)" }
    }
}
