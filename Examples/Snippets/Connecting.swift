// The samples of Docs/Connecting.md. Scripts/check-readme compares them with the document word for word.

import NATSClient

enum Connecting {
    static func mutualTLS() -> ConnectOptions {
        var options = ConnectOptions()
        options.tls = .init(trustRoots: .file("ca.pem"), certificateChain: .file("c.pem"), privateKey: .file("k.pem"))
        return options
    }

    static func otherTLS() -> [TLSConfiguration] {
        let encryptedKey = TLSConfiguration(
            certificateChain: .file("c.pem"), privateKey: .file("k.pem", passphrase: "correct horse"))
        let otherName = TLSConfiguration(trustRoots: .file("ca.pem"), serverName: "nats.example.com")
        let first = TLSConfiguration(minimumVersion: .tls13, handshakeFirst: true)
        return [encryptedKey, otherName, first]
    }

    static func rotate(_ nats: NATSConnection) async {
        do {
            try await nats.reloadTLS()
        } catch {
            print("the present certificates stay: \(error)")
        }
    }

    static func webSocket(accessToken: @escaping @Sendable () async throws -> String) -> ConnectOptions {
        var options = ConnectOptions()
        options.webSocket.headers = [("X-Tenant", "7")]
        options.webSocket.headersProvider = { [("Authorization", "Bearer \(try await accessToken())")] }
        return options
    }

    static func compressed() -> ConnectOptions {
        var options = ConnectOptions()
        options.webSocket.compression = true
        return options
    }

    static func proxy() -> ConnectOptions {
        var options = ConnectOptions()
        options.proxy = .url("socks5://user:password@proxy.example.com:1080")
        return options
    }
}
