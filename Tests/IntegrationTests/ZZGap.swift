import NATSClient
import Reactor
import Synchronization
import TestSupport
import Testing

@Suite(.serialized) struct ZZGap {
    @Test(arguments: [1, 3]) func gap(_ members: Int) async throws {
        try await withClusterBench(.epoll, of: members) { bench, cluster in
            let nats = try await bench.connect(cluster.urls)
            let log = EventLog(nats)
            let times = Mutex<[UInt64]>([])
            try await nats.subscribe("n") { view in
                let sent = UInt64(view.string) ?? 0
                times.withLock { $0.append(sent) }
            }
            let other = try await bench.connect(cluster[members - 1].url) { $0.ignoresDiscoveredServers = true }
            let stop = Mutex(false)
            let sent = Mutex<[UInt64]>([])
            let task = Task {
                while !stop.withLock({ $0 }) {
                    let now = MonotonicTime.nowNanoseconds()
                    try other.outbound.publish("n", "\(now)")
                    sent.withLock { $0.append(now) }
                    other.kick()
                    while MonotonicTime.nowNanoseconds() < now + 20_000 { await Task.yield() }
                }
            }
            var gaps: [String] = []
            for _ in 0..<12 {
                let before = log.matching { $0.move }.count
                let mark = MonotonicTime.nowNanoseconds()
                let from = nats.connectedServer
                try await nats.reconnect()
                try await eventually("moved") { log.matching { $0.move }.count > before }
                try await Task.sleep(for: .milliseconds(100))
                let got = Set(times.withLock { $0 })
                let missing = sent.withLock { $0 }.filter { $0 > mark && !got.contains($0) && $0 < MonotonicTime.nowNanoseconds() - 20_000_000 }
                let span = (missing.last ?? 0) &- (missing.first ?? 0)
                gaps.append("\(from == nats.connectedServer ? "same" : "other"):\(missing.count)/\(span / 1000)us")
            }
            stop.withLock { $0 = true }
            try await task.value
            print("GAP members=\(members)", gaps.joined(separator: " "))
        }
    }
}
