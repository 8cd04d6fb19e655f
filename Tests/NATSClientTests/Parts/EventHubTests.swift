@testable import NATSClient
import NATSProtocol
import Testing

@Suite(.timeLimit(.minutes(1))) struct EventHubTests {
    @Test func everyListenerBeginsWithTheStatusOfItsMomentAndEndsWithTheClose() async {
        let hub = EventHub()
        let early = hub.listen()
        hub.emit(.status(.connected))
        let late = hub.listen()
        hub.emit(.lameDuck(server: "a"))
        hub.finish(.closed(nil))
        #expect(await Self.names(early) == ["connecting", "connected", "lameDuck", "closed"])
        #expect(await Self.names(late) == ["connected", "lameDuck", "closed"])
        #expect(await Self.names(hub.listen()) == ["connected", "closed"])
    }

    @Test func aListenerThatDoesNotReadLosesItsOldestEventsOnly() async {
        let hub = EventHub()
        let stream = hub.listen()
        let count = ClientDefaults.eventsBufferedMax * 2
        for index in 0..<count { hub.emit(.lameDuck(server: "\(index)")) }
        hub.finish(.closed(nil))
        var servers: [String] = []
        for await event in stream { if case .lameDuck(let server) = event { servers.append(server) } }
        #expect(servers.count == ClientDefaults.eventsBufferedMax - 1)
        #expect(servers.last == "\(count - 1)")
    }

    @Test func aListenerThatWentAwayIsForgotten() async {
        let hub = EventHub()
        let task = Task { for await _ in hub.listen() {} }
        task.cancel()
        await task.value
        hub.emit(.status(.connected))
        hub.finish(.closed(nil))
        #expect(await Self.names(hub.listen()) == ["connected", "closed"])
    }

    private static func names(_ stream: AsyncStream<ConnectionEvent>) async -> [String] {
        var names: [String] = []
        for await event in stream {
            switch event {
            case .status(let status): names.append("\(status)")
            case .lameDuck: names.append("lameDuck")
            case .closed: names.append("closed")
            default: names.append("\(event)")
            }
        }
        return names
    }
}
