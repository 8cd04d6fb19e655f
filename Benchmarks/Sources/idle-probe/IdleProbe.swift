import Dispatch
import Glibc
import NATSClient
import Synchronization

/// `idle-probe URL CONNECTIONS [AUTHORITY]`: holds connections that do nothing, until standard input ends; with TLS if
/// a file names the authority of the server's certificate.
///
/// What they cost is looked at from outside (`Benchmarks/idle`); `NATS_REACTOR_BACKEND` chooses the backend. This is the
/// daemon in small: it has nothing besides the library, and its tasks run on the event loop, since Swift's global
/// executor wakes up once per second for ever as soon as it was used (a monitor of libdispatch). Prints "ready" when all
/// connections are made.
@main
struct IdleProbe {
    /// Kept until the process ends.
    private static let connections = Mutex<[NATSConnection]>([])

    static func main() {
        let arguments = CommandLine.arguments
        guard (3...4).contains(arguments.count), let count = Int(arguments[2]), count >= 0 else {
            fail("usage: idle-probe URL CONNECTIONS [AUTHORITY]")
        }
        var options = ConnectOptions()
        if arguments.count == 4 { options.tls = .init(trustRoots: .file(arguments[3])) }
        if count > 0 { connect(arguments[1], count, options) }
        unsafe puts("ready")
        fflush(nil)
        while getchar() != EOF {}
        exit(0)
    }

    private static func connect(_ url: String, _ count: Int, _ options: ConnectOptions) {
        let done = DispatchSemaphore(value: 0)
        Task.detached(executorPreference: EventLoop.shared.taskExecutor) {
            do {
                for _ in 0..<count {
                    let connection = try await NATS.connect(url, options: options)
                    connections.withLock { $0.append(connection) }
                }
            } catch {
                fail("\(error)")
            }
            done.signal()
        }
        done.wait()
    }
}

func fail(_ message: String) -> Never {
    let line = Array("idle-probe: \(message)\n".utf8)
    _ = unsafe write(STDERR_FILENO, line, line.count)
    exit(1)
}
