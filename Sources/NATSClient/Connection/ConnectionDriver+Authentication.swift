import NATSProtocol
import Reactor

extension ConnectionDriver {
    /// Answers the server's challenge in a task: files may be slow, and a provider is the user's code.
    func authenticate(nonce: String, generation: UInt32) {
        guard let link = link(generation) else { return }
        let request = AuthenticationRequest(
            server: link.transport.server.location, nonce: nonce.isEmpty ? nil : nonce,
            requiresAuthentication: state.value.session.serverInfo(generation: generation)?.requiresAuthentication ?? false)
        link.state.value.authentication = core.helpers.start { [core] in
            let outcome = await Authenticator(request: request).outcome(of: core.options.authentication)
            return { core.onDriver { driver, on in driver.didAuthenticate(outcome, generation: generation, on) } }
        }
        guard link.state.value.authentication == nil else { return }
        let message = "there are no credentials: \(HelperQuota.refusal)"
        core.onDriver { driver, on in
            driver.didAuthenticate(
                .failed(message, NATSError(.limitReached, message)), generation: generation, on)
        }
    }

    /// The clock of the wall may be set at any time; the session only knows the one that isn't. A clock that is wrong by
    /// more than the lead costs a reconnect when the server ends the connection, and nothing else.
    private func tellExpiry(
        of proof: ConnectParameters.Authentication, generation: UInt32, _ on: borrowing OnReactor
    ) {
        guard case .jwt(let text, _) = proof, let claims = try? UserJWT(parsing: text).claims,
            let end = claims.expiresAt, let renewal = claims.renewsAt
        else { return }
        let now = now(on)
        let wallNanoseconds = core.loop.wallNanoseconds()
        func timestamp(_ seconds: Int64) -> Timestamp {
            let (nanoseconds, overflow) = UInt64(max(seconds, 0)).multipliedReportingOverflow(by: 1_000_000_000)
            guard !overflow else { return .distantFuture }
            return now.advanced(byNanoseconds: nanoseconds > wallNanoseconds ? nanoseconds &- wallNanoseconds : 0)
        }
        let expiry = CredentialsExpiry(claimedSeconds: end, end: timestamp(end), renewal: timestamp(renewal))
        state.value.session.credentialsExpire(expiry, generation: generation, now: now)
    }

    /// The session drops what comes for an attempt that it has given up.
    private func didAuthenticate(_ outcome: Authenticator.Outcome, generation: UInt32, _ on: borrowing OnReactor) {
        switch outcome {
        case .proof(let proof):
            tellExpiry(of: proof, generation: generation, on)
            state.value.session.authenticated(proof, generation: generation, now: now(on))
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
