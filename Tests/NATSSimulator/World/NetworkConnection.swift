// A simulated TCP connection. Unsafe invariant: buffers of the caller are copied during the call.
import Glibc
import Reactor

/// One TCP connection between the client and a server, with everything that can happen to it.
///
/// Bytes take their time, in order. A send is taken as far as the window has room; what the client doesn't read fills the
/// window of the other direction.
package final class NetworkConnection: SimulatedSocket {
    package let number: Int
    private unowned let world: World
    package weak var server: (any ServerEnd)?

    // The client's end.
    package private(set) var connectResult: Int32?
    private var inbound: [UInt8] = []
    private var inboundStart = 0
    private var inboundHasEnded = false
    private var inboundError: Int32?
    package private(set) var isClosedByClient = false

    // In between.
    private var outbound = Direction()
    private var inboundDirection = Direction()
    package private(set) var isDark = false
    private var isCut = false
    private var dripSize: Int?

    /// Bytes that the client has read, and bytes that have reached the server.
    package private(set) var bytesReadByClient = 0
    package var bytesReachedServer: Int { outbound.arrived }

    private static let windowBytes = 64 * 1024

    /// One direction of the connection.
    private struct Direction {
        /// Bytes on their way or in the receiver's buffer.
        var inFlight = 0
        /// Bytes that have come out at the other end.
        var arrived = 0
        var lastArrival: UInt64 = 0
        /// Behind this byte the connection breaks.
        var cutAfter: Int?
    }

    init(world: World, number: Int) {
        self.world = world
        self.number = number
        let weather = world.weather
        if world.isOne(in: weather.oneConnectionDripsIn) { dripSize = Int(world.pick(1...7)) }
        if world.isOne(in: weather.oneConnectionIsCutIn) {
            let position = Int(world.pick(0...UInt64(world.isOne(in: 2) ? 600 : 60_000)))
            if world.isOne(in: 2) { outbound.cutAfter = position } else { inboundDirection.cutAfter = position }
        }
        if world.isOne(in: weather.oneConnectionGoesDarkIn) {
            world.after(world.pick(0...20_000_000_000)) { [weak self, weak world] in
                if world?.weather.oneConnectionGoesDarkIn != .max { self?.goDark() }
            }
        }
    }

    func connect(to address: String) {
        let weather = world.weather
        if world.isOne(in: weather.oneConnectHangsIn) { return }
        let isRefused = world.isOne(in: weather.oneConnectIsRefusedIn)
        world.after(latency() * 2) { [self] in
            guard !isClosedByClient else { return }
            guard !isRefused, let listener = world.listener(on: address) else { return connectResult = ECONNREFUSED }
            connectResult = 0
            listener.accept(self)
        }
    }

    private func latency() -> UInt64 { world.pick(world.weather.latencyNanoseconds) }

    // MARK: Faults

    package func goDark() {
        guard !isDark, !isClosedByClient else { return }
        world.trace.note(world.nowNanoseconds, "net \(number): dark")
        isDark = true
    }

    /// Both ends find the connection broken.
    package func cut() {
        guard !isCut else { return }
        isCut = true
        world.trace.note(world.nowNanoseconds, "net \(number): cut")
        let isReset = world.isOne(in: world.weather.oneCutIsAResetIn)
        if isReset {
            inbound.removeAll()
            inboundStart = 0
            inboundError = ECONNRESET
        } else {
            inboundHasEnded = true
        }
        server?.connectionDidEnd()
        server = nil
    }

    // MARK: The client's calls

    package func receive(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let waiting = inbound.count - inboundStart
        if waiting > 0 {
            let count = min(waiting, buffer.count, dripSize ?? .max)
            unsafe inbound.withUnsafeBytes { bytes in
                unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[inboundStart..<inboundStart + count]))
            }
            inboundStart += count
            inboundDirection.inFlight -= count
            bytesReadByClient += count
            world.trace.note(world.nowNanoseconds, "net \(number): the client has read \(bytesReadByClient) bytes")
            if inboundStart == inbound.count {
                inbound.removeAll(keepingCapacity: true)
                inboundStart = 0
            }
            server?.connectionHasRoom()
            return count
        }
        if let inboundError { return -Int(inboundError) }
        return inboundHasEnded ? 0 : -Int(EAGAIN)
    }

    package func send(_ bytes: UnsafeRawBufferPointer) -> Int {
        if let inboundError { return -Int(inboundError) }
        if isCut { return -Int(EPIPE) }
        let room = Self.windowBytes - outbound.inFlight
        guard room > 0 else { return -Int(EAGAIN) }
        let count = min(room, bytes.count)
        let chunk = unsafe [UInt8](UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        outbound.inFlight += count
        carry(chunk, by: \.outbound) { $0.reachServer($1) }
        return count
    }

    package func close(hard: Bool) {
        isClosedByClient = true
        guard !isCut, !isDark else { return }
        world.trace.note(world.nowNanoseconds, "net \(number): closed by the client\(hard ? ", hard" : "")")
        if hard { return world.after(latency()) { [self] in endAtServer() } }
        // What is on its way comes first.
        let arrival = max(outbound.lastArrival, world.nowNanoseconds + latency())
        world.after(arrival - world.nowNanoseconds) { [self] in endAtServer() }
    }

    private func endAtServer() {
        server?.connectionDidEnd()
        server = nil
    }

    // MARK: The server's calls

    /// Room for bytes to the client.
    package var room: Int { isCut ? 0 : Self.windowBytes - inboundDirection.inFlight }

    package func write(_ bytes: [UInt8]) {
        guard !isCut, !bytes.isEmpty else { return }
        inboundDirection.inFlight += bytes.count
        carry(bytes, by: \.inboundDirection) { $0.reachClient($1) }
    }

    /// The server closes its side, behind everything that it has written.
    package func closeByServer() {
        server = nil
        let arrival = max(inboundDirection.lastArrival, world.nowNanoseconds + latency())
        world.after(arrival - world.nowNanoseconds) { [self] in
            guard !isDark else { return }
            inboundHasEnded = true
            isCut = true
        }
    }

    // MARK: Carrying

    private func carry(
        _ bytes: [UInt8], by direction: ReferenceWritableKeyPath<NetworkConnection, Direction>,
        to end: @escaping (NetworkConnection, [UInt8]) -> Void
    ) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let size = min(rest.count, dripSize ?? Int(world.pick(1...UInt64(max(1, rest.count * 2)))))
            let piece = Array(rest.prefix(size))
            rest = rest.dropFirst(size)
            let arrival = max(self[keyPath: direction].lastArrival, world.nowNanoseconds + latency())
            self[keyPath: direction].lastArrival = arrival
            world.after(arrival - world.nowNanoseconds) { [self] in arrive(piece, by: direction, to: end) }
        }
    }

    private func arrive(
        _ piece: [UInt8], by direction: ReferenceWritableKeyPath<NetworkConnection, Direction>,
        to end: (NetworkConnection, [UInt8]) -> Void
    ) {
        guard !isDark, !isCut else { return }
        var piece = piece
        var breaks = false
        if world.weather.oneConnectionIsCutIn != .max, let cutAfter = self[keyPath: direction].cutAfter,
            self[keyPath: direction].arrived + piece.count > cutAfter
        {
            piece = Array(piece.prefix(max(0, cutAfter - self[keyPath: direction].arrived)))
            breaks = true
        }
        self[keyPath: direction].arrived += piece.count
        if !piece.isEmpty { end(self, piece) }
        if breaks { cut() }
    }

    private func reachServer(_ bytes: [UInt8]) {
        outbound.inFlight -= bytes.count
        server?.connectionDidReceive(bytes)
    }

    private func reachClient(_ bytes: [UInt8]) {
        if isClosedByClient { return }
        inbound += bytes
    }
}

/// The server's end of a connection.
package protocol ServerEnd: AnyObject {
    func connectionDidReceive(_ bytes: [UInt8])
    /// The client is gone, in whatever way.
    func connectionDidEnd()
    /// The client has read.
    func connectionHasRoom()
}
