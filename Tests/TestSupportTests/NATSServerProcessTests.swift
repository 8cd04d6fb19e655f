import Glibc
import Testing

@testable import TestSupport

@Suite struct NATSServerProcessTests {
    @Test func aServerAnswersAndIsGoneAfterItsScope() async throws {
        let id = try await withNATSServer { server in
            let client = try RawClient(port: server.port)
            let info = try client.receiveText()
            #expect(info.hasPrefix("INFO {"))
            #expect(server.isRunning)
            return server.processID
        }
        #expect(kill(try #require(id), 0) == -1)
    }

    @Test func aServerIsGoneWhenTheScopeThrows() async throws {
        struct Thrown: Error {}
        var id: Int32?
        do {
            try await withNATSServer { server in
                id = server.processID
                throw Thrown()
            }
        } catch is Thrown {}
        #expect(kill(try #require(id), 0) == -1)
    }

    @Test func itRestartsOnTheSamePort() async throws {
        try await withNATSServer { server in
            let (port, id) = (server.port, server.processID)
            server.kill()
            #expect(!server.isRunning)
            #expect(throws: RawClient.Refused.self) { try RawClient(port: port) }
            try await server.restart()
            #expect(server.port == port)
            #expect(server.processID != id)
            _ = try RawClient(port: port)
            try await server.restart(onSamePort: false)
            _ = try RawClient(port: server.port)
        }
    }

    @Test func itsPortsAreKeptWhileItIsDown() async throws {
        try await withNATSServer { server in
            let port = server.port
            server.kill()
            // Neither a connection nor a foreign listener gets it, only who shares it: the server when it comes back.
            #expect(throws: SocketError.self) { try Socket.bind(port: port, isShared: false) }
            #expect(throws: RawClient.Refused.self) { try RawClient(port: port) }
        }
    }

    @Test func aParseErrorIsSeenInTheLog() async throws {
        try await withNATSServer { server in
            #expect(server.parseErrors.isEmpty)
            let client = try RawClient(port: server.port)
            client.send("CONNECT {\"verbose\":false}\r\nNONSENSE\r\n")
            _ = client.receiveToEnd()
            try await eventually("the server has logged it") { !server.parseErrors.isEmpty }
        }
    }

    @Test func optionsReachTheServer() async throws {
        let options = NATSServerOptions.with {
            $0.user = "ann"
            $0.password = "secret"
            $0.permissions = "publish: { deny: [\"forbidden\"] }"
            $0.maximumPayload = 2048
            $0.isJetStreamEnabled = true
        }
        try await withNATSServer(options) { server in
            let client = try RawClient(port: server.port)
            let info = try client.receiveText()
            #expect(info.contains("\"max_payload\":2048"))
            #expect(info.contains("\"auth_required\":true"))
            #expect(info.contains("\"jetstream\":true"))
            client.send("CONNECT {\"user\":\"ann\",\"pass\":\"secret\",\"verbose\":false}\r\n")
            client.send("PUB forbidden 0\r\n\r\nPING\r\n")
            let answer = try client.receiveText()
            #expect(answer.contains("Permissions Violation"))
        }
    }

    @Test func monitoringPagesAreRead() async throws {
        try await withNATSServer(.with { $0.isMonitored = true }) { server in
            let client = try RawClient(port: server.port)
            client.send("CONNECT {\"name\":\"raw\",\"verbose\":false}\r\nSUB a.> 1\r\nPING\r\n")
            try await eventually("the subscription is listed") {
                let page = try server.monitor("/connz?subs=1", as: ConnectionsPage.self)
                return page.connections.first?.subscriptionsList == ["a.>"] && page.connections.first?.name == "raw"
            }
            #expect(try server.monitor("/subsz", as: SubscriptionsPage.self).numSubscriptions > 0)
            #expect(try server.monitor("/varz", as: ServerPage.self).connections == 1)
        }
    }

    @Test func lameDuckModeIsAnnounced() async throws {
        try await withNATSServer { server in
            let client = try RawClient(port: server.port)
            client.send("CONNECT {\"verbose\":false,\"protocol\":1}\r\nPING\r\n")
            try await eventually("connected") {
                if case .text(let text) = client.receive() { text.contains("PONG") } else { false }
            }
            server.lameDuck()
            let info = try client.receiveText()
            #expect(info.contains("\"ldm\":true"))
        }
    }

    @Test func aReloadTakesEffect() async throws {
        try await withNATSServer { server in
            try await server.reload { $0.maximumPayload = 4096 }
            let client = try RawClient(port: server.port)
            let info = try client.receiveText()
            #expect(info.contains("\"max_payload\":4096"))
        }
    }

    @Test func aWrongConfigurationSaysWhy() async throws {
        let error = await #expect(throws: NATSServerProcess.StartFailure.self) {
            try await withNATSServer(.with { $0.extraConfiguration = "port: nonsense" }) { _ in }
        }
        #expect(error?.description.contains("server.conf") == true)
    }
}
