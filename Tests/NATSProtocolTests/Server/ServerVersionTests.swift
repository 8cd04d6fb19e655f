import Testing

@testable import NATSProtocol

@Suite struct ServerVersionTests {
    @Test(arguments: [
        ("2.10.3", "2.10.3"), ("v2.9.0", "2.9.0"), ("2.10", "2.10.0"), ("2", "2.0.0"), ("2.12.0-RC.2", "2.12.0-RC.2"),
        ("2.12.0-RC.2+meta.1", "2.12.0-RC.2"), ("2.12.0+meta-1", "2.12.0"), ("2.12.0-", "2.12.0"),
    ])
    func versionsAreRead(text: String, expected: String) {
        #expect(ServerVersion(text)?.description == expected)
    }

    @Test(arguments: [
        "", "v", "x", "2.x", "2..1", ".2", "2.1.1.1", "+2.1.0", "2.-1.0", "99999999999999999999.0.0", "2. 1",
        "\u{0662}.1",
    ])
    func otherTextsAreNoVersions(text: String) {
        #expect(ServerVersion(text) == nil)
    }

    @Test func versionsAreOrderedAsSemanticVersions() throws {
        let ascending = [
            "1.9.9", "2.0.0-alpha", "2.0.0-alpha.1", "2.0.0-alpha.beta", "2.0.0-beta", "2.0.0-beta.02", "2.0.0-beta.2",
            "2.0.0-beta.11", "2.0.0-rc", "2.0.0-rc.1", "2.0.0-rc.", "2.0.0", "2.0.1", "2.1.0", "2.10.0", "10.0.0",
        ]
        let versions = try ascending.map { try #require(ServerVersion($0)) }
        for (left, lower) in versions.enumerated() {
            for (right, upper) in versions.enumerated() {
                #expect((lower < upper) == (left < right), "\(lower) \(upper)")
            }
        }
    }
}
