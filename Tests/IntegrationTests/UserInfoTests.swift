import NATSClient
import TestSupport
import Testing

@Suite("Who we are to the server") struct UserInfoTests {
    @Test("user, account and permissions are told as they are configured", arguments: Backend.tested)
    func permissions(_ backend: Backend) async throws {
        let options = NATSServerOptions.with {
            $0.user = "ann"
            $0.password = "pw"
            $0.permissions = """
                publish: { allow: ["a.>", "$SYS.REQ.USER.INFO"], deny: ["a.x"] }, subscribe: { deny: ["secret", "work jobs"] },
                allow_responses: { max: 3, expires: "2s" }
                """
        }
        try await withBench(backend, options) { bench in
            let nats = try await bench.connect { $0.authentication = .user("ann", password: "pw") }
            let info = try await nats.userInfo()
            #expect(info.user == "ann" && info.account == "$G" && info.expiresIn == nil)
            #expect(info.serverName == nats.serverInfo?.serverName)
            let permissions = try #require(info.permissions)
            #expect(permissions.publish.allow.sorted() == ["$SYS.REQ.USER.INFO", "a.>"])
            #expect(permissions.publish.deny == ["a.x"])
            #expect(permissions.subscribe.deny.sorted() == ["secret", "work jobs"])
            #expect(permissions.responses?.maximumMessages == 3 && permissions.responses?.timeLimit == .seconds(2))
        }
    }

    @Test("without authentication there is no user, and everything is allowed", arguments: Backend.tested)
    func anonymous(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let info = try await bench.connect().userInfo()
            #expect(info.account == "$G" && info.permissions == nil)
        }
    }

    @Test("in operator mode the keys are told, and when the JWT ends", arguments: Backend.tested)
    func operatorMode(_ backend: Backend) async throws {
        let mode = try OperatorMode()
        let user = try NKey.generate(.user)
        // In the year 2100.
        let text = try OperatorMode.credentials(jwt: mode.userJWT(user, expiresAt: 4_102_444_800), user)
        let system = try NKey.generate(.account)
        var options = try mode.serverOptions(alsoKnowing: system)
        options.extraConfiguration += "\nsystem_account: \(system.publicKey)"
        try await withBench(backend, options) { bench in
            let info = try await bench.connect { $0.authentication = .credentials(text: text) }.userInfo()
            #expect(info.user == user.publicKey && info.account == mode.accountKey.publicKey)
            #expect(info.expiresIn.map { $0 > .seconds(3_600 * 24 * 365) } == true)
        }
    }

    @Test("a user that may not ask, and a server that can't answer, are clear errors", arguments: Backend.tested)
    func errors(_ backend: Backend) async throws {
        let denied = NATSServerOptions.with {
            $0.user = "ann"
            $0.password = "pw"
            $0.permissions = #"publish: { deny: ["$SYS.>"] }"#
        }
        try await withBench(backend, denied) { bench in
            let nats = try await bench.connect { $0.authentication = .user("ann", password: "pw") }
            let error = await expectError(.permissionViolation) { try await nats.userInfo() }
            #expect(error?.subject == "$SYS.REQ.USER.INFO")
        }
        try await withBench(backend, .with { $0.extraConfiguration = "no_system_account: true" }) { bench in
            let nats = try await bench.connect()
            let error = await expectError(.noResponders) { try await nats.userInfo() }
            #expect(error?.message.contains("2.10") == true)
        }
    }
}
