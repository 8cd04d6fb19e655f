package import NATSProtocol
package import Reactor

/// Time, chance and network of one simulation. What happens in it follows from its seed alone.
///
/// `@unchecked Sendable`: everything runs on the thread of the one loop that lives in it; before the loop starts and after it
/// has ended, on the thread of the test.
package final class World: SimulatedKernel, @unchecked Sendable {
    package private(set) var nowNanoseconds: UInt64 = 1_000_000_000
    /// What the world decides by: latencies, cuts, order.
    package var chance: RandomSource
    /// What the client draws, apart, so that one number more there doesn't change the world's weather.
    private var clientChance: RandomSource
    private var events = EventHeap()
    private var listeners: [String: any Listener] = [:]
    private var names: [String: [String]] = [:]
    package var weather = Weather()
    package let trace: Trace
    /// Connections that were ever begun.
    private(set) var connections: [NetworkConnection] = []

    package init(seed: UInt64, trace: Trace = Trace()) {
        chance = RandomSource(seed: seed)
        clientChance = chance.split()
        self.trace = trace
    }

    // MARK: Time

    /// Runs `body` after `delay`, in the order of deadlines, and of calls where these are equal.
    package func after(_ delay: UInt64, _ body: @escaping () -> Void) {
        events.insert(deadline: nowNanoseconds &+ delay, body)
    }

    package func wait(untilNanoseconds deadline: UInt64?) -> Bool {
        guard let next = events.nextDeadline, next <= deadline ?? .max else {
            guard let deadline else { return false }
            nowNanoseconds = max(nowNanoseconds, deadline)
            return true
        }
        nowNanoseconds = max(nowNanoseconds, next)
        events.popFirst()?()
        return true
    }

    package func random() -> UInt64 { clientChance.next() }

    /// True once in `count`.
    package func isOne(in count: UInt64) -> Bool { chance.next(below: count) == 0 }

    package func pick(_ range: ClosedRange<UInt64>) -> UInt64 {
        range.lowerBound + chance.next(below: range.upperBound - range.lowerBound + 1)
    }

    // MARK: Network

    package func listen(on address: String, _ listener: any Listener) { listeners[address] = listener }
    package func stopListening(on address: String) { listeners[address] = nil }
    package func name(_ name: String, addresses: [String]) { names[name] = addresses }

    package func resolve(
        host: String, port: UInt16, completion: @escaping @Sendable (Outcome<[SocketAddress]>) -> Void
    ) {
        let found = (names[host] ?? []).compactMap { SocketAddress(literal: $0, port: port) }
        let fails = found.isEmpty || isOne(in: weather.oneResolutionFailsIn)
        after(pick(weather.resolutionNanoseconds)) {
            completion(
                fails ? .failure(ReactorError(.resolutionFailed, "nobody knows \(host)")) : .success(found))
        }
    }

    package func makeSocket(to address: SocketAddress) -> any SimulatedSocket {
        let connection = NetworkConnection(world: self, number: connections.count + 1)
        connections.append(connection)
        trace.note(nowNanoseconds, "net \(connection.number): connect to \(address)")
        connection.connect(to: "\(address)")
        return connection
    }

    func listener(on address: String) -> (any Listener)? { listeners[address] }

    /// Connections that the client hasn't closed.
    package var openConnectionCount: Int { connections.count { !$0.isClosedByClient } }
}

/// Who takes connections at an address.
package protocol Listener: AnyObject {
    func accept(_ connection: NetworkConnection)
}

/// How bad the network is. One in `.max` means never.
package struct Weather: Sendable {
    package var latencyNanoseconds: ClosedRange<UInt64> = 10_000...500_000
    package var resolutionNanoseconds: ClosedRange<UInt64> = 100_000...5_000_000
    package var oneResolutionFailsIn: UInt64 = .max
    /// A connection attempt is refused, or never answered.
    package var oneConnectIsRefusedIn: UInt64 = .max
    package var oneConnectHangsIn: UInt64 = .max
    /// A connection is cut behind a random byte of one direction.
    package var oneConnectionIsCutIn: UInt64 = .max
    /// A connection falls silent in both directions, without an end.
    package var oneConnectionGoesDarkIn: UInt64 = .max
    /// A connection brings a few bytes at a time.
    package var oneConnectionDripsIn: UInt64 = .max
    /// Bytes that are lost in a cut connection's peer's buffers: a reset rather than an end.
    package var oneCutIsAResetIn: UInt64 = 2

    package init() {}
}

/// Deadlines in order; equal ones in the order of insertion.
struct EventHeap {
    private struct Entry {
        let deadline: UInt64
        let sequence: UInt64
        let body: () -> Void
    }

    private var entries: [Entry] = []
    private var sequence: UInt64 = 0

    var nextDeadline: UInt64? { entries.first?.deadline }

    mutating func insert(deadline: UInt64, _ body: @escaping () -> Void) {
        sequence += 1
        entries.append(Entry(deadline: deadline, sequence: sequence, body: body))
        var child = entries.count - 1
        while child > 0, isBefore(child, (child - 1) / 2) {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func popFirst() -> (() -> Void)? {
        guard let first = entries.first else { return nil }
        let last = entries.removeLast()
        if !entries.isEmpty {
            entries[0] = last
            siftDown()
        }
        return first.body
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count && isBefore(child, smallest) {
                smallest = child
            }
            if smallest == parent { return }
            entries.swapAt(parent, smallest)
            parent = smallest
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (entries[left].deadline, entries[left].sequence) < (entries[right].deadline, entries[right].sequence)
    }
}
