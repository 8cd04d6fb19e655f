import NATSClient
import Reactor
import TestSupport

/// The reactor's backends, each with one loop for all tests of this process.
enum TestBackend: CaseIterable, Sendable {
    case epoll
    case ioUring

    private static let epollLoop = EventLoop(configuration: .init(backend: .epoll, name: "test-epoll"))
    private static let ringLoop = EventLoop(configuration: .init(backend: .ioUring, name: "test-ring"))

    /// Those that this machine has. The reactor's own suite fails where io_uring must be had and isn't.
    static let available: [TestBackend] = allCases.filter { backend in
        (try? backend.loop.start()) != nil
    }

    var loop: EventLoop {
        switch self {
        case .epoll: Self.epollLoop
        case .ioUring: Self.ringLoop
        }
    }

    /// For a loop of a test's own.
    var kind: EventLoop.Configuration.Backend { self == .epoll ? .epoll : .ioUring }

    /// Options for tests: on this backend's loop, and without pauses between attempts to connect.
    func options(_ change: (inout ConnectOptions) -> Void = { _ in }) -> ConnectOptions {
        var options = ConnectOptions()
        options.eventLoop = loop
        options.connectTimeout *= Patience.factor
        options.requestTimeout *= Patience.factor
        options.reconnect.baseDelay = .milliseconds(1)
        options.reconnect.maximumDelay = .milliseconds(2)
        options.keepsServerOrder = true
        change(&options)
        return options
    }
}
