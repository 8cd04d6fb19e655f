import Dispatch
import Reactor
import Synchronization
import Testing

/// Every contract test runs on each of these, forced.
enum Backend: String, CaseIterable, CustomTestStringConvertible {
    case epoll
    #if IOUring
    case ioUring
    #endif

    var testDescription: String { rawValue }

    func configuration(_ change: (inout EventLoop.Configuration) -> Void = { _ in }) -> EventLoop.Configuration {
        var configuration = EventLoop.Configuration(backend: .epoll, name: "contract")
        if self != .epoll { configuration.backend = .ioUring }
        change(&configuration)
        return configuration
    }

    func makeLoop(_ change: (inout EventLoop.Configuration) -> Void = { _ in }) -> EventLoop {
        EventLoop(configuration: configuration(change))
    }
}

/// The suites of the contract run one after the other: they count threads, descriptors and wake-ups.
@Suite(.serialized) enum ReactorContract {}

/// A value that threads set and tests wait for, at most ten seconds.
final class Box<Value: Sendable>: Sendable {
    private let value: Mutex<Value>
    private let changes = DispatchSemaphore(value: 0)

    init(_ value: Value) { self.value = Mutex(value) }

    func update(_ change: (inout sending Value) -> Void) {
        value.withLock { change(&$0) }
        changes.signal()
    }

    var current: Value { value.withLock { $0 } }

    /// False when the condition didn't become true in time.
    func wait(_ condition: (Value) -> Bool) -> Bool {
        let deadline = DispatchTime.now() + .seconds(45)
        while !condition(current) {
            if changes.wait(timeout: deadline) == .timedOut { return condition(current) }
        }
        return true
    }

    /// Whether the value stays as it is for a moment in which a faulty loop would change it.
    func staysUnchanged(milliseconds: Int, _ condition: (Value) -> Bool) -> Bool {
        let deadline = DispatchTime.now() + .milliseconds(milliseconds)
        while condition(current) { if changes.wait(timeout: deadline) == .timedOut { return condition(current) } }
        return false
    }
}

extension EventLoop {
    /// Runs on the loop's thread and returns what it returns.
    func run<R: Sendable>(_ body: @escaping @Sendable (borrowing OnReactor) -> R) throws -> R {
        let result = Box<R?>(nil)
        try execute { on in
            let value = body(on)
            result.update { $0 = value }
        }
        try #require(result.wait { $0 != nil })
        return try #require(result.current)
    }

    /// Ends the loop and its thread.
    func finish() {
        shutdown()
        join()
    }
}

/// Records what happens to one stream and one connect. The hooks run on the loop's thread.
final class Recorder: StreamHandler, ConnectHandler, Sendable {
    struct Log: Sendable {
        var bytes: [UInt8] = []
        var chunkCount = 0
        var sent: [Int] = []
        var ends: [StreamEnd] = []
        var closedCount = 0
        var eventsAfterClose = 0
        var connects: [Outcome<StreamID>] = []
    }

    typealias ReceiveHook = @Sendable (StreamID, borrowing ReceiveChunk, borrowing OnReactor) -> Void
    typealias SendHook = @Sendable (StreamID, Int, borrowing OnReactor) -> Void

    let log = Box(Log())
    let keepsBytes: Bool
    private let onReceive: ReceiveHook?
    private let onSend: SendHook?

    init(keepsBytes: Bool = true, onReceive: ReceiveHook? = nil, onSend: SendHook? = nil) {
        self.keepsBytes = keepsBytes
        self.onReceive = onReceive
        self.onSend = onSend
    }

    private func note(_ change: (inout Log) -> Void) {
        log.update { log in
            if log.closedCount > 0 { log.eventsAfterClose += 1 }
            change(&log)
        }
    }

    func streamDidReceive(_ id: StreamID, _ chunk: borrowing ReceiveChunk, _ on: borrowing OnReactor) {
        let bytes = keepsBytes ? copyBytes(of: chunk) : []
        note {
            $0.bytes += bytes
            $0.chunkCount += 1
        }
        onReceive?(id, chunk, on)
    }

    func streamDidSend(_ id: StreamID, _ byteCount: Int, _ on: borrowing OnReactor) {
        note { $0.sent.append(byteCount) }
        onSend?(id, byteCount, on)
    }

    func streamDidEnd(_ id: StreamID, _ end: StreamEnd, _ on: borrowing OnReactor) { note { $0.ends.append(end) } }
    func streamDidClose(_ id: StreamID, _ on: borrowing OnReactor) { note { $0.closedCount += 1 } }

    func connectDidFinish(_ id: ConnectID, _ result: Outcome<StreamID>, _ on: borrowing OnReactor) {
        if case .success(let stream) = result { on.setHandler(stream, self) }
        note { $0.connects.append(result) }
    }

    func waitForClose() -> Bool { log.wait { $0.closedCount > 0 } }
}

extension EventLoop {
    /// Makes a stream of one end of a pair.
    func adopt(_ descriptor: Int32, _ recorder: Recorder, receiving: Bool = true) throws -> StreamID {
        try run { on -> Outcome<StreamID> in
            do throws(ReactorError) {
                let id = try on.adopt(descriptor: descriptor, handler: recorder)
                if receiving { on.startReceiving(id) }
                return .success(id)
            } catch {
                return .failure(error)
            }
        }.get()
    }

    func close(_ id: StreamID, hard: Bool = false) throws {
        try run { on in on.close(id, hard: hard) }
    }
}

/// Bytes that differ along the way, so that a swapped or lost chunk shows.
func makePattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) } }

extension Array where Element == UInt8 {
    init(_ text: String) { self = Array(text.utf8) }
}
