/// What the configuration of a server says, as far as its clients notice.
package struct ModelServerSettings: Sendable {
    package var maximumPayload = 1 << 20
    /// Bytes that may wait for a client; one that is slower is cut off.
    package var maximumPendingBytes = 1 << 20
    package var maximumControlLine = 4_096
    /// Subscriptions of one client; nil: no limit.
    package var maximumSubscriptions: Int?
    package var authenticationTimeoutNanoseconds: UInt64 = 2_000_000_000
    /// Who may come in, with their passwords; empty: everybody.
    package var users: [String: String] = [:]
    package var token: String?
    /// JWTs that the cluster's issuer has given out are asked for.
    package var wantsJWT = false

    package init() {}

    var wantsCredentials: Bool { !users.isEmpty || token != nil || wantsJWT }
}

/// Gives credentials out that end at some time.
final class Issuer {
    private(set) var expiries: [String: UInt64] = [:]
    private var revoked: Set<String> = []

    /// A bearer's JWT that holds from `now` for so many seconds; both in the servers' time of day.
    func issue(_ subject: String, atSeconds now: UInt64, lifetimeSeconds: UInt64) -> String {
        let claims = #"{"sub":"\#(subject)","iat":\#(now),"exp":\#(now + lifetimeSeconds),"jti":"\#(expiries.count)"}"#
        let text = [#"{"typ":"JWT","alg":"ed25519-nkey"}"#, claims, "signature"].map { Self.encode(Array($0.utf8)) }
            .joined(separator: ".")
        expiries[text] = (now + lifetimeSeconds) * 1_000_000_000
        return text
    }

    func revoke(_ text: String) { revoked.insert(text) }
    func expiry(of text: String) -> UInt64? { revoked.contains(text) ? nil : expiries[text] }

    /// Base 64 for URLs, without padding (RFC 4648 section 5).
    private static func encode(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let word = (0..<3).reduce(0) { $0 << 8 | ($1 < group.count ? Int(group[start + $1]) : 0) }
            for digit in 0...group.count { text.append(digits[word >> (18 - 6 * digit) & 63]) }
        }
        return text
    }
}
