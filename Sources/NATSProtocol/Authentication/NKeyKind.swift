/// What an NKey stands for: the first letter of its public key, the second one of its seed.
///
/// Source: `strkey.go` of nats-io/nkeys.
public enum NKeyKind: String, Hashable, Sendable, CaseIterable {
    /// `O…`: signs accounts.
    case `operator`
    /// `A…`: signs users; the identity of an account.
    case account
    /// `U…`: the identity of a client.
    case user
    /// `N…`: the identity of a server.
    case server
    /// `C…`: the identity of a cluster.
    case cluster
    /// `X…`: an X25519 key, which encrypts and can't sign (auth callout).
    case curve
}

extension NKeyKind {
    /// The byte in front of the key, which gives the text its first letter: the letter's number in the upper five bits.
    var prefix: UInt8 {
        switch self {
        case .account: 0 << 3
        case .cluster: 2 << 3
        case .server: 13 << 3
        case .operator: 14 << 3
        case .user: 20 << 3
        case .curve: 23 << 3
        }
    }

    init?(prefix: UInt8) {
        guard let kind = Self.allCases.first(where: { $0.prefix == prefix }) else { return nil }
        self = kind
    }

    /// In front of a seed, in five bits; the eight bits of the kind follow.
    static let seedPrefix: UInt8 = 18 << 3
    /// In front of a private key.
    static let privatePrefix: UInt8 = 15 << 3
}
