import NATSClient
import TestSupport
import Testing

@testable import NATSStores

@Suite("Key-value: signs of life") struct WatchSignTests {
    @Test("heartbeats don't heap up before a reader who is away", arguments: Backend.tested)
    func unread(_ backend: Backend) async throws {
        try await withBucket(backend) { _, kv in
            var options = OrderedOptions(filterSubjects: ["$KV.B.>"])
            options.handsOnSigns = true
            options.consume.idleHeartbeat = .milliseconds(100)
            let unread = OrderedConsumer(kv.stream, options).messages()
            try await eventually("it has begun") { unread.statistics.waitingMessages > 0 }
            let reader = OrderedConsumer(kv.stream, options).messages()
            // The creation, and heartbeats.
            for _ in 1...8 { _ = try await reader.next() }
            #expect(unread.statistics.waitingMessages <= 2)
            // Whoever comes back gets them again.
            for _ in 1...4 { _ = try await unread.next() }
        }
    }
}
