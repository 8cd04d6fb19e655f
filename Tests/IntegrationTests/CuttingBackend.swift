import NATSClient

/// The backends under the cutting proxy, each with one loop for all rounds.
enum CuttingBackend: CaseIterable, Sendable {
    case epoll
    case ioUring

    private static let epollLoop = EventLoop(configuration: .init(backend: .epoll, name: "cut-epoll"))
    private static let ringLoop = EventLoop(configuration: .init(backend: .ioUring, name: "cut-ring"))

    static let available: [CuttingBackend] = allCases.filter { (try? $0.loop.start()) != nil }

    var loop: EventLoop {
        switch self {
        case .epoll: Self.epollLoop
        case .ioUring: Self.ringLoop
        }
    }

    /// Without pauses between attempts, and for ever, also for the first connection.
    var options: ConnectOptions {
        var options = ConnectOptions()
        options.eventLoop = loop
        options.reconnect.baseDelay = .microseconds(200)
        options.reconnect.maximumDelay = .milliseconds(1)
        options.reconnect.retriesFirstConnect = true
        options.requestsOnDisconnect = .fail
        return options
    }
}
