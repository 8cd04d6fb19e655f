/// Nothing in the repository knows one particular machine or network.
struct PortableTextRule: TidyRule {
    let testDescription = "no paths of a machine, no hosts of package registries"

    // Put together here, so that this file passes its own rule.
    private static let machinePaths = [
        "/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "/Us" + "ers/", "/tmp" + "/", "/opt" + "/",
    ]
    private static let registryHosts = [
        "py" + "pi.org", "python" + "hosted.org", "deb.deb" + "ian.org", "archive.ubu" + "ntu.com",
        "registry.np" + "mjs",
        "crat" + "es.io", "proxy.gol" + "ang.org", "rubyg" + "ems.org", "repo.maven.apac" + "he.org",
    ]

    func findings(in file: SourceFile) -> [Finding] {
        file.lines.enumerated().flatMap { index, line -> [Finding] in
            let bytes = Array(line.utf8)
            guard bytes.contains(UInt8(ascii: "/")) || bytes.contains(UInt8(ascii: ".")) else { return [] }
            let paths = Self.machinePaths.filter { path in
                // A path that begins here: not the inside of a longer path or URL.
                bytes.occurrences(of: path).contains { $0 == 0 || !Self.continuesPath(bytes[$0 - 1]) }
            }
            let hosts = Self.registryHosts.filter { !bytes.occurrences(of: $0).isEmpty }
            return (paths + hosts).map { Finding(path: file.path, line: index + 1, message: "names '\($0)'") }
        }
    }

    private static func continuesPath(_ byte: UInt8) -> Bool {
        byte.isWordByte || [UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "}"), UInt8(ascii: "-")].contains(byte)
    }
}

/// Scripts can be run, and stop at the first error.
struct ScriptRule: TidyRule {
    let testDescription = "scripts are executable and strict"

    func findings(in file: SourceFile) -> [Finding] {
        let isScript = file.path.hasPrefix("Scripts/") && !file.path.hasSuffix(".bash") && !file.path.hasSuffix(".md")
        guard isScript || file.path == ".ci/run" else { return [] }
        var messages: [String] = []
        if !file.isExecutable { messages.append("is not executable") }
        if file.lines.first != "#!/usr/bin/env bash" { messages.append("does not begin with #!/usr/bin/env bash") }
        let firstCommand = file.lines.dropFirst().first { !$0.hasPrefix("#") && !$0.isEmpty }
        if firstCommand != "set -euo pipefail" { messages.append("its first command is not 'set -euo pipefail'") }
        return messages.map { Finding(path: file.path, line: 1, message: $0) }
    }
}
