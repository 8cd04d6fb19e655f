import Testing
import TestSupport

@Suite struct NATSClusterTests {
    @Test func clientsAreToldOfEveryMember() async throws {
        try await withNATSCluster(of: 3) { cluster in
            for server in cluster.servers {
                let info = try RawClient(port: server.port).receiveText()
                for other in cluster.servers { #expect(info.contains("127.0.0.1:\(other.port)")) }
            }
            #expect(cluster.server(at: cluster[1].url) === cluster[1])
        }
    }

    @Test func aMemberThatWasKilledComesBackOnItsPortAndFindsTheOthers() async throws {
        try await withNATSCluster(of: 3) { cluster in
            let ports = cluster.servers.map(\.port)
            for server in cluster.servers {
                server.kill()
                try await cluster.settle()
                try await server.restart()
                try await cluster.settle()
            }
            #expect(cluster.servers.map(\.port) == ports)
            for server in cluster.servers { server.kill() }
            for server in cluster.servers { try await server.restart() }
            try await cluster.settle()
        }
    }

    @Test func interestIsAwaitedAcrossRoutes() async throws {
        try await withNATSCluster(of: 2) { cluster in
            let subscriber = try RawClient(port: cluster[0].port)
            _ = try subscriber.receiveText()
            subscriber.send("CONNECT {\"verbose\":false}\r\nSUB orders.> 1\r\nPING\r\n")
            #expect(try subscriber.receiveText() == "PONG\r\n")
            try await cluster.awaitInterest(in: "orders.>", of: cluster[0])
            let publisher = try RawClient(port: cluster[1].port)
            _ = try publisher.receiveText()
            publisher.send("CONNECT {\"verbose\":false}\r\nPUB orders.new 2\r\nhi\r\n")
            #expect(try subscriber.receiveText() == "MSG orders.new 1 2\r\nhi\r\n")
        }
    }

    @Test func aLameDuckEndsByItself() async throws {
        let options = NATSServerOptions.with { $0.lameDuckGracePeriod = .milliseconds(10) }
        try await withNATSCluster(of: 2, options) { cluster in
            let client = try RawClient(port: cluster[0].port)
            _ = try client.receiveText()
            client.send("CONNECT {\"verbose\":false,\"protocol\":1}\r\nPING\r\n")
            _ = client.receive(count: 6)
            cluster[0].lameDuck()
            #expect(client.receiveToEnd().text.contains("\"ldm\":true"))
            try await cluster[0].waitForEnd()
            #expect(!cluster[0].isRunning)
            try await cluster.settle()
        }
    }

    @Test func aFrozenServerIsSilentUntilItThaws() async throws {
        try await withNATSServer { server in
            server.freeze()
            let client = try RawClient(port: server.port)
            #expect(client.receive(isPatient: false) == .nothing)
            server.thaw()
            #expect(try client.receiveText().hasPrefix("INFO {"))
        }
    }

    @Test func membersCanDiffer() async throws {
        try await withNATSCluster(of: 2) { index, options in
            options.maximumPayload = 1000 * (index + 1)
            options.clientAdvertise = "127.0.0.1:\(7000 + index)"
        } _: { cluster in
            for (index, server) in cluster.servers.enumerated() {
                let info = try RawClient(port: server.port).receiveText()
                #expect(info.contains("\"max_payload\":\(1000 * (index + 1))"))
                #expect(info.contains("\"127.0.0.1:7000\"") && info.contains("\"127.0.0.1:7001\""))
                #expect(info.contains("\"server_name\":\"n\(index)\""))
            }
        }
    }

    @Test func everyTransportAndLimitIsUnderstood() async throws {
        let certificates = try TestCertificates.shared.get()
        var tls = NATSServerOptions.TLS(certificates.server)
        tls.clientAuthority = certificates.authority
        tls.handshakeFirst = .automatic
        tls.isOptional = true
        tls.minimumVersion = "1.3"
        let options = NATSServerOptions.with {
            $0.tls = tls
            $0.webSocket = .init(tls: .init(certificates.server), isCompressed: true)
            $0.authCallout = .init(issuer: "ABJHLOVMPA4CI6R5KLNGOB4GSLNIY7IOUPAJC4YFNDLQVIOBYQGUWVLA")
            $0.maximumPayload = 1000
            $0.maximumPending = 10_000
            $0.maximumConnections = 1
            $0.pingInterval = .seconds(1)
            $0.writeDeadline = .milliseconds(300)
        }
        try await withNATSServer(options) { server in
            #expect(server.tlsURL == "tls://localhost:\(server.port)")
            #expect(server.webSocketURL == "wss://localhost:\(try #require(server.ports?.webSocket))")
            let info = try RawClient(port: server.port).receiveText()
            for field in ["\"tls_available\":true", "\"tls_verify\":true", "\"max_payload\":1000"] {
                #expect(info.contains(field), "\(info)")
            }
        }
    }
}
