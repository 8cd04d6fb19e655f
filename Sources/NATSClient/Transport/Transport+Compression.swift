import NATSProtocol
import Reactor

/// A WebSocket with `permessage-deflate`.
extension Transport {
    /// The server refuses a compressed message that holds more than its `max_payload` (`wsDecompressAndParse` in
    /// `server/websocket.go`), whatever operations it is made of. `nil`: it has said none.
    func limitCompressedMessages(to byteCount: Int?) {
        guard let byteCount, byteCount > 0 else { return }
        state.value.webSocket?.compressedBytesMax = min(byteCount, WebSocketCompression.messageBytesMax)
    }

    /// Takes the frames off a chunk, and restores what is compressed in them.
    func receive(
        _ chunk: borrowing ReceiveChunk, _ compression: WebSocketCompression, _ on: borrowing OnReactor
    ) {
        var offset = 0
        do {
            // The owner may close whenever it gets bytes.
            while isOpen {
                let content = try state.value.webSocket?.next(chunk, at: &offset, answers: &state.value.output)
                switch content {
                case .data(let range):
                    handler.transportDidReceive(
                        self, ReceiveChunk(block: chunk.block, start: chunk.start &+ range.lowerBound, count: range.count), on)
                    continue
                case .compressed(var piece):
                    while isOpen, let restored = try compression.restore(&piece, of: chunk, on) {
                        handler.transportDidReceive(self, restored, on)
                    }
                    continue
                case .close(let close):
                    flush(on)
                    state.value.endsGently = true
                    fail(TransportFailure(close), on)
                case nil: flush(on)
                }
                break
            }
            if isOpen { checkAnswers(on) }
        } catch {
            if let error = error as? CompressionError {
                state.value.webSocket?.appendClose(error.closeCode, to: &state.value.output)
            }
            flush(on)
            state.value.endsGently = true
            fail(TransportFailure(.webSocket, message: "\(error)", cause: error), on)
        }
    }
}

extension CompressionError {
    /// The status of the close frame that answers it (RFC 6455 section 7.4.1).
    fileprivate var closeCode: UInt16 {
        if case .messageTooLarge = self { WebSocketClose.messageTooBig } else { WebSocketClose.invalidPayload }
    }
}
