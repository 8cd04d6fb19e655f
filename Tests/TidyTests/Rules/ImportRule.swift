/// Each module imports only what its layer may know.
struct ImportRule: TidyRule {
    let testDescription = "imports stay inside the layer"

    /// What a module may import anywhere.
    static let allowed: [String: Set<String>] = [
        "Reactor": ["CReactor", "CLiburing", "Glibc", "Musl", "Synchronization"],
        "NATSProtocol": ["CNATSBytes"],
        "NATSClient": ["Reactor", "NATSProtocol", "CReactor", "Synchronization"],
        "NATSStores": ["NATSClient", "NATSProtocol", "Synchronization"],
        // The one module with Foundation: decision 0014.
        "NATSFoundation": ["NATSClient", "NATSStores", "FoundationEssentials"],
    ]

    /// What it may import in one folder besides.
    static let allowedInFolder: [(folder: String, modules: Set<String>)] = [
        ("Sources/Reactor/TLS/", ["COpenSSL"]),
        ("Sources/Reactor/Crypto/", ["COpenSSL"]),
        ("Sources/Reactor/Compression/", ["CZlib"]),
    ]

    func findings(in file: SourceFile) -> [Finding] {
        guard file.isSwift, let module = file.module else { return [] }
        guard var allowed = Self.allowed[module] else {
            return [Finding(path: file.path, line: 1, message: "module \(module) is not in the table of imports")]
        }
        for entry in Self.allowedInFolder where file.path.hasPrefix(entry.folder) { allowed.formUnion(entry.modules) }
        return file.codeLines.enumerated().compactMap { index, line in
            guard let imported = Self.importedModule(line), !allowed.contains(imported) else { return nil }
            return Finding(path: file.path, line: index + 1, message: "\(module) must not import \(imported)")
        }
    }

    /// `Glibc` for `internal import struct Glibc.pollfd`.
    static func importedModule(_ line: String) -> String? {
        let words = line.split { $0 == " " || $0 == "\t" || $0 == ";" }
        guard let keyword = words.firstIndex(of: "import"), keyword + 1 < words.count else { return nil }
        let isDeclaration = words[..<keyword].allSatisfy { $0.hasPrefix("@") || accessLevels.contains(String($0)) }
        guard isDeclaration else { return nil }
        var name = words[keyword + 1]
        if kinds.contains(String(name)), keyword + 2 < words.count { name = words[keyword + 2] }
        return String(name.prefix { $0 != "." })
    }

    private static let accessLevels: Set<String> = ["public", "package", "internal", "fileprivate", "private"]
    private static let kinds: Set<String> = [
        "struct", "class", "enum", "protocol", "func", "var", "let", "typealias", "actor",
    ]
}
