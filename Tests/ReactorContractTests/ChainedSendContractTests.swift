import Reactor
import Testing

extension ReactorContract {
    @Suite struct ChainedSends {
        @Test("a handler that sends again whenever a send is over goes on to the end", arguments: Backend.allCases)
        func goesOn(_ backend: Backend) throws {
            // TCP: a socket pair announces room after every read of the peer, and would hide a send that is forgotten.
            let (loop, listener, recorder) = (backend.makeLoop(), Listener(), Recorder())
            defer { loop.finish() }
            let id = try connect(loop, listener, recorder)
            let peer = listener.accept()
            let sender = ChainedSender(rounds: 500)
            try loop.run { on in
                sender.id = id
                on.setHandler(id, sender)
                sender.sendNext(on)
            }
            let received = peer.read(500 * ChainedSender.payload.count)
            #expect(received.count == 500 * ChainedSender.payload.count)
        }
    }
}

/// Sends the same bytes again and again, each time from the callback of the send before.
///
/// `@unchecked Sendable`: its state is touched on the loop's thread alone.
@safe
private final class ChainedSender: StreamHandler, @unchecked Sendable {
    static let payload = Array("forty-two".utf8)
    var id: StreamID?
    private var roundsLeft: Int
    private let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: ChainedSender.payload.count, alignment: 1)

    init(rounds: Int) {
        roundsLeft = rounds
        unsafe bytes.copyBytes(from: Self.payload)
    }

    deinit { unsafe bytes.deallocate() }

    func sendNext(_ on: borrowing OnReactor) {
        guard let id, roundsLeft > 0 else { return }
        roundsLeft -= 1
        _ = unsafe on.send(id, SendVectors(UnsafeRawBufferPointer(bytes)))
    }

    func streamDidReceive(_ id: StreamID, _ chunk: borrowing ReceiveChunk, _ on: borrowing OnReactor) {}
    func streamDidSend(_ id: StreamID, _ byteCount: Int, _ on: borrowing OnReactor) { sendNext(on) }
    func streamDidEnd(_ id: StreamID, _ end: StreamEnd, _ on: borrowing OnReactor) {}
    func streamDidClose(_ id: StreamID, _ on: borrowing OnReactor) {}
}
