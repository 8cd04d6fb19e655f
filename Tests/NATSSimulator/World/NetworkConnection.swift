// A simulated TCP connection. Unsafe invariant: buffers of the caller are copied during the call.
import Glibc
import Reactor

/// One TCP connection between a client and a server, with everything that can happen to it.
///
/// A send is taken as far as the window has room; what the client doesn't read fills the window of the other direction.
package final class NetworkConnection: SimulatedSocket {
    package let number: Int
    private unowned let world: World
    private let dice: Dice
    package weak var server: (any ServerEnd)?
    /// A server has taken the client, whatever became of both.
    var wasIntroduced = false

    // The client's end.
    package private(set) var connectResult: Int32?
    private var inbound: [UInt8] = []
    private var inboundStart = 0
    private var inboundHasEnded = false
    private var inboundError: Int32?
    package private(set) var isClosedByClient = false
    /// Bytes that the client has read.
    package private(set) var bytesReadByClient = 0
    private var lastChunk: (at: UInt64, count: Int)?
    /// What the client read last when it left the connection in the same moment: perhaps because of its first bytes.
    private(set) var bytesInDoubt = 0

    // In between.
    private let toServer: NetworkDirection
    private let toClient: NetworkDirection
    private var isCut = false

    /// Behind this byte of the server's, the client must have ended the connection.
    package var clientMustLeaveAfter: Int?
    /// Turns since the client has read it.
    var turnsOverdue = 0

    private static let windowBytes = 64 * 1024

    init(world: World, number: Int) {
        self.world = world
        self.number = number
        dice = world.dice("net", number)
        toServer = NetworkDirection(world: world, dice: dice)
        toClient = NetworkDirection(world: world, dice: dice)
        toServer.deliver = { [unowned self] in reachServer($0) }
        toClient.deliver = { [unowned self] in reachClient($0) }
        toServer.breakHere = { [unowned self] in cut() }
        toClient.breakHere = { [unowned self] in cut() }
        planFaults()
    }

    func connect(to address: String) {
        let weather = world.weather
        if dice.isOne(in: weather.oneConnectHangsIn) { return }
        let isRefused = dice.isOne(in: weather.oneConnectIsRefusedIn)
        world.after(toServer.latency() * 2 + dice.pick(weather.connectNanoseconds)) { [self] in
            guard !isClosedByClient else { return }
            guard !isRefused, let listener = world.listener(on: address) else { return connectResult = ECONNREFUSED }
            connectResult = 0
            listener.accept(self)
        }
    }

    // MARK: Faults

    /// What will befall this connection, as bad as the weather is when it is begun.
    private func planFaults() {
        let weather = world.weather
        let direction = dice.isOne(in: 2) ? toServer : toClient
        let position = Int(dice.pick(0...UInt64(dice.isOne(in: 2) ? 600 : 60_000)))
        let delay = dice.pick(0...20_000_000_000)
        if dice.isOne(in: weather.oneConnectionDripsIn) {
            let size = Int(dice.pick(1...7))
            if world.takes("drip", number, "\(size) bytes at a time") {
                toServer.dripSize = size
                toClient.dripSize = size
            }
        }
        if dice.isOne(in: weather.oneConnectionIsCutIn), world.takes("cut", number, "behind byte \(position)") {
            direction.cutAfter = position
        }
        if dice.isOne(in: weather.oneConnectionGoesDarkIn), world.takes("dark", number, "in \(delay) ns") {
            let ways = [[toServer, toClient], [toServer], [toClient]][dice.below(3)]
            world.after(delay) { [weak self, weak world] in
                if world?.weather.oneConnectionGoesDarkIn != .max { self?.goDark(ways) }
            }
        }
        if dice.isOne(in: weather.oneConnectionStallsIn), world.takes("stall", number, "in \(delay) ns") {
            let duration = dice.skewed(upTo: 30_000_000_000)
            world.after(delay) { [weak world] in
                // Not in calm.
                guard let world, world.weather.oneConnectionStallsIn != .max else { return }
                direction.hold(until: world.nowNanoseconds + duration)
            }
        }
    }

    package func goDark() { goDark([toServer, toClient]) }

    private func goDark(_ ways: [NetworkDirection]) {
        guard !isClosedByClient else { return }
        world.trace.note(world.nowNanoseconds, "net \(number): dark, \(ways.count) ways")
        for way in ways { way.isDark = true }
    }

    package var isDark: Bool { toServer.isDark || toClient.isDark }

    /// Both ends find the connection broken.
    package func cut() {
        guard !isCut else { return }
        becomeCut()
        world.trace.note(world.nowNanoseconds, "net \(number): cut")
        if dice.isOne(in: world.weather.oneCutIsAResetIn) {
            inbound.removeAll()
            inboundStart = 0
            inboundError = ECONNRESET
        } else {
            inboundHasEnded = true
        }
        endAtServer()
    }

    private func becomeCut() {
        isCut = true
        toServer.isOver = true
        toClient.isOver = true
    }

    // MARK: The client's calls

    package func receive(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let waiting = inbound.count - inboundStart
        if waiting > 0 {
            let count = min(waiting, buffer.count, toClient.dripSize.map { waiting < 2_000 ? $0 : waiting } ?? waiting)
            unsafe inbound.withUnsafeBytes { bytes in
                unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[inboundStart..<inboundStart + count]))
            }
            inboundStart += count
            toClient.inFlight -= count
            bytesReadByClient += count
            lastChunk = (world.nowNanoseconds, count)
            world.trace.note(
                world.nowNanoseconds,
                "net \(number): the client has read \(bytesReadByClient) bytes, \(Trace.shown(inbound[inboundStart - count..<inboundStart]))"
            )
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
        let count = min(Self.windowBytes - toServer.inFlight, bytes.count)
        guard count > 0 else { return -Int(EAGAIN) }
        toServer.carry(unsafe [UInt8](UnsafeRawBufferPointer(rebasing: bytes[..<count])))
        return count
    }

    package func close(hard: Bool, unseenByteCount: Int) {
        isClosedByClient = true
        // For the client these bytes are as if the kernel still had them.
        bytesReadByClient -= unseenByteCount
        if let lastChunk, lastChunk.at == world.nowNanoseconds {
            bytesInDoubt = min(lastChunk.count, bytesReadByClient)
        }
        guard !isCut, !toServer.isDark else { return }
        world.trace.note(world.nowNanoseconds, "net \(number): closed by the client\(hard ? ", hard" : "")")
        // What is on its way comes first, unless it is dropped.
        world.after(hard ? toServer.latency() : toServer.delayBehindAll()) { [self] in endAtServer() }
    }

    private func endAtServer() {
        server?.connectionDidEnd()
        server = nil
    }

    // MARK: The server's calls

    /// Room for bytes to the client.
    package var room: Int { isCut ? 0 : Self.windowBytes - toClient.inFlight }

    package func write(_ bytes: [UInt8]) {
        if !isCut, !bytes.isEmpty { toClient.carry(bytes) }
    }

    /// The server closes its side, behind everything that it has written.
    package func closeByServer() {
        server = nil
        world.after(toClient.delayBehindAll()) { [self] in
            guard !toClient.isDark else { return }
            inboundHasEnded = true
            becomeCut()
        }
    }

    private func reachServer(_ bytes: [UInt8]) {
        toServer.inFlight -= bytes.count
        server?.connectionDidReceive(bytes)
    }

    private func reachClient(_ bytes: [UInt8]) {
        if !isClosedByClient { inbound += bytes }
    }
}

extension NetworkConnection {
    /// What a program without a loop has got so far.
    package func takeReceived() -> [UInt8] {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe receive(into: $0) }
            guard count > 0 else { return all }
            all += buffer[..<count]
        }
    }

    /// The server has ended the connection, and everything was taken.
    package var hasEnded: Bool { inboundHasEnded && inboundStart == inbound.count || inboundError != nil }

    /// All of it: the window is as large as any script.
    package func send(_ bytes: [UInt8]) {
        _ = unsafe bytes.withUnsafeBytes { unsafe send($0) }
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
