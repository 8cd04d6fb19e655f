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
        var server = choice.server.flatMap { try? ServerAddress(parsing: $0) }
        if let key = server?.hostPort, let known = request.candidates.first(where: { $0.server.hostPort == key }) {
            server = known.server
        }
        state.value.session.serverChosen(
            number: request.number, server: server, delayNanoseconds: choice.delay?.clampedNanoseconds, now: now(on))
    }

    /// Makes the pool visible to getters. After what may change it; never for messages.
    func publishServers() {
        let servers = state.value.session.candidates.map { KnownServer($0) }
        core.snapshot.withLock { $0.servers = servers }
    }
}
