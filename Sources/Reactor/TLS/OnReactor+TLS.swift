extension OnReactor {
    /// Begins TLS on a connected stream, as a client. The stream's handler stays and gets plaintext; `handler` learns how the
    /// handshake ends, for which there is no deadline here: close the stream to give up.
    ///
    /// - Parameter unconsumedByteCount: how many bytes the handler has got and not understood as part of the talk in the clear.
    ///   Anything but zero is refused: whoever can write to the connection may have put them there, to be taken for words that
    ///   came under encryption. Bytes that the kernel still holds are taken for TLS, and fail as such.
    /// - Throws: ``TLSError`` when bytes are left over, or OpenSSL can't make the connection.
    package func startTLS(
        _ id: StreamID, _ context: TLSContext, peer: TLSPeer, unconsumedByteCount: Int, handler: any TLSHandler
    ) throws(TLSError) {
        guard unconsumedByteCount == 0 else {
            throw TLSError(
                .unencryptedBytes,
                "\(unconsumedByteCount) bytes came in the clear before the TLS handshake: somebody may have put them there")
        }
        try core.startTLS(id, context, role: .client(peer), handler)
    }

    /// The server's side of `startTLS`, so that tests can meet both.
    package func acceptTLSForTesting(_ id: StreamID, _ context: TLSContext, handler: any TLSHandler) throws(TLSError) {
        try core.startTLS(id, context, role: .server, handler)
    }

    /// What the two sides have agreed on; nil without TLS, or before the handshake is done.
    package func tlsDetails(_ id: StreamID) -> TLSDetails? { core.stream(id)?.tls?.details }
}

extension LoopCore {
    func startTLS(
        _ id: StreamID, _ context: TLSContext, role: TLSEngine.Role, _ tlsHandler: any TLSHandler
    ) throws(TLSError) {
        guard let stream = stream(id), let handler = stream.handler, !stream.isClosing, !stream.hasEnded, !stream.hasFailed,
            !stream.isSending, stream.tls == nil
        else { throw TLSError(.unavailable, "TLS can't begin on a stream that is closed, busy sending, or encrypted already") }
        let tls = try TLSStream(id, context, role: role, handler: handler, tlsHandler: tlsHandler, pool: pool)
        stream.tls = tls
        stream.handler = tls
        tls.begin(stream, self)
        startReceiving(id)
    }
}
