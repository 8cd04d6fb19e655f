import Reactor
import TestSupport
import Testing

@Suite struct TLSVerificationTests {
    /// The client's error and the server's, after a handshake that must not succeed.
    private func refusal(
        _ client: TLSContext, _ server: TLSContext, host: String = "localhost"
    ) throws -> (client: TLSError, server: TLSError?) {
        var pair = try EnginePair(client, server, host: host)
        pair.run()
        #expect(!pair.serverLog.isEstablished)
        return (try #require(pair.clientLog.error), pair.serverLog.error)
    }

    @Test("a certificate of an unknown authority is refused, and the server learns it")
    func unknownAuthority() throws {
        let (error, alert) = try refusal(Contexts.client(), Contexts.server(Contexts.certificates.stranger))
        #expect(error.code == .certificateRejected)
        #expect(error.certificate?.subject == "CN=stranger, O=swift-nats tests")
        #expect(error.certificate?.issuer == "CN=other-authority, O=swift-nats tests")
        #expect(error.message.contains("trust root"))
        #expect(alert?.alert == .unknownCA)
        #expect(alert?.code == .alertReceived)
    }

    @Test("an expired certificate is refused with its date")
    func expired() throws {
        let (error, alert) = try refusal(Contexts.client(), Contexts.server(Contexts.certificates.expired))
        let notAfter = try #require(error.certificate?.notAfter)
        #expect(error.code == .certificateRejected)
        #expect(error.message.contains("expired on \(notAfter)"))
        #expect(alert?.alert == .certificateExpired)
    }

    @Test("a certificate of another host is refused, and its names are told")
    func wrongHost() throws {
        let (error, _) = try refusal(Contexts.client(), Contexts.server(Contexts.certificates.elsewhere))
        #expect(error.code == .nameMismatch)
        #expect(error.message.contains("localhost") && error.message.contains("elsewhere.test"))
    }

    @Test("a common name is no name")
    func commonName() throws {
        let (error, _) = try refusal(Contexts.client(), Contexts.server(Contexts.certificates.nameless))
        #expect(error.code == .nameMismatch)
        #expect(error.message.contains("subject alternative names"))
    }

    @Test("an address that the certificate doesn't name is refused")
    func wrongAddress() throws {
        let (error, _) = try refusal(Contexts.client(), Contexts.server(), host: "127.0.0.2")
        #expect(error.code == .nameMismatch)
        #expect(error.message.contains("127.0.0.2"))
    }

    @Test(
        "names and addresses of the certificate are accepted",
        arguments: [
            "localhost", "LOCALHOST", "localhost.", "127.0.0.1", "::1", "[::1]", "0:0:0:0:0:0:0:1", "::1%lo",
        ])
    func acceptsNames(host: String) throws {
        var pair = try EnginePair(Contexts.client(), Contexts.server(), host: host)
        pair.run()
        #expect(pair.clientLog.isEstablished && pair.clientLog.error == nil)
    }

    @Test("the name of the configuration counts, not the host")
    func overridesName() throws {
        let client = try Contexts.client(serverName: "elsewhere.test")
        var pair = try EnginePair(client, Contexts.server(Contexts.certificates.elsewhere), host: "10.1.2.3")
        pair.run()
        #expect(pair.clientLog.isEstablished)
        let (error, _) = try refusal(client, Contexts.server(), host: "localhost")
        #expect(error.code == .nameMismatch)
    }

    @Test("names that can't be are refused at once", arguments: ["", "a\0b", String(repeating: "a", count: 300)])
    func impossibleNames(host: String) throws {
        #expect(throws: TLSError.self) { _ = try TLSEngine(Contexts.client(), role: .client(TLSPeer(host: host, port: 1))) }
    }

    @Test("without verification anybody is believed")
    func acceptsAny() throws {
        let client = try TLSContext(TLSConfiguration(verification: .dangerouslyAcceptAnyCertificate))
        for identity in try [Contexts.certificates.stranger, Contexts.certificates.expired] {
            var pair = try EnginePair(client, Contexts.server(identity), host: "anything")
            pair.run()
            #expect(pair.clientLog.isEstablished)
        }
    }

    @Test("the system's roots don't know the tests' authority")
    func systemRoots() throws {
        let (error, _) = try refusal(TLSContext(TLSConfiguration()), Contexts.server())
        #expect(error.code == .certificateRejected)
    }

    @Test("a server that wants a certificate says so", arguments: TLSEngineTests.versions)
    func clientCertificateMissing(version: TLSConfiguration.ProtocolVersion) throws {
        let server = try Contexts.server(requiresClientCertificate: true, maximumVersion: version)
        let (error, _) = try refusal(Contexts.client(), server)
        #expect(error.code == .alertReceived)
        #expect(error.alert == (version == .tls13 ? .certificateRequired : .handshakeFailure))
        if version == .tls13 { #expect(error.message.contains("certificate required")) }
    }

    @Test("a server that wants a certificate gets it", arguments: TLSEngineTests.versions)
    func clientCertificate(version: TLSConfiguration.ProtocolVersion) throws {
        let client = try Contexts.client(identity: Contexts.certificates.client)
        var pair = try EnginePair(client, Contexts.server(requiresClientCertificate: true, maximumVersion: version))
        pair.run()
        pair.sendToServer([1])
        #expect(pair.serverLog.bytes == [1])
        #expect(pair.server.details?.certificate?.subject == "CN=client-1, O=swift-nats tests")
    }

    @Test("a client's certificate of an unknown authority is refused with that alert")
    func clientOfStrangers() throws {
        let client = try Contexts.client(identity: Contexts.certificates.stranger)
        let (error, _) = try refusal(client, Contexts.server(requiresClientCertificate: true))
        #expect(error.alert == .unknownCA)
        #expect(error.message.contains("unknown ca"))
    }

    @Test("two sides without a common version refuse")
    func versions() throws {
        let client = try Contexts.client { $0.minimumVersion = .tls13 }
        let (error, _) = try refusal(client, Contexts.server(maximumVersion: .tls12))
        #expect(error.alert == .protocolVersion)
    }
}

@Suite struct TLSResumptionTests {
    private func connect(_ client: TLSContext, _ server: TLSContext) throws -> Bool {
        var pair = try EnginePair(client, server)
        pair.run()
        pair.sendToServer([1])
        #expect(pair.serverLog.bytes == [1])
        #expect(pair.client.details?.isResumed == pair.server.details?.isResumed)
        // Cut, not closed: that is how connections end.
        let details = pair.client.details
        return try #require(details).isResumed
    }

    @Test("the next handshake resumes the session, again and again", arguments: TLSEngineTests.versions)
    func resumes(version: TLSConfiguration.ProtocolVersion) throws {
        let (client, server) = (try Contexts.client(), try Contexts.server(maximumVersion: version))
        #expect(try !connect(client, server))
        for _ in 0..<3 { #expect(try connect(client, server)) }
    }

    @Test("a server that doesn't know the session makes a new one")
    func fallsBack() throws {
        let client = try Contexts.client()
        #expect(try !connect(client, Contexts.server()))
        #expect(try !connect(client, Contexts.server()))
    }

    @Test("files that are the same keep the sessions; changed ones drop them")
    func reloads() throws {
        let certificates = try Contexts.certificates
        let folder = try TemporaryFolder()
        let roots = folder.file("roots.pem")
        try folder.write(certificates.text(of: certificates.authority.certificate), to: "roots.pem")
        let (client, server) = (try Contexts.client(roots: roots), try Contexts.server())
        #expect(try !connect(client, server))
        let same = try client.reloaded()
        #expect(same === client)
        #expect(try connect(same, server))
        try folder.write(certificates.text(of: certificates.otherAuthority.certificate), to: "roots.pem")
        let changed = try client.reloaded()
        var pair = try EnginePair(changed, server)
        pair.run()
        #expect(pair.clientLog.error?.code == .certificateRejected)
        folder.remove()
        #expect(throws: TLSError.self) { try client.reloaded() }
    }
}
