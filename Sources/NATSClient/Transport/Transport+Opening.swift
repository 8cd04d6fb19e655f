import NATSProtocol
import Reactor

/// The steps between a connected socket and NATS bytes. Each ends by beginning the next one, or by failing the attempt.
extension Transport {
    // MARK: The proxy

    /// The proxy on the way to the server, if there is one.
    func proxy() throws(TransportFailure) -> ProxyAddress? {
        do throws(ProxyError) {
            return try settings.proxy.proxy(for: server)
        } catch {
            throw TransportFailure(.proxy, message: "\(error)", cause: error)
        }
    }

    func beginTunnel(_ on: borrowing OnReactor) {
        do {
            guard let proxy = try proxy() else { return tunnelIsUp(unread: nil, on) }
            let handshake = try ProxyHandshake(through: proxy, host: server.host, port: server.port)
            handshake.start(into: &output.waiting)
            phase = .tunnelling(handshake)
            flush(on)
        } catch let error as ProxyError {
            fail(TransportFailure(.proxy, message: "\(error)", cause: error), on)
        } catch {
            fail(TransportFailure(.proxy, message: "\(error)"), on)
        }
    }

    func continueTunnel(_ handshake: ProxyHandshake, _ chunk: borrowing ReceiveChunk, _ on: borrowing OnReactor) {
        var handshake = handshake
        let known = gathered.count
        gathered.append(chunk.span)
        do throws(ProxyError) {
            let end = try handshake.received(gathered.span, output: &output.waiting)
            phase = .tunnelling(handshake)
            flush(on)
            guard let end else { return }
            gathered = ByteBuffer(minimumCapacity: 0)
            tunnelIsUp(unread: chunk.droppingFirst(end - known), on)
        } catch {
            fail(TransportFailure(.proxy, message: "\(error)", cause: error), on)
        }
    }

    /// There is a way to the server itself.
    private func tunnelIsUp(unread: ReceiveChunk?, _ on: borrowing OnReactor) {
        switch server.scheme {
        case .nats, .tls: didOpen(unread: unread, on)
        case .ws:
            // The server must not speak first; the upgrade says so when it does.
            if let unread { gathered.append(unread.span) }
            beginUpgrade(on)
        case .wss:
            self.unread = unread
            do throws(TransportFailure) {
                try prepareTLS(
                    serverName: server.tlsServerName, isAskedFor: false, unconsumedByteCount: unread?.count ?? 0, on)
            } catch {
                fail(error, on)
            }
        }
    }

    private func didOpen(unread: ReceiveChunk?, _ on: borrowing OnReactor) {
        phase = .open
        self.unread = unread
        handler.transportDidOpen(self, on)
        self.unread = nil
        if let unread, isOpen { receive(unread, on) }
    }

    // MARK: TLS

    /// Reads the certificates in a task, since files may be slow. Meanwhile the kernel keeps what comes: it is TLS, or will be
    /// refused as such.
    func prepareTLS(
        serverName: String, isAskedFor: Bool, unconsumedByteCount: Int, _ on: borrowing OnReactor
    ) throws(TransportFailure) {
        guard unconsumedByteCount == 0 else { throw unencryptedBytes(unconsumedByteCount) }
        let peer = TLSPeer(serverName: serverName, host: server.host, port: server.port)
        phase = .preparingTLS(PendingTLS(peer: peer, isAskedFor: isAskedFor))
        if let stream { on.pauseReceiving(stream) }
        preparation = Task { [settings] in
            let outcome: Result<TLSContext, TLSError>
            do throws(TLSError) {
                outcome = .success(try settings.tls.contextForAttempt())
            } catch {
                outcome = .failure(error)
            }
            // Without the loop nobody waits for it.
            try? settings.loop.execute { on in self.tlsIsPrepared(outcome, on) }
        }
    }

    private func unencryptedBytes(_ count: Int) -> TransportFailure {
        var error = TLSError(
            .unencryptedBytes,
            "\(count) bytes came in the clear before the TLS handshake: somebody may have put them there")
        if let unread {
            let beginning = unread.span.extracting(first: 64)
            error.receivedInstead = beginning.indices.map { beginning[$0] }
        }
        return tlsFailure(error)
    }

