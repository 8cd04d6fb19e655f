import Synchronization

/// A list that any thread may append to.
final class Recorder<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])

    func append(_ element: Element) { elements.withLock { $0.append(element) } }
    var all: [Element] { elements.withLock { $0 } }
    var count: Int { elements.withLock { $0.count } }
}

/// A number that any thread may count.
final class Counter: Sendable {
    private let number = Atomic<Int>(0)

    func increase(by amount: Int = 1) { number.add(amount, ordering: .relaxed) }
    var value: Int { number.load(ordering: .relaxed) }
}

/// A closed gate that suspends whoever comes, until it is opened.
final class Gate: Sendable {
    private let (stream, continuation) = AsyncStream.makeStream(of: Void.self)

    func open() { continuation.finish() }
    func pass() async { for await _ in stream {} }
}
