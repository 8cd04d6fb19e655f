import NATSProtocol

/// Sorts outbound frames when a connection is lost, or a server has a smaller limit: publishes that were written
/// whole are counted, publishes that are still ours to send are kept in order, half-sent frames are rewound as a
/// whole. SUB and UNSUB are forgotten, since the session restores subscriptions itself.
struct OutboundRebuild: ~Copyable {
    /// What is kept, in order.
    private(set) var bytes = ByteBuffer()
    /// Fences that are kept, with their new places.
    private(set) var fences: [StagedFence] = []
    /// The staged UNSUBs, in order, if they aren't kept.
    private(set) var unsubscribes: [UInt8] = []
    private(set) var keptPublishes: UInt64 = 0
    private(set) var discardedPublishes: UInt64 = 0
    private(set) var writtenPublishes: UInt64 = 0
    /// The reply subjects of publishes that were discarded for their size.
    private(set) var repliesOfLarger: [[UInt8]] = []
    private let limitBytes: Int
    private let maximumPayload: Int
    private let withdrawnReplies: [[UInt8]]
    private var isFull = false

    /// - Parameters:
    ///   - limitBytes: bytes of publishes to keep; what goes beyond is discarded, the newest first.
    ///   - maximumPayload: larger bodies are discarded, since the server would cut the connection for them.
    ///   - withdrawnReplies: publishes whose reply subjects begin so are discarded.
    init(limitBytes: Int, maximumPayload: Int = .max, withdrawnReplies: [[UInt8]] = []) {
        self.limitBytes = limitBytes
        self.maximumPayload = maximumPayload
        self.withdrawnReplies = withdrawnReplies
    }

    /// Adds frames that were handed to a transport, of which the kernel has accepted the first `written` bytes.
    mutating func add(inFlight frames: Span<UInt8>, written: Int) {
        var walker = OutboundFrameWalker()
        while case .frame(let frame) = walker.next(frames) {
            guard frame.isPublish else { continue }
            if frame.range.upperBound <= written {
                writtenPublishes += 1
            } else {
                addPublish(frames, frame)
            }
        }
    }

    /// Adds staged frames; PINGs with their `fences`, in order, unless these are empty. SUB and UNSUB are kept only for
    /// a connection that lives on.
    mutating func add(
        staged frames: Span<UInt8>, fences staged: [StagedFence], keepsControlFrames: Bool = false,
        keepsSessionFences: Bool = true
    ) {
        var walker = OutboundFrameWalker()
        var next = staged.makeIterator()
        while case .frame(let frame) = walker.next(frames) {
            if frame.isPublish {
                addPublish(frames, frame)
            } else if frame.kind == .ping, let fence = next.next() {
                guard keepsSessionFences || fence.fence.isUsers else { continue }
                bytes.append(frames.extracting(frame.range))
                fences.append(StagedFence(fence: fence.fence, publishesBefore: keptPublishes))
            } else if keepsControlFrames {
                bytes.append(frames.extracting(frame.range))
            } else if frame.kind == .unsubscribe {
                for index in frame.range { unsubscribes.append(frames[index]) }
            }
        }
    }

    private mutating func addPublish(_ frames: Span<UInt8>, _ frame: OutboundFrame) {
        if frame.body.count > maximumPayload {
            discardedPublishes += 1
            if let reply = frame.reply(in: frames) {
                repliesOfLarger.append([UInt8](copying: frames.extracting(reply)))
            }
        } else if isWithdrawn(frames, frame) {
            discardedPublishes += 1
        } else if !isFull, bytes.count + frame.range.count <= limitBytes {
            bytes.append(frames.extracting(frame.range))
            keptPublishes += 1
        } else {
            // From here on everything goes: a gap in the middle would be worse than a missing end.
            isFull = true
            discardedPublishes += 1
        }
    }

    private func isWithdrawn(_ frames: Span<UInt8>, _ frame: OutboundFrame) -> Bool {
        guard !withdrawnReplies.isEmpty, let reply = frame.reply(in: frames) else { return false }
        return withdrawnReplies.contains { frames.extracting(reply).begins(with: $0.span) }
    }

    /// Exchanges the kept bytes for `buffer`.
    mutating func exchangeBytes(_ buffer: inout ByteBuffer) { swap(&bytes, &buffer) }
}
