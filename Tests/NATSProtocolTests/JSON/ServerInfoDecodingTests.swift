import Testing

@testable import NATSProtocol

@Suite struct ServerInfoDecodingTests {
    private func decode(_ json: String) throws(ProtocolError) -> ServerInfo {
        let bytes = Array(json.utf8)
        return try ServerInfo.decode(json: bytes.span)
    }

    @Test func everyFieldIsRead() throws {
        let info = try decode(
            #"""
            {"server_id":"NID","server_name":"n1","version":"2.15.1","proto":1,"git_commit":"abc","go":"go1.25",
            "host":"0.0.0.0","port":4222,"ip":"1.2.3.4","xkey":"XK","headers":true,"max_payload":1048576,
            "auth_required":true,"tls_required":true,"tls_verify":true,"tls_available":true,"nonce":"n0nce",
            "jetstream":true,"domain":"hub","api_lvl":5,
            "feature_flags":{"js_ack_fc_v2":true,"other":false},"cluster":"c","cluster_dynamic":true,
            "connect_urls":["10.0.0.1:4222","[::1]:4222"],"ws_connect_urls":["10.0.0.1:80"],"ldm":true,
            "client_id":18446744073709551615,"client_ip":"9.9.9.9","connect_info":true,
            "remote_account":"ACC","acc_is_sys":true}
            """#)
        var expected = ServerInfo()
        expected.serverID = "NID"
        expected.serverName = "n1"
        expected.version = "2.15.1"
        expected.protocolVersion = 1
        expected.gitCommit = "abc"
        expected.goVersion = "go1.25"
        expected.host = "0.0.0.0"
        expected.port = 4222
        expected.ipAddress = "1.2.3.4"
        expected.xKey = "XK"
        expected.supportsHeaders = true
        expected.maximumPayloadBytes = 1_048_576
        expected.requiresAuthentication = true
        expected.requiresTLS = true
        expected.verifiesClientCertificate = true
        expected.offersTLS = true
        expected.nonce = "n0nce"
        expected.hasJetStream = true
        expected.domain = "hub"
        expected.apiLevel = 5
        expected.featureFlags = ["js_ack_fc_v2": true, "other": false]
        expected.cluster = "c"
        expected.isClusterDynamic = true
        expected.connectURLs = ["10.0.0.1:4222", "[::1]:4222"]
        expected.webSocketConnectURLs = ["10.0.0.1:80"]
        expected.isLameDuck = true
        expected.clientID = .max
        expected.clientIPAddress = "9.9.9.9"
        expected.isConnectInfo = true
        expected.account = "ACC"
        expected.isSystemAccount = true
        #expect(info == expected)
        #expect(info.isAtLeast(2, 15) && info.isAtLeast(2, 15, 1) && !info.isAtLeast(2, 15, 2))
    }

    private static let names = [
        "server_id", "server_name", "version", "proto", "git_commit", "go", "host", "port", "ip", "xkey", "headers",
        "max_payload",
        "auth_required", "tls_required", "tls_verify", "tls_available", "nonce", "jetstream", "domain", "api_lvl",
        "feature_flags",
        "cluster", "cluster_dynamic", "connect_urls", "ws_connect_urls", "ldm", "client_id", "client_ip",
        "connect_info",
        "remote_account", "acc_is_sys",
    ]

    @Test func missingFieldsHaveDefaults() throws {
        #expect(try decode("{}") == ServerInfo())
        #expect(try decode(" {\t} ") == ServerInfo())
    }

    @Test(arguments: names)
    func aNullFieldIsAMissingOne(name: String) throws {
        #expect(try decode(#"{"\#(name)":null}"#) == ServerInfo())
    }

    @Test(arguments: names)
    func aFieldOfAnotherTypeIsAnErrorThatNamesIt(name: String) {
        let error = #expect(throws: ProtocolError.self) { try decode(#"{"\#(name)":[{"x":1}]}"#) }
        #expect(error?.kind == .malformedInfo)
        #expect(error?.detail.contains("'\(name)'") == true)
    }

    @Test func unknownFieldsAreIgnored() throws {
        let info = try decode(#"{"new":{"a":[1,2,{"b":null}]},"server_id":"x","also":1e300}"#)
        #expect(info.serverID == "x")
    }

    @Test(arguments: ["connect_urls", "ws_connect_urls"])
    func moreServersThanAnybodyNeedsAreLeftOut(key: String) throws {
        let servers = (0..<100_000).map { "\"s\($0):1\"" }.joined(separator: ",")
        let info = try decode("{\"\(key)\":[\(servers)],\"port\":7}")
        let list = key == "connect_urls" ? info.connectURLs : info.webSocketConnectURLs
        #expect(list.count == ProtocolLimits.announcedServers)
        #expect(list.first == "s0:1")
        #expect(info.port == 7)
    }

    @Test func nullsInListsAreSkipped() throws {
        let info = try decode(
            #"{"connect_urls":["a:1",null],"ws_connect_urls":[null],"feature_flags":{"x":null,"y":true}}"#)
        #expect(info.connectURLs == ["a:1"])
        #expect(info.webSocketConnectURLs.isEmpty)
        #expect(info.featureFlags == ["y": true])
    }

    @Test(arguments: [-1, 0, Int.min])
    func noPayloadLimitIsZero(limit: Int) throws {
        #expect(try decode(#"{"max_payload":\#(limit)}"#).maximumPayloadBytes == 0)
    }

    @Test(arguments: ["max_payload", "port", "proto", "api_lvl", "client_id"])
    func hugeNumbersAreErrors(name: String) {
        for number in ["18446744073709551616", "-9223372036854775809", "1e400", "-1e400", "1e19999", "1.5"] {
            #expect(throws: ProtocolError.self, "\(number)") { try decode(#"{"\#(name)":\#(number)}"#) }
        }
        let digits = String(repeating: "9", count: 10_000)
        #expect(throws: ProtocolError.self) { try decode(#"{"\#(name)":\#(digits)}"#) }
    }

    @Test(arguments: [
        "", " ", "{", "}", "null", "1", "\"x\"", "[]", "[{}]", "{}{}", "{} x", #"{"server_id":}"#, #"{"server_id":"x}"#,
        #"{server_id:"x"}"#, #"{"server_id":"\x"}"#, #"{"server_id":"\ud800"}"#, "{\"server_id\":\"a\nb\"}",
        "HTTP/1.1 400 Bad Request",
    ])
    func malformedObjectsAreErrors(json: String) {
        let error = #expect(throws: ProtocolError.self) { try decode(json) }
        #expect(error?.kind == .malformedInfo)
    }

    @Test func bytesThatAreNotUTF8AreAnError() {
        let bytes = Array(#"{"server_id":""#.utf8) + [0xFF, 0xFE] + Array("\"}".utf8)
        #expect(throws: ProtocolError.self) { try ServerInfo.decode(json: bytes.span) }
    }

    @Test func deepNestingIsAnErrorAndNoOverflow() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: ProtocolError.self) { try decode(#"{"new":"# + deep) }
    }

    @Test(arguments: 0..<64)
    func mutilatedObjectsNeverTrap(seed: UInt64) throws {
        let original = Array(
            #"{"server_id":"NID","version":"2.15.1","port":4222,"max_payload":1048576,"connect_urls":["a:1"]}"#
                .utf8
        )
        var random = RandomSource(seed: seed)
        var outcomes = 0
        for _ in 0..<50 {
            var bytes = original
            for _ in 0...random.next(below: 3) {
                bytes[Int(random.next(below: UInt64(bytes.count)))] = UInt8(truncatingIfNeeded: random.next())
            }
            bytes.removeLast(Int(random.next(below: 4)))
            do throws(ProtocolError) {
                _ = try ServerInfo.decode(json: bytes.span)
                outcomes += 1
            } catch {
                #expect(error.kind == .malformedInfo)
                outcomes += 1
            }
        }
        #expect(outcomes == 50)
    }
}
