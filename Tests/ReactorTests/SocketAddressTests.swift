import Reactor
import Testing

@Suite struct SocketAddressTests {
    @Test(
        "literals of both families are read and printed",
        arguments: [
            ("127.0.0.1", "127.0.0.1:4222"), ("::1", "[::1]:4222"), ("2001:db8::5", "[2001:db8::5]:4222"),
        ])
    func literals(text: String, description: String) throws {
        #expect(try #require(SocketAddress(literal: text, port: 4222)).description == description)
    }

    @Test("names and nonsense are no literals", arguments: ["localhost", "", "1.2.3.4.5", "[::1]", "::g"])
    func names(text: String) {
        #expect(SocketAddress(literal: text, port: 1) == nil)
    }

    @Test("durations become nanoseconds without overflow")
    func durations() {
        #expect(Duration.milliseconds(3).clampedNanoseconds == 3_000_000)
        #expect(Duration.seconds(-1).clampedNanoseconds == 0)
        #expect(Duration.seconds(Int64.max).clampedNanoseconds == .max)
    }
}
