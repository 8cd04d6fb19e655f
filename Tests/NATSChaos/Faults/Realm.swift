import Foundation
import NATSClient
import Synchronization
import TestSupport

/// Who may come to the cluster, and by which certificates it is known. Secrets stand in files that clients read again in every
/// attempt to connect.
final class Realm: Sendable {
    enum Login: CaseIterable, Sendable {
        case password
        case nkey
    }

    private struct State {
        var generation = 0
        var key: NKey
        var password = "password-0"
        var isStranger = false
        var deniesForbidden = false
    }

    static let witnessName = "witness"

    private let certificates: TestCertificates
    private let folder: TemporaryFolder
    private let state: Mutex<State>

    init() throws {
        certificates = try TestCertificates.shared.get()
        folder = try TemporaryFolder()
        state = Mutex(State(key: try NKey.generate(.user)))
        let authorities = [certificates.authority, certificates.otherAuthority].map { certificates.text(of: $0.certificate) }
        try folder.write(authorities.joined(separator: "\n"), to: "roots.pem")
        try writeSecrets()
    }

    // MARK: Servers

    /// Brings a server's configuration up to date.
    func apply(to options: inout NATSServerOptions) {
        state.withLock { state in
            let permissions = state.deniesForbidden ? ", permissions: { publish: { deny: [\"forbidden.>\"] } }" : ""
            options.accounts = """
                APP: { users: [
                  { user: "app", password: "\(state.password)"\(permissions) },
                  { nkey: \(state.key.publicKey)\(permissions) },
                  { user: "\(Self.witnessName)", password: "\(Self.witnessName)" } ] }
                """
            var tls = NATSServerOptions.TLS(state.isStranger ? certificates.stranger : certificates.server)
            tls.isOptional = true
            options.tls = tls
        }
    }

    func rotate(_ login: Login) throws {
        let key = try NKey.generate(.user)
        state.withLock { state in
            state.generation += 1
            switch login {
            case .password: state.password = "password-\(state.generation)"
            case .nkey: state.key = key
            }
        }
        try writeSecrets()
    }

    func rotateCertificate() { state.withLock { $0.isStranger.toggle() } }

    func togglePermissions() { state.withLock { $0.deniesForbidden.toggle() } }

    /// The common name of the certificate that servers show now.
    var certificateName: String { state.withLock { $0.isStranger ? "CN=stranger" : "CN=server" } }

    // MARK: Clients

    var tls: TLSConfiguration { TLSConfiguration(trustRoots: .file(folder.file("roots.pem"))) }

    func authentication(_ login: Login) -> ConnectOptions.Authentication {
        let folder = folder
        return .provider { _ in
            switch login {
            case .password: .user("app", password: folder.text(of: "password"))
            case .nkey: .nkey(seed: folder.text(of: "seed"))
            }
        }
    }

    private func writeSecrets() throws {
        let (password, seed) = state.withLock { state in
            (state.password, state.key.withSeedText { String(repairing: $0) } ?? "")
        }
        try folder.replace("password", by: password)
        try folder.replace("seed", by: seed)
    }
}

extension TemporaryFolder {
    /// Nobody ever reads half of it.
    fileprivate func replace(_ name: String, by text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: file(name)), options: .atomic)
    }
}
