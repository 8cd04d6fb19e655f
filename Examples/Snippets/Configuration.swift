// The samples of Docs/Configuration.md. Scripts/check-readme compares them with the document word for word.

import NATSClient

enum Configuration {
    static func fromOutside() async throws -> NATSConnection {
        let nats = try await NATS.connect()
        print(nats.configurationSources)  // servers: NATS_URL; authentication: NATS_CREDS
        return nats
    }

    static func contexts() async throws -> [NATSConnection] {
        let production = try await NATS.connect(context: "production")
        let own = try await NATS.connect(context: .named("/etc/ingest/nats.json"))
        let selected = try await NATS.connect(context: .selected)
        return [production, own, selected]
    }

    static func explained() async throws {
        do {
            try await NATS.withConnection(context: "production") { nats in try await nats.flush() }
        } catch let error as NATSError where error.code == .invalidConfiguration {
            print(error)  // names the file and the field, and never a value
        }
    }
}
