import NATSProtocol
import Testing

@Suite struct ServerTimeTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", Int64(0)), ("1970-01-01T00:00:01.5Z", 1_500_000_000),
        ("2024-02-22T13:18:48.400821739Z", 1_708_607_928_400_821_739), ("2024-02-29T00:00:00Z", 1_709_164_800_000_000_000),
        ("2024-03-01T00:00:00Z", 1_709_251_200_000_000_000), ("1969-12-31T23:59:59.999999999Z", -1),
        ("2000-01-01T01:30:00+01:30", 946_684_800_000_000_000), ("1999-12-31T19:00:00-05:00", 946_684_800_000_000_000),
        ("2000-01-01t00:00:00.0000000009z", 946_684_800_000_000_000), ("2100-03-01T00:00:00Z", 4_107_542_400_000_000_000),
    ])
    func times(text: String, nanoseconds: Int64) {
        #expect(ServerTime(text)?.nanosecondsSince1970 == nanoseconds)
    }

    @Test(arguments: [
        "", "2024-02-22", "2024-02-22T13:18:48", "2024-02-22 13:18:48Z", "2024-13-01T00:00:00Z", "2024-00-01T00:00:00Z",
        "2024-02-22T24:00:00Z", "2024-02-22T13:18:48.Z", "2024-02-22T13:18:48Z ", "0001-01-01T00:00:00Z",
        "9999-01-01T00:00:00Z", "2024-02-22T13:18:48+1:00", "2024-02-22T13:18:48+25:00", "x024-02-22T13:18:48Z",
    ])
    func otherTextsAndTimesOutOfRangeAreNil(text: String) {
        #expect(ServerTime(text) == nil)
    }

    @Test func timesHaveAnOrderAndADistance() throws {
        let early = try #require(ServerTime("2024-02-22T13:18:48.4Z"))
        let late = try #require(ServerTime("2024-02-22T13:18:49.5Z"))
        #expect(early < late)
        #expect(late.duration(since: early) == .milliseconds(1_100))
        #expect(early.duration(since: late) == .milliseconds(-1_100))
    }
}
