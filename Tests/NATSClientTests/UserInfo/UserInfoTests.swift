import Testing

@testable import NATSClient

@Suite struct UserInfoTests {
    @Test func everyFieldIsRead() throws {
        let json = """
            {"server":{"name":"n1","host":"h","id":"N","ver":"2.15.0","jetstream":false,"flags":0,"seq":1},"data":{"user":"U1",
            "account":"A1","account_name":"acc","user_name":"ann","permissions":{"publish":{"allow":["a.>","b"],"deny":["a.x"]},
            "subscribe":{"deny":["work jobs"]},"responses":{"max":3,"ttl":2000000000}},"expires":3600000000000,"later":[{}]}}
            """
        let info = try UserInfo(parsing: json.utf8Span.span)
        #expect(info.user == "U1" && info.account == "A1" && info.userName == "ann" && info.accountName == "acc")
        #expect(info.serverName == "n1" && info.expiresIn == .seconds(3600))
        let permissions = try #require(info.permissions)
        #expect(permissions.publish.allow == ["a.>", "b"] && permissions.publish.deny == ["a.x"])
        #expect(permissions.subscribe.allow == [] && permissions.subscribe.deny == ["work jobs"])
        #expect(permissions.responses?.maximumMessages == 3 && permissions.responses?.timeLimit == .seconds(2))
    }

    @Test func missingPermissionsMeanEverything() throws {
        let json = #"{"server":{},"data":{"user":"","account":"$G","permissions":null}}"#
        let info = try UserInfo(parsing: json.utf8Span.span)
        #expect(info.account == "$G" && info.permissions == nil && info.expiresIn == nil && info.userName == nil)
    }

    @Test(arguments: [
        (#"{"server":{},"error":{"code":400,"description":"bad request"}}"#, NATSError.Code.serverError, "bad request"),
        (#"{"server":{},"error":{"code":400}}"#, .serverError, "400"), (#"{"server":{}}"#, .serverError, "no data"),
        ("", .invalidPayload, "JSON"), ("[]", .invalidPayload, "type"), (#"{"data":{"user":5}}"#, .invalidPayload, "type"),
        (#"{"data":{"permissions":{"publish":{"allow":"x"}}}}"#, .invalidPayload, "type"),
        (#"{"data":{}}x"#, .invalidPayload, "JSON"),
    ])
    func otherAnswersAreErrors(json: String, code: NATSError.Code, named: String) {
        let error = #expect(throws: NATSError.self) { try UserInfo(parsing: json.utf8Span.span) }
        #expect(error?.code == code && error?.message.contains(named) == true, "\(String(describing: error))")
    }
}
