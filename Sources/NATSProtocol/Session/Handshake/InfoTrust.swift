/// How far an INFO counts that comes during a handshake.
///
/// INFO comes in the clear when TLS is started after it, where anybody on the way may have written it. Were its list of
/// servers learnt, one that owns a name and a certificate for it could break this handshake and get the credentials in
/// the next attempt, verified and all.
enum InfoTrust: Equatable {
    /// It came over the connection that will be used.
    case full
    /// TLS follows: it only describes, and changes nothing but the handshake.
    case descriptionOnly
    /// The attempt fails with it.
    case nothing
}

extension ServerInfo {
    /// The biggest message of a server that isn't configured otherwise (`max_payload`).
    static let usualMaximumPayloadBytes = 1 << 20

    /// What remains of an INFO that came in the clear before TLS: no servers to go to and no end to flee from. Its
    /// `max_payload` may not forbid what a usual server takes, since publishes above it are discarded; servers since
    /// 2.12 repeat the true one under TLS, at once.
    func withoutDirections() -> ServerInfo {
        var info = self
        info.connectURLs = []
        info.webSocketConnectURLs = []
        info.isLameDuck = false
        if info.maximumPayloadBytes > 0 {
            info.maximumPayloadBytes = max(info.maximumPayloadBytes, Self.usualMaximumPayloadBytes)
        }
        return info
    }
}
