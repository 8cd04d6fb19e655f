import NATSProtocol
import Reactor
import Synchronization

extension ConnectionDriver {
    /// Asks the user which server is next. A known URL keeps its credentials and the name of its certificate.
    func chooseServer(_ request: ServerChoiceRequest, _ on: borrowing OnReactor) {
        guard let choose = core.options.reconnect.chooseServer else { return }
        let context = ReconnectChoiceContext(
            servers: request.candidates.map { KnownServer($0) }, lastServer: request.lastServer?.location,
            lastError: request.failure.map { error(for: $0) },
            move: request.move, proposedServer: request.proposedServer.location,
            proposedDelay: .nanoseconds(Int64(clamping: request.proposedDelayNanoseconds)))
        guard let choice = choose(context) else { return }
        var server: ServerAddress?
        if let url = choice.server {
            do throws(NATSError) {
                server = try chosenServer(url, among: request.candidates)
            } catch {
                report(unusableChoice: error)
            }
        }
        state.value.session.serverChosen(
            number: request.number, server: server, delayNanoseconds: choice.delay?.clampedNanoseconds, now: now(on))
    }

    private func chosenServer(
        _ url: String, among candidates: [ServerChoiceRequest.Candidate]
    ) throws(NATSError) -> ServerAddress {
        let server: ServerAddress
        do throws(ServerAddressError) {
            server = try ServerAddress(parsing: url)
        } catch {
            throw NATSError(error)
        }
        if let known = candidates.first(where: { $0.server.hostPort == server.hostPort }) { return known.server }
        try core.check(server)
        return server
    }

    /// The proposed server is next then: nobody is left without a connection for a mistake in a hook.
    private func report(unusableChoice error: NATSError) {
        let failure = NATSError(
            error.code, "the server that chooseServer has chosen can't be used: \(error.message)", server: error.server,
            underlying: error.underlying)
        core.snapshot.withLock { $0.lastError = failure }
        core.hub.emit(.attemptFailed(failure))
    }

    /// Makes the pool visible to getters. After what may change it; never for messages.
    func publishServers() {
        let servers = state.value.session.candidates.map { KnownServer($0) }
        core.snapshot.withLock { $0.servers = servers }
    }
}
