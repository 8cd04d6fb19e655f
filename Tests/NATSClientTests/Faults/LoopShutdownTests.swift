@testable import NATSClient
import NATSProtocol
import Reactor
import Synchronization
import TestSupport
import Testing

/// A loop that ends takes nobody's call with it.
@Suite(.timeLimit(.minutes(1))) struct LoopShutdownTests {
    /// Calls back when the loop announces its end.
    private final class StopWatcher: TimerHandler, Sendable {
        let action: @Sendable (borrowing OnReactor) -> Void
        init(_ action: @escaping @Sendable (borrowing OnReactor) -> Void) { self.action = action }
        func timerDidFire(_ id: TimerID, _ on: borrowing OnReactor) {}
        func loopWillStop(_ on: borrowing OnReactor) { action(on) }
    }

    @Test func aConnectThatBeginsWhenTheLoopHasAnnouncedItsEndFails() async throws {
        var options = ConnectOptions()
        options.eventLoop = EventLoop(configuration: .init(name: "test-stop"))
        // A failed attempt would be repeated by a timer, and no timer fires any more.
        options.reconnect.retriesFirstConnect = true
        let loop = options.eventLoop
        let core = ConnectionCore(options: options, requestInbox: "_INBOX.x")
        let session = Session(
            configuration: SessionConfiguration(options), servers: try ServerAddress.parseList("127.0.0.1:1"),
            randomSeed: 1)
        let driver = ConnectionDriver(core: core, session: session)
        core.stage.lock()
        core.stage.value.driver = driver
        core.stage.unlock()
        let error = await natsError {
            try await withDeadline(.seconds(45), "connect") {
                try await core.wait(.connect, deadline: .distantFuture) { core, id in
                    let watcher = StopWatcher { on in
                        driver.start(connectWaiter: id, on)
                        driver.settle(on)
                    }
                    try? loop.execute { on in
                        _ = on.makeTimer(watcher)
                        loop.shutdown()
                    }
                }
            }
        }
        #expect(error?.code == .reactorUnavailable)
        loop.join()
    }
}
