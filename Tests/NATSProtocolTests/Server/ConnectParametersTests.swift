import Testing

@testable import NATSProtocol

@Suite struct ConnectParametersTests {
    @Test(arguments: [
        ConnectParameters.Authentication.token("S3CRET"), .user("bob", password: "S3CRET"),
        .nkey(publicKey: "UABC", signature: "S3CRET"), .jwt("S3CRET", signature: "S3CRET"),
    ])
    func noDescriptionShowsASecret(authentication: ConnectParameters.Authentication) throws {
        let parameters = try ConnectParameters(server: ServerInfo(), version: "1", authentication: authentication)
        var dumped = ""
        dump(parameters, to: &dumped)
        dump(authentication, to: &dumped)
        for shown in ["\(parameters)", String(reflecting: parameters), "\([authentication])", dumped] {
            #expect(!shown.contains("S3CRET"))
            #expect(!shown.isEmpty)
        }
    }

    @Test func withoutEchoNeedsProtocolOne() throws {
        var server = ServerInfo()
        #expect(throws: ConnectParametersError.echoNotSupported) {
            try ConnectParameters(server: server, version: "1", echo: false, authentication: .none)
        }
        server.protocolVersion = 1
        #expect(try !ConnectParameters(server: server, version: "1", echo: false, authentication: .none).echo)
    }
}
