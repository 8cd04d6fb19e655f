/// One direction of a proxied connection: counts what it forwards and stops at the exact byte of the next cut.
final class ProxyFlow {
    struct Drip {
        var chunkSize: Int
        var interval: Duration
    }

    enum Step {
        case moved
        case idle
        case broken
    }

    private(set) var forwarded = 0
    private(set) var captured: [UInt8] = []
    /// The sender has ended its side.
    private(set) var hasEnded = false
    private(set) var pausedUntil: ContinuousClock.Instant?
    var isStalled = false
    var drip: Drip?

    private var cuts: [CuttingProxy.Cut]
    private let isCapturing: Bool
    private let tap: ((ArraySlice<UInt8>) -> Void)?
    private var buffer: ArraySlice<UInt8> = []
    private var isEndForwarded = false

    init(cuts: [CuttingProxy.Cut], isCapturing: Bool, tap: ((ArraySlice<UInt8>) -> Void)?) {
        self.tap = tap
        self.cuts = cuts.sorted { $0.afterBytes < $1.afterBytes }
        self.isCapturing = isCapturing
    }

    var wantsToRead: Bool { !isStalled && buffer.isEmpty && !hasEnded && pausedUntil == nil }
    var wantsToWrite: Bool { !isStalled && !buffer.isEmpty }
    var isFinished: Bool { isEndForwarded }

    /// The effect of the next cut, once its byte count is reached.
    func takeDueCut() -> CuttingProxy.Effect? {
        guard let next = cuts.first, next.afterBytes <= forwarded else { return nil }
        cuts.removeFirst()
        return next.effect
    }

    func step(from source: Socket, to sink: Socket) -> Step {
        if isStalled { return .idle }
        if !buffer.isEmpty { return write(to: sink) }
        if hasEnded {
            if !isEndForwarded { sink.shutdownWrites() }
            isEndForwarded = true
            return .idle
        }
        if let end = pausedUntil {
            guard end <= .now else { return .idle }
            pausedUntil = nil
        }
        return read(from: source)
    }

    /// Reads and forgets what has come.
    func discard(from source: Socket) {
        buffer = []
        for _ in 0..<64 where !hasEnded {
            switch source.read(atMost: 65_536) {
            case .bytes: continue
            case .wouldBlock: return
            case .end, .failed: hasEnded = true
            }
        }
    }

    private func read(from source: Socket) -> Step {
        var limit = drip?.chunkSize ?? 65_536
        if let next = cuts.first { limit = min(limit, next.afterBytes - forwarded) }
        switch source.read(atMost: limit) {
        case .bytes(let bytes):
            buffer = bytes[...]
            tap?(buffer)
            return .moved
        case .end:
            hasEnded = true
            return .moved
        case .wouldBlock: return .idle
        case .failed: return .broken
        }
    }

    private func write(to sink: Socket) -> Step {
        guard let sent = sink.write(buffer) else { return .broken }
        guard sent > 0 else { return .idle }
        forwarded += sent
        if isCapturing { captured += buffer.prefix(sent) }
        buffer = buffer.dropFirst(sent)
        if buffer.isEmpty, let drip { pausedUntil = .now.advanced(by: drip.interval) }
        return .moved
    }
}
