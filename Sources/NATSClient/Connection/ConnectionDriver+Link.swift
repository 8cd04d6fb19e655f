import NATSProtocol
import Reactor
import Synchronization

/// A connection's life: connect, end, close.
extension ConnectionDriver {
    /// The link of this generation; nil when it is closed, or hasn't begun.
    func link(_ generation: UInt32) -> Link? {
        if let link = state.value.link, link.generation == generation { return link }
        if let link = state.value.successor, link.generation == generation { return link }
        return state.value.retired.first { $0.generation == generation }
    }

    func connect(_ pending: PendingConnect, _ on: borrowing OnReactor) {
        if let present = state.value.link, present.state.value.isDisconnecting {
            state.value.nextConnect = pending
            return
        }
        let transport = Transport(
            generation: pending.generation, server: pending.address, settings: core.transportSettings, handler: self)
        if state.value.link == nil {
            state.value.link = Link(transport)
            publishTLSDetails()
        } else {
            state.value.successor = Link(transport)
        }
        do throws(TransportFailure) {
            try transport.open(deadline: pending.deadline, on)
        } catch {
            state.value.session.transportFailed(generation: pending.generation, error, now: now(on))
        }
    }

    /// The connection that the pending connect waits for may be closed, or replaced by a successor. If it is neither, the
    /// connect goes on waiting.
    func beginNextConnect(_ on: borrowing OnReactor) {
        if let next = state.value.nextConnect.take() { connect(next, on) }
    }

    func startTLS(serverName: String, generation: UInt32, _ on: borrowing OnReactor) {
        guard let link = link(generation) else { return }
        do throws(TransportFailure) {
            try link.transport.startTLS(
                serverName: serverName, unconsumedByteCount: link.state.value.unconsumedByteCount, on)
        } catch {
            state.value.session.transportFailed(generation: generation, error, now: now(on))
        }
    }

    /// The session gives the connection of `generation` up.
    func disconnect(generation: UInt32, graceful: Bool, _ on: borrowing OnReactor) {
        if let pending = state.value.nextConnect, pending.generation == generation {
            // It was never begun.
            state.value.nextConnect = nil
            return
        }
        guard let link = link(generation), !link.state.value.isDisconnecting else { return }
        link.state.value.isDisconnecting = true
        if state.value.successor === link {
            state.value.successor = nil
            state.value.retired.append(link)
        }
        if link.transport.close(hard: !graceful, on) { linkDidClose(link, on) }
    }

    /// Nothing of the transport is left: settle the account, tell the session, connect again if it wants to.
    private func linkDidClose(_ link: Link, _ on: borrowing OnReactor) {
        link.state.value.authentication.take()?.cancel()
        settleOutboundAccount(link)
        if state.value.link === link {
            state.value.link = nil
            promoteSuccessor()
            reportUntoldReconnect()
        } else {
            if state.value.successor === link { state.value.successor = nil }
            state.value.retired.removeAll { $0 === link }
        }
        state.value.session.transportClosed(generation: link.generation, now: now(on))
        beginNextConnect(on)
    }
}

extension ConnectionDriver: TransportHandler {
    func transportDidReach(_ transport: Transport, _ step: HandshakeStep) {
        state.value.session.transportReached(step, generation: transport.generation)
    }

    func transportDidOpen(_ transport: Transport, _ on: borrowing OnReactor) {
        state.value.session.transportConnected(generation: transport.generation, now: now(on))
        settle(on)
    }

    func transportDidSecure(_ transport: Transport, _ details: TLSDetails, _ on: borrowing OnReactor) {
        link(transport.generation)?.state.value.tlsDetails = details
        publishTLSDetails()
        state.value.session.tlsEstablished(generation: transport.generation, now: now(on))
        settle(on)
    }

    func transportDidReceive(_ transport: Transport, _ chunk: borrowing ReceiveChunk, _ on: borrowing OnReactor) {
        guard let link = link(transport.generation), !link.state.value.isDisconnecting else { return }
        state.value.session.bytesReceived(generation: link.generation, now: now(on))
        receive(link, chunk, on)
        settle(on)
    }

    func transportDidSend(_ transport: Transport, _ byteCount: Int, _ on: borrowing OnReactor) {
        guard let link = link(transport.generation) else { return }
        didSend(link, byteCount, on)
        settle(on)
    }

    func transportDidFail(_ transport: Transport, _ failure: TransportFailure, _ on: borrowing OnReactor) {
        // Answered by `.disconnect`.
        state.value.session.transportFailed(generation: transport.generation, failure, now: now(on))
        settle(on)
    }

    func transportDidClose(_ transport: Transport, _ on: borrowing OnReactor) {
        guard let link = link(transport.generation) else { return }
        // Also when the loop shuts down under a living connection.
        state.value.session.transportFailed(
            generation: link.generation, TransportFailure(.io, message: "the stream was closed"), now: now(on))
        // The gate closes before the account is settled, whatever ended the stream.
        performActions(on)
        linkDidClose(link, on)
        settle(on)
    }
}
