import NATSProtocol
import Reactor

/// Where a context keeps a secret. Source: `natscontext/credentials.go` and `BACKENDS.md` of nats-io/jsm.go.
package enum SecretReference: Hashable, Sendable {
    /// The secret itself.
    case value(String)
    /// A file: `file://PATH`, or a bare path where a path is expected. Variables in the path are replaced.
    case file(String)
    /// A variable of the environment: `env://NAME`.
    case environment(String)
    /// `data:[type];base64,TEXT`
    case data(String)
    /// Something that takes another program (`op://`, `nsc://`).
    case unsupported(scheme: String)

    /// Of a field that holds a path or a reference.
    init(path text: String, _ environment: ClientEnvironment) {
        switch Self(value: text, environment) {
        case .value(let path): self = .file(environment.expand(path))
        case let other: self = other
        }
    }

    /// Of a field that holds a value or a reference. Schemes are read in any case; an unknown one belongs to the value.
    init(value text: String, _ environment: ClientEnvironment) {
        func rest(after prefix: String) -> String? {
            text.lowercased().hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : nil
        }
        if let path = rest(after: "file://") {
            self = .file(environment.expand(path))
        } else if let name = rest(after: "env://") {
            self = .environment(name)
        } else if let data = rest(after: "data:") {
            self = .data(data)
        } else if rest(after: "op://") != nil {
            self = .unsupported(scheme: "op")
        } else if rest(after: "nsc://") != nil {
            self = .unsupported(scheme: "nsc")
        } else {
            self = .value(text)
        }
    }

    /// Fetches the secret; line ends behind it are dropped. `readFile` gives the bytes of a file.
    package func resolve(
        _ environment: ClientEnvironment, readFile: (String) throws -> [UInt8]
    ) throws(ContextError) -> SecretBytes {
        switch self {
        case .value(let text):
            return SecretBytes(copying: text.utf8Span.span)
        case .file(let path):
            var bytes: [UInt8]
            do {
                bytes = try readFile(path)
            } catch {
                throw ContextError(.unreadable, "the file '\(path)' can't be read: \(error)")
            }
            defer { Secrets.wipe(&bytes) }
            return Self.withoutLineEnds(bytes.span)
        case .environment(let name):
            guard let text = environment[name] else {
                throw ContextError(.invalidValue, "the variable '\(name)' is not set, or empty")
            }
            return Self.withoutLineEnds(text.utf8Span.span)
        case .data(let text):
            return try Self.decode(text)
        case .unsupported(let scheme):
            throw ContextError(
                .unsupportedReference, "'\(scheme)://' needs another program; use a path, file://, env:// or data:")
        }
    }

    /// `[type];base64,TEXT`
    private static func decode(_ text: String) throws(ContextError) -> SecretBytes {
        let header = text.prefix { $0 != "," }
        let payload = text[header.endIndex...].dropFirst()
        var isSound = header.split(separator: ";", omittingEmptySubsequences: false).contains { $0 == "base64" }
        let count = Base64.byteCountMax(ofCharacters: payload.utf8.count)
        let bytes = Array(payload.utf8)
        let secret = SecretBytes(capacity: count) { output in
            isSound = Base64.decode(bytes.span, .standard, into: &output) && isSound
        }
        guard isSound, secret.count > 0 else {
            throw ContextError(.invalidValue, "a 'data:' reference isn't of the form data:;base64,TEXT")
        }
        return secret
    }

    private static func withoutLineEnds(_ bytes: Span<UInt8>) -> SecretBytes {
        var count = bytes.count
        while count > 0, bytes[count - 1] == 0x0A || bytes[count - 1] == 0x0D { count -= 1 }
        return SecretBytes(copying: bytes.extracting(0..<count))
    }
}

/// Descriptions show where a secret is, and not the secret.
extension SecretReference: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        switch self {
        case .value: "a value"
        case .file(let path): "the file \(path)"
        case .environment(let name): "the variable \(name)"
        case .data: "data"
        case .unsupported(let scheme): "\(scheme)://"
        }
    }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["kind": description], displayStyle: .enum) }
}