    private func tlsIsPrepared(_ outcome: Result<TLSContext, TLSError>, _ on: borrowing OnReactor) {
        guard case .preparingTLS(var pending) = phase else { return }
        preparation = nil
        switch outcome {
        case .success(let context):
            pending.context = context
            phase = .securing(pending)
            beginTLS(on)
        case .failure(let error): fail(tlsFailure(error), on)
        }
    }

    /// TLS takes the stream over, as soon as nothing of ours is under way in the clear.
    func beginTLS(_ on: borrowing OnReactor) {
        guard case .securing(var pending) = phase, let stream, !output.isSending, let context = pending.context.take()
        else { return }
        phase = .securing(pending)
        do throws(TLSError) {
            try on.startTLS(stream, context, peer: pending.peer, unconsumedByteCount: 0, handler: self)
        } catch {
            fail(tlsFailure(error), on)
        }
    }

    // MARK: WebSocket

    private func beginUpgrade(_ on: borrowing OnReactor) {
        phase = .preparingUpgrade
        guard let provide = settings.webSocket.headerProvider else { return upgrade(provided: Headers(), on) }
        // Meanwhile the kernel keeps what comes.
        if let stream { on.pauseReceiving(stream) }
        preparation = Task { [settings, location = server.location] in
            let outcome: Result<Headers, any Error>
            do {
                outcome = .success(try await provide(location))
            } catch {
                outcome = .failure(error)
            }
            try? settings.loop.execute { on in self.headersAreProvided(outcome, on) }
        }
    }

    private func headersAreProvided(_ outcome: Result<Headers, any Error>, _ on: borrowing OnReactor) {
        guard case .preparingUpgrade = phase else { return }
        preparation = nil
        switch outcome {
        case .success(let headers): upgrade(provided: headers, on)
        case .failure(let error):
            fail(TransportFailure(.webSocket, message: "there are no headers for the upgrade: \(error)", cause: error), on)
        }
    }

    private func upgrade(provided: Headers, _ on: borrowing OnReactor) {
        var random = RandomSource.seededBySystem()
        do throws(WebSocketError) {
            var upgrade = try WebSocketUpgrade(
                server: server, offer: settings.webSocket.offer(provided: provided), random: &random)
            upgrade.appendRequest(to: &output.waiting)
            if !gathered.isEmpty { _ = try upgrade.response(gathered.span) }
            phase = .upgrading(upgrade)
            flush(on)
            if let stream { on.resumeReceiving(stream) }
        } catch {
            fail(TransportFailure(.webSocket, message: "\(error)", cause: error), on)
        }
    }

    func continueUpgrade(_ upgrade: WebSocketUpgrade, _ chunk: borrowing ReceiveChunk, _ on: borrowing OnReactor) {
        var upgrade = upgrade
        let known = gathered.count
        gathered.append(chunk.span)
        do throws(WebSocketError) {
            let accepted = try upgrade.response(gathered.span)
            phase = .upgrading(upgrade)
            guard let accepted else { return }
            gathered = ByteBuffer(minimumCapacity: 0)
            webSocket = WebSocketLayer(accepted)
            didOpen(unread: chunk.droppingFirst(accepted.end - known), on)
        } catch {
            fail(TransportFailure(.webSocket, message: "\(error)", cause: error), on)
        }
    }

    /// TLS is up.
    func didSecure(_ pending: PendingTLS, _ details: TLSDetails, _ on: borrowing OnReactor) {
        if pending.isAskedFor {
            phase = .open
            handler.transportDidSecure(self, details, on)
        } else {
            handler.transportDidSecure(self, details, on)
            if case .securing = phase { beginUpgrade(on) }
        }
    }
}

extension ReceiveChunk {
    /// What is behind the first `count` bytes; nil when nothing is.
    fileprivate borrowing func droppingFirst(_ count: Int) -> ReceiveChunk? {
        guard count >= 0, count < self.count else { return nil }
        return ReceiveChunk(block: block, start: start &+ count, count: self.count &- count)
    }
}
