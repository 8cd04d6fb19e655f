import NATSProtocol
import Reactor

extension ConnectionDriver {
    /// Answers the server's challenge in a task: files may be slow, and a provider is the user's code.
    func authenticate(nonce: String, generation: UInt32) {
        guard let link = link(generation) else { return }
        let request = AuthenticationRequest(
            server: link.transport.server.location, nonce: nonce.isEmpty ? nil : nonce,
            requiresAuthentication: state.value.session.serverInfo?.requiresAuthentication ?? false)
        link.state.value.authentication = Task { [core] in
            let outcome = await Authenticator(request: request).outcome(of: core.options.authentication)
            core.onDriver { driver, on in driver.didAuthenticate(outcome, generation: generation, on) }
        }
    }

    /// The session drops what comes for an attempt that it has given up.
    private func didAuthenticate(_ outcome: Authenticator.Outcome, generation: UInt32, _ on: borrowing OnReactor) {
        switch outcome {
        case .proof(let proof): state.value.session.authenticated(proof, generation: generation, now: now(on))
        case .failed(let message, let error):
            state.value.authenticationFailure = AuthenticationFailure(message: message, error: error)
            state.value.session.authenticationFailed(message, generation: generation, now: now(on))
        }
    }

    /// A failure of the session as users see it: with the error itself that their provider of credentials has thrown, of
    /// which the session, a plain value, only knows the text.
    func error(for failure: SessionFailure) -> NATSError {
        guard case .credentialsUnavailable(let message) = failure.reason,
            let kept = state.value.authenticationFailure, kept.message == message
        else { return NATSError(failure) }
        return NATSError(failure, underlying: kept.error)
    }
}

/// Why there were no credentials in an attempt.
struct AuthenticationFailure {
    /// What the session was told.
    let message: String
    let error: any Error
}
