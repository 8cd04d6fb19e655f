import Dispatch
import Glibc
import NATSClient

/// `instruction-probe OPERATION COUNT [PORT]`: does one operation COUNT times, and nothing else, for callgrind.
///
/// The difference of two runs is what the operation costs. `main` is synchronous, since valgrind doesn't survive the
/// end of the main thread, with which an asynchronous `main` begins. All work of a connection, ours included, is done
/// on the thread of its event loop: the counts don't depend on how threads meet.
@main
struct InstructionProbe {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3, let operation = Operation(rawValue: arguments[1]), let count = Int(arguments[2]),
            count > 0
        else {
            fail("usage: instruction-probe \(Operation.allCases.map(\.rawValue).joined(separator: "|")) COUNT [PORT]")
        }
        switch operation {
        case .decode: CodecOperations.decode(count)
        case .decodeHeaders: CodecOperations.decode(count, hasHeaders: true)
        case .encode: CodecOperations.encode(count)
        default:
            guard arguments.count == 4, let port = UInt16(arguments[3]) else { fail("\(operation) needs a port") }
            runOnEventLoop(operation, count, port)
        }
    }

    private static func runOnEventLoop(_ operation: Operation, _ count: Int, _ port: UInt16) {
        let done = DispatchSemaphore(value: 0)
        let loop = EventLoop(configuration: .init(backend: .epoll))
        Task.detached(executorPreference: loop.taskExecutor) {
            do {
                try await ConnectionOperations(port: port, loop: loop).run(operation, count)
            } catch {
                fail("\(error)")
            }
            done.signal()
        }
        done.wait()
    }
}

enum Operation: String, CaseIterable {
    case decode
    case decodeHeaders = "decode-headers"
    case encode
    case publish
    case publishPrepared = "publish-prepared"
    case publishHeaders = "publish-headers"
    case deliverInline = "deliver-inline"
    case deliverSequence = "deliver-sequence"
    case deliverBatches = "deliver-batches"
    case request
    case requests64 = "request-64-in-flight"
}

func fail(_ message: String) -> Never {
    let line = Array("instruction-probe: \(message)\n".utf8)
    _ = unsafe write(STDERR_FILENO, line, line.count)
    exit(1)
}
