import NATSClient

enum Tuning {
    static func lowLatency() -> ConnectOptions {
        var options = ConnectOptions()
        options.name = "ingest-1"
        options.eventLoop = EventLoop(
            configuration: .init(backend: .epoll, name: "ingest", cpu: 1, busyPoll: .microseconds(100)))
        options.outbound.highWaterBytes = 32 << 20
        options.outbound.whileDisconnected = .replay(maxBytes: 64 << 20)
        options.subscription = SubscriptionLimits(messages: 100_000, bytes: 128 << 20, overflow: .dropOldest)
        return options
    }
}
