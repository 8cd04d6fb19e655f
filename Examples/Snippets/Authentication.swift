// The samples of Docs/Authentication.md. Scripts/check-readme compares them with the document word for word.

import NATSClient

enum Authentication {
    static func ways(seed: String, jwt: String, text: String, hsm: HSM) -> [ConnectOptions] {
        var options = ConnectOptions()
        var all: [ConnectOptions] = []
        options.authentication = .token("t0ken")
        all.append(options)
        options.authentication = .user("ann", password: "…")
        all.append(options)
        options.authentication = .credentials(file: "/run/secrets/user.creds")
        all.append(options)
        options.authentication = .credentials(text: text)
        all.append(options)
        options.authentication = .nkey(seed: seed)
        all.append(options)
        options.authentication = .jwt(jwt) { nonce in try await hsm.sign(nonce) }
        all.append(options)
        return all
    }

    static func provider(vault: Vault) -> ConnectOptions {
        var options = ConnectOptions()
        options.authentication = .provider { request in
            let secret = try await vault.secret(for: request.server)
            return .user("ann", password: secret)
        }
        return options
    }

    static func whoAmI(_ nats: NATSConnection) async throws {
        let info = try await nats.userInfo()
        print("\(info.user) in account \(info.account)")
        if let publish = info.permissions?.publish { print("may publish to \(publish.allow), but not to \(publish.deny)") }
    }

    static func trace(_ nats: NATSConnection) async throws {
        let trace = try await nats.trace("orders.new", "3 apples")
        print(trace)
        if trace.deliveries.isEmpty { print("nobody would get it: \(trace.errors)") }
    }
}

protocol HSM: Sendable {
    func sign(_ nonce: [UInt8]) async throws -> [UInt8]
}

protocol Vault: Sendable {
    func secret(for server: String) async throws -> String
}
