import Glibc
import NATSClient
import Synchronization
import TestSupport

/// Counts the heap allocations of the hot paths against a real server, on both backends. Exits 1 when one has more
/// than it may have.
@main
struct AllocationCheck {
    static func main() async {
        do {
            try await run()
        } catch {
            print("FAIL \(error)")
            exit(1)
        }
    }

    private static func run() async throws {
        var measurement = Measurement()
        try await withNATSServer(.with { $0.isJetStreamEnabled = true }) { server in
            for backend in [EventLoop.Configuration.Backend.epoll, .ioUring] {
                print("backend: \(backend)")
                try await check(server.url, backend, &measurement)
            }
        }
        // That the counter counts is part of the proof.
        var control = Measurement()
        try await control.check("control: an array for each repetition (must FAIL)", atMost: 0, repetitions: 100) {
            for size in 1...$0 { keep([UInt8](repeating: 1, count: size)) }
        }
        guard measurement.failures == 0, control.failures == 1 else { throw TooManyAllocations() }
        print("allocation-check: passed")
    }

    private static func check(
        _ url: String, _ backend: EventLoop.Configuration.Backend, _ measurement: inout Measurement
    ) async throws {
        var options = ConnectOptions()
        options.eventLoop = EventLoop(configuration: .init(backend: backend))
        let nats = try await NATS.connect(url, options: options)
        try await PublishChecks(nats: nats).run(&measurement)
        try await withTaskExecutorPreference(nats.eventLoop.taskExecutor) {
            try await DeliveryChecks(nats: nats).run(&measurement)
            try await RequestChecks(nats: nats).run(&measurement)
            try await StreamPublishChecks(nats: nats).run(&measurement)
            try await ConsumeChecks(nats: nats).run(&measurement)
        }
        await nats.close()
    }
}

struct TooManyAllocations: Error, CustomStringConvertible {
    var description: String { "an operation allocates more than it may, or the control doesn't" }
}

private let kept = Mutex<[UInt8]>([])

private func keep(_ array: [UInt8]) {
    kept.withLock { $0 = array }
}
