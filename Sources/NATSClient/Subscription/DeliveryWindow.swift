import Synchronization

/// Messages that consumers took out of a ``DeliveryQueue`` at once, and hand on one by one. Touched only under its lock,
/// for which consumers contend with each other, and not with the reactor.
struct DeliveryWindow: ~Copyable {
    var ring = MessageRing()
    var bytes = 0
    /// Somebody wants to know when the queue is empty.
    var reportsEmpty = false { didSet { isObserved = reportsEmpty || takes.isWatched } }
    /// What consumers took, if somebody wants to know.
    var takes = TakeWatch() { didSet { isObserved = reportsEmpty || takes.isWatched } }
    /// One of both.
    private(set) var isObserved = false

    mutating func popFirst() -> Message? {
        let charged = ring.firstChargedBytes
        guard let message = ring.popFirst() else { return nil }
        bytes &-= charged
        return message
    }
}

/// What consumers of a monitored subscription took in all, and when its monitor is to be told. Counted only if there is one.
struct TakeWatch {
    private(set) var messages = 0
    private(set) var bytes = 0
    private var tellAtMessages = Int.max
    private var tellAtBytes = Int.max
    /// Called outside of the locks.
    private let observer: (@Sendable () -> Void)?

    init(observer: (@Sendable () -> Void)? = nil) { self.observer = observer }

    var isWatched: Bool { observer != nil }

    /// Returns whom to tell, once.
    mutating func took(messages count: Int, bytes: Int) -> (@Sendable () -> Void)? {
        messages &+= count
        self.bytes &+= bytes
        guard messages >= tellAtMessages || self.bytes >= tellAtBytes else { return nil }
        tellAtMessages = .max
        tellAtBytes = .max
        return observer
    }

    /// False: so much was taken already.
    mutating func tell(atMessages messages: Int, atBytes bytes: Int) -> Bool {
        guard self.messages < messages, self.bytes < bytes else { return false }
        tellAtMessages = messages
        tellAtBytes = bytes
        return true
    }
}

/// What remains in a window, for the reactor, which must not wait for consumers: stored by these, at most a moment old,
/// and never too low. So limits hold exactly when the reactor is alone, and a little early while a consumer runs.
struct WindowCounters: ~Copyable, Sendable {
    private let messages = Atomic<Int>(0)
    private let bytes = Atomic<Int>(0)

    func store(_ window: borrowing DeliveryWindow) {
        messages.store(window.ring.count, ordering: .relaxed)
        bytes.store(window.bytes, ordering: .relaxed)
    }

    var current: WindowCounts {
        WindowCounts(messages: messages.load(ordering: .relaxed), bytes: bytes.load(ordering: .relaxed))
    }
}

struct WindowCounts {
    var messages = 0
    var bytes = 0
}
