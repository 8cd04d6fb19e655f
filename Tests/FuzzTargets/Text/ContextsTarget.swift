import NATSClient
import NATSProtocol

/// Contexts of the `nats` CLI and the variables of the environment. An input that begins with `{` is a file; others are lines
/// of NAME=value.
enum ContextsTarget: FuzzTarget {
    static let name = "contexts"

    static func run(_ input: Span<UInt8>) throws(FuzzFinding) {
        var variables = ["HOME": "/derek", "EMPTY": ""]
        var file = ContextFile()
        if input.count > 0, input[0] == UInt8(ascii: "{") {
            if let parsed = attempt({ () throws(ContextError) in try ContextFile(parsing: input) }) {
                file = parsed
                try expectSound(file, [UInt8](copying: input))
            }
        } else {
            for line in input.text.split(separator: "\n") {
                let name = line.prefix { $0 != "=" }
                variables[String(name)] = String(line[name.endIndex...].dropFirst())
            }
        }
        let environment = ClientEnvironment(variables)
        try expectEnvironment(environment)
        let merged = environment.settings.overlaying(file)
        try expectEqual(file.overlaying(ContextFile()), file, "over nothing")
        try expectEqual(ContextFile().overlaying(file), file, "nothing over it")
        for settings in [file, environment.settings, merged] { expectIdentity(settings, environment) }
    }

    private static func expectSound(_ file: ContextFile, _ json: [UInt8]) throws(FuzzFinding) {
        guard let plain = PlainJSON(json, checksTexts: false) else { throw FuzzFinding("read from what isn't JSON") }
        for (name, found) in [
            ("url", file.url), ("user", file.user), ("creds", file.credentials), ("ca", file.certificateAuthority),
        ] {
            var expected: String?
            if case .string(let text)? = plain[name], !text.isEmpty { expected = text }
            try expectEqual(found, expected, name)
        }
        var other = file
        if other.password != nil { other.password = "another secret" }
        if other.token != nil { other.token = "another secret" }
        if other.userSeed != nil { other.userSeed = "another secret" }
        try expectEqual("\(other)", "\(file)", "the description depends on the secret")
    }

    private static func expectEnvironment(_ environment: ClientEnvironment) throws(FuzzFinding) {
        if let timeout = attempt({ () throws(ContextError) in try environment.timeout }) ?? nil {
            try expect(timeout > .zero, "a timeout of \(timeout)")
        }
        guard let name = environment.contextName, let location = try? ContextLocation(environment) else { return }
        guard let path = try? location.path(ofContext: name) else { return }
        let rest = path.utf8.dropFirst("\(location.directory)/context/".utf8.count)
        try expect(!rest.contains(UInt8(ascii: "/")), "the context '\(name)' is outside of the folder")
    }

    private static func expectIdentity(_ settings: ContextFile, _ environment: ClientEnvironment) {
        guard let identity = try? settings.identity(environment) else { return }
        let references: [SecretReference?] =
            switch identity {
            case .none: []
            case .user(_, let secret), .credentials(let secret), .nkey(let secret), .token(let secret): [secret]
            case .jwt(let jwt, let seed): [jwt, seed]
            }
        for case let reference? in references {
            _ = try? reference.resolve(environment) { path in Array(path.utf8) }
            _ = "\(reference)"
        }
    }
}
