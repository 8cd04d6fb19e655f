@testable import NATSClient
import NATSProtocol
import Reactor

/// Messages as the driver gets them: one block, and where each message lies in it.
struct ReceivedBlock {
    let block: ReceiveBlock
    let layouts: [MessageLayout]

    /// Messages on subject `s` with these payloads.
    init(payloads: [String]) {
        self.init(wire: payloads.map { "MSG s 1 \($0.utf8.count)\r\n\($0)\r\n" }.joined())
    }

    init(wire: String) {
        let bytes = Array(wire.utf8)
        let block = ReceiveBlock.detached(capacity: bytes.count)
        block.copyBytes(bytes.span, to: 0)
        var decoder = FrameDecoder()
        var frame = DecodedFrame()
        var layouts: [MessageLayout] = []
        var position = 0
        while position < bytes.count, (try? decoder.next(bytes.span, at: position, &frame)) == .message {
            layouts.append(MessageLayout(frame, origin: 0))
            position = frame.end
        }
        self.block = block
        self.layouts = layouts
    }
}

extension DeliveryQueueState {
    mutating func offer(_ received: ReceivedBlock) -> OfferOutcome {
        offer(received.layouts.span, of: received.block)
    }

    /// Takes everything that waits, as text.
    mutating func popTexts() -> [String] {
        var texts: [String] = []
        while case .message(let message) = pop() { texts.append(message.string) }
        return texts
    }
}

extension DeliveryQueue {
    func offer(payloads: [String]) -> OfferOutcome {
        let received = ReceivedBlock(payloads: payloads)
        return offer(received.layouts.span, of: received.block)
    }
}

extension ByteBuffer {
    var text: String {
        var bytes: [UInt8] = []
        for index in span.indices { bytes.append(span[index]) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// SplitMix64: a failing seed can be run again.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }
}

extension StagedBytes {
    /// The frames as text.
    var text: String { withContiguousFrames { String(repairing: $0) } }
}
