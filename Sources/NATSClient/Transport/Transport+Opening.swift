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
            handshake.start(into: &state.value.output.waiting)
            state.value.phase = .tunnelling(handshake)
            handler.transportDidReach(self, .proxy)
            flush(on)
        } catch let error as ProxyError {
            fail(TransportFailure(.proxy, message: "\(error)", cause: error), on)
        } catch {
            fail(TransportFailure(.proxy, message: "\(error)"), on)
        }
    }

    func continueTunnel(_ handshake: ProxyHandshake, _ chunk: borrowing ReceiveChunk, _ on: borrowing OnReactor) {
        var handshake = handshake
        let known = state.value.gathered.count
        let said = gather(chunk)
        do throws(ProxyError) {
            let end = try handshake.received(said.span, output: &state.value.output.waiting)
            state.value.phase = .tunnelling(handshake)
            flush(on)
            guard let end else { return }
            state.value.gathered = []
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
            if let unread { _ = gather(unread) }
            beginUpgrade(on)
        case .wss:
            state.value.unread = unread
            handler.transportDidReach(self, .tls)
            do throws(TransportFailure) {
                try prepareTLS(
                    serverName: server.tlsServerName, isAskedFor: false, unconsumedByteCount: unread?.count ?? 0, on)
            } catch {
                fail(error, on)
            }
        }
    }

    private func didOpen(unread: ReceiveChunk?, _ on: borrowing OnReactor) {
        state.value.phase = .open
        state.value.flow = state.value.webSocket == nil ? .bytes : .frames
        state.value.unread = unread
        handler.transportDidOpen(self, on)
        state.value.unread = nil
        if let unread, isOpen { receive(unread, on) }
    }

    // MARK: TLS

    /// Whether TLS is what the server hears first.
    var beginsWithTLS: Bool { server.scheme == .wss || settings.tls.handshakeFirst && !server.scheme.isWebSocket }

    /// Reads the certificates in a task, since files may be slow.
    func loadContext() {
        state.value.preparation = settings.helpers.start { [settings] in
            let outcome: Result<TLSContext, TLSError>
            do throws(TLSError) {
                outcome = .success(try settings.tls.contextForAttempt())
            } catch {
                outcome = .failure(error)
            }
            // Without the loop nobody waits for it.
            return { try? settings.loop.execute { on in self.contextIsLoaded(outcome.mapError(self.tlsFailure), on) } }
        }
        guard state.value.preparation == nil else { return }
        let failure = TransportFailure(.tls, message: "the certificates can't be loaded: \(HelperQuota.refusal)")
        try? settings.loop.execute { on in self.contextIsLoaded(.failure(failure), on) }
    }

    private func contextIsLoaded(_ outcome: Result<TLSContext, TransportFailure>, _ on: borrowing OnReactor) {
        let isAwaited =
            switch state.value.phase {
            case .loading, .preparingTLS: true
            default: false
            }
        guard isAwaited else { return }
        state.value.preparation = nil
        do throws(TransportFailure) {
            state.value.context = try outcome.get()
            if case .loading(let request) = state.value.phase {
                connect(request, on)
            } else if case .preparingTLS(let pending) = state.value.phase {
                state.value.phase = .securing(pending)
                try beginTLS(on)
            }
        } catch {
            fail(error, on)
        }
    }

    func connect(_ request: ConnectRequest, _ on: borrowing OnReactor) {
        state.value.phase = .connecting(on.connect(request, handler: self))
    }

    /// Begins TLS, or reads the certificates for it. Meanwhile the kernel keeps what comes: it is TLS, or will be refused as such.
    func prepareTLS(
        serverName: String, isAskedFor: Bool, unconsumedByteCount: Int, _ on: borrowing OnReactor
    ) throws(TransportFailure) {
        guard unconsumedByteCount == 0 else { throw unencryptedBytes(unconsumedByteCount) }
        let peer = TLSPeer(serverName: serverName, host: server.host, port: server.port)
        let pending = TransportState.PendingTLS(peer: peer, isAskedFor: isAskedFor)
        state.value.flow = .nothing
        if let stream = state.value.stream { on.pauseReceiving(stream) }
        if state.value.context == nil {
            state.value.phase = .preparingTLS(pending)
            loadContext()
        } else {
            state.value.phase = .securing(pending)
            try beginTLS(on)
        }
    }

    private func unencryptedBytes(_ count: Int) -> TransportFailure {
        var error = TLSError(
            .unencryptedBytes,
            "\(count) bytes came in the clear before the TLS handshake: somebody may have put them there")
        if let unread = state.value.unread {
            let beginning = unread.span.extracting(first: 64)
            error.receivedInstead = beginning.indices.map { beginning[$0] }
        }
        return tlsFailure(error)
    }

    /// TLS takes the stream over, as soon as nothing of ours is under way in the clear.
    func beginTLS(_ on: borrowing OnReactor) throws(TransportFailure) {
        guard case .securing(let pending) = state.value.phase, let stream = state.value.stream,
            !state.value.output.isSending, let context = state.value.context.take()
        else { return }
        do throws(TLSError) {
            try on.startTLS(stream, context, peer: pending.peer, unconsumedByteCount: 0, handler: self)
        } catch {
            throw tlsFailure(error)
        }
    }

    // MARK: WebSocket

    private func beginUpgrade(_ on: borrowing OnReactor) {
        state.value.phase = .preparingUpgrade
        handler.transportDidReach(self, .webSocket)
        guard let provide = settings.webSocket.headersProvider else { return upgrade(provided: [], on) }
        // Meanwhile the kernel keeps what comes.
        if let stream = state.value.stream { on.pauseReceiving(stream) }
        state.value.preparation = settings.helpers.start { [settings] in
            let outcome: Result<ConnectOptions.WebSocket.Headers, any Error>
            do {
                outcome = .success(try await provide())
            } catch {
                outcome = .failure(error)
            }
            return { try? settings.loop.execute { on in self.headersAreProvided(outcome, on) } }
        }
        guard state.value.preparation == nil else { return }
        let refusal = NATSError(.limitReached, HelperQuota.refusal)
        try? settings.loop.execute { on in self.headersAreProvided(.failure(refusal), on) }
    }

    private func headersAreProvided(_ outcome: Result<ConnectOptions.WebSocket.Headers, any Error>, _ on: borrowing OnReactor) {
        guard case .preparingUpgrade = state.value.phase else { return }
        state.value.preparation = nil
        switch outcome {
        case .success(let headers): upgrade(provided: headers, on)
        case .failure(let error):
            fail(TransportFailure(.webSocket, message: "there are no headers for the upgrade: \(error)", cause: error), on)
        }
    }

    private func upgrade(provided: ConnectOptions.WebSocket.Headers, _ on: borrowing OnReactor) {
        var random = RandomSource.seededBySystem()
        do throws(WebSocketError) {
            var upgrade = try settings.webSocket.upgrade(at: server, provided: provided, random: &random)
            upgrade.appendRequest(to: &state.value.output.waiting)
            let said = state.value.gathered
            if !said.isEmpty { _ = try upgrade.response(said.span) }
            state.value.phase = .upgrading(upgrade)
            flush(on)
            if let stream = state.value.stream { on.resumeReceiving(stream) }
        } catch {
            fail(TransportFailure(.webSocket, message: "\(error)", cause: error), on)
        }
    }

    func continueUpgrade(_ upgrade: WebSocketUpgrade, _ chunk: borrowing ReceiveChunk, _ on: borrowing OnReactor) {
        var upgrade = upgrade
        let known = state.value.gathered.count
        let said = gather(chunk)
        do {
            let accepted = try upgrade.response(said.span)
            state.value.phase = .upgrading(upgrade)
            guard let accepted else { return }
            state.value.gathered = []
            state.value.webSocket = try WebSocketLayer(accepted)
            didOpen(unread: chunk.droppingFirst(accepted.end - known), on)
        } catch {
            fail(TransportFailure(.webSocket, message: "\(error)", cause: error), on)
        }
    }

    /// TLS is up.
    func didSecure(_ pending: TransportState.PendingTLS, _ details: TLSDetails, _ on: borrowing OnReactor) {
        if pending.isAskedFor {
            state.value.phase = .open
            state.value.flow = .bytes
            handler.transportDidSecure(self, details, on)
        } else {
            handler.transportDidSecure(self, details, on)
            if case .securing = state.value.phase { beginUpgrade(on) }
        }
    }
}

extension Transport {
    /// Everything that the peer of the handshake has said so far, with this.
    private func gather(_ chunk: borrowing ReceiveChunk) -> [UInt8] {
        let bytes = chunk.span
        for index in bytes.indices { state.value.gathered.append(bytes[index]) }
        return state.value.gathered
    }
}

extension ReceiveChunk {
    /// What is behind the first `count` bytes; nil when nothing is.
    fileprivate borrowing func droppingFirst(_ count: Int) -> ReceiveChunk? {
        guard count >= 0, count < self.count else { return nil }
        return ReceiveChunk(block: block, start: start &+ count, count: self.count &- count)
    }
}
