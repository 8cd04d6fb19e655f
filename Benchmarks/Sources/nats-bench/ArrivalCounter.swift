import Synchronization

/// Counts messages and takes the window in which the measured ones arrived.
///
/// Atomic, but without atomic increments: only one thread at a time reports arrivals.
final class ArrivalCounter: ArrivalObserver {
    private let warmup: Int
    private let last: Int
    private let expectation: MessageExpectation
    private let received = Atomic<Int>(0)
    private let state = Mutex<(start: Usage?, end: Usage?, defect: String?)>((nil, nil, nil))

    /// - Parameter messages: measured ones; nil: for ever.
    init(messages: Int?, warmup: Int, expectation: MessageExpectation) {
        self.warmup = warmup
        last = messages.map { warmup + $0 } ?? .max
        self.expectation = expectation
    }

    func arrived(payloadSize: Int, hasHeaders: Bool) -> Bool {
        guard expectation.isMet(payloadSize: payloadSize, hasHeaders: hasHeaders) else {
            let defect = expectation.defect(payloadSize: payloadSize, hasHeaders: hasHeaders)
            state.withLock { $0.defect = $0.defect ?? defect }
            return false
        }
        let count = received.load(ordering: .relaxed) &+ 1
        received.store(count, ordering: .relaxed)
        // The window begins with the first message, or with the last of the warm-up.
        if count == max(1, warmup) { state.withLock { $0.start = .now } }
        if count == last { state.withLock { $0.end = .now } }
        return count < last
    }

    /// Measured messages so far.
    var measured: Int { max(0, min(received.load(ordering: .relaxed), last) - warmup) }

    /// From the first to the last message, or to now while the last is missing; nil before the first.
    ///
    /// - Throws: when a message wasn't as expected.
    func window() throws -> Window? {
        let (start, end, defect) = state.withLock { $0 }
        if let defect { throw Failure(defect) }
        return start.map { Window(from: $0, to: end ?? .now) }
    }

    /// As ``window()``, when all have arrived.
    func completeWindow() throws -> Window {
        let window = try window()
        guard let window, received.load(ordering: .relaxed) >= last else {
            throw Failure("\(received.load(ordering: .relaxed)) of \(last) messages arrived")
        }
        return window
    }
}

/// What is checked of each message; nil: anything.
struct MessageExpectation: Sendable {
    var size: Int?
    var hasHeaders: Bool?

    @inline(__always)
    func isMet(payloadSize: Int, hasHeaders: Bool) -> Bool {
        (size == nil || size == payloadSize) && (self.hasHeaders == nil || self.hasHeaders == hasHeaders)
    }

    func defect(payloadSize: Int, hasHeaders: Bool) -> String {
        if let size, size != payloadSize { return "a message has \(payloadSize) bytes instead of \(size)" }
        return hasHeaders ? "a message has headers, but --headers doesn't say so" : "a message has no headers"
    }
}

extension MessageExpectation {
    /// Messages as `pub` sends them with these options.
    init(_ options: Options) { self.init(size: options.size, hasHeaders: options.headers > 0) }
}
