import Dispatch
import Glibc
import NATSClient

/// `idle-probe URL CONNECTIONS`: holds connections that do nothing, until standard input ends.
///
/// What they cost is looked at from outside (`Benchmarks/idle`); `NATS_REACTOR_BACKEND` chooses the backend. This is the
/// daemon in small: it has nothing besides the library, and its tasks run on the event loop, since Swift's global
/// executor wakes up once per second for ever as soon as it was used (a monitor of libdispatch). Prints "ready" when all
/// connections are made.
@main
struct IdleProbe {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count == 3, let count = Int(arguments[2]), count >= 0 else {
            fail("usage: idle-probe URL CONNECTIONS")
        }
        let done = DispatchSemaphore(value: 0)
        if count > 0 {
            Task.detached(executorPreference: EventLoop.shared.taskExecutor) {
                do {
                    var connections: [NATSConnection] = []
                    for _ in 0..<count { connections.append(try await NATS.connect(arguments[1])) }
                    done.signal()
                    await hold(connections)
                } catch {
                    fail("\(error)")
                }
            }
            done.wait()
        }
        unsafe puts("ready")
        fflush(nil)
        while getchar() != EOF {}
        exit(0)
    }

    /// Until the process ends.
    private static func hold(_ connections: [NATSConnection]) async {
        let (never, end) = AsyncStream<Void>.makeStream()
        for await _ in never {}
        withExtendedLifetime((connections, end)) {}
    }
}

func fail(_ message: String) -> Never {
    let line = Array("idle-probe: \(message)\n".utf8)
    _ = unsafe write(STDERR_FILENO, line, line.count)
    exit(1)
}
