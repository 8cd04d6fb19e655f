public import NATSProtocol
import Reactor

/// A key of NATS: an Ed25519 key pair, or its public half alone. Its public text is the identity of a user (`U…`), an
/// account (`A…`), an operator (`O…`), a server (`N…`) or a cluster (`C…`).
///
///     let key = try NKey.generate(.user)
///     print(key.publicKey)  // for the server's configuration
///     options.authentication = .nkey(key)
///
/// The secret half is overwritten when the last copy goes, and no description shows it. Values are immutable and can be
/// used from any thread. Source: nats-io/nkeys.
public struct NKey: Sendable {
    private let identity: PublicNKey
    private let seed: NKeySeed?

    /// Makes a new key from the system's random numbers.
    ///
    /// Throws ``NKeyError`` for `.curve`, which can't sign, and when the system's cryptography isn't available.
    public static func generate(_ kind: NKeyKind) throws(NKeyError) -> NKey {
        var generator = SystemRandomNumberGenerator()
        let bytes = SecretBytes(capacity: NKeyCodec.keyByteCount) { output in
            for _ in 0..<NKeyCodec.keyByteCount { output.append(generator.next()) }
        }
        return try NKey(NKeySeed(kind: kind, bytes: bytes.span))
    }

    /// Reads the text of a seed (`SU…`); blanks and line ends around it are ignored. The text itself is the caller's to
    /// forget.
    ///
    /// Throws ``NKeyError``, which says what is wrong without a character of the text.
    public init(seed text: String) throws(NKeyError) {
        try self.init(NKeySeed(parsing: text.utf8Span.span))
    }

    /// Reads the text of a public key (`U…`): such a key verifies and can't sign.
    ///
    /// Throws ``NKeyError``, also for a seed.
    public init(publicKey text: String) throws(NKeyError) {
        identity = try PublicNKey(parsing: text)
        seed = nil
    }

    init(_ seed: NKeySeed) throws(NKeyError) {
        guard seed.kind != .curve else { throw .curveCannotSign }
        let bytes: [UInt8]
        do throws(CryptoError) {
            bytes = try Ed25519(seed: seed.bytes).publicKey()
        } catch {
            throw .unavailable("\(error)")
        }
        identity = try PublicNKey(kind: seed.kind, bytes: bytes.span)
        self.seed = seed
    }

    /// What the key stands for.
    public var kind: NKeyKind { identity.kind }

    /// The text of the public half, 56 characters. Not secret.
    public var publicKey: String { identity.text }

    /// Whether the secret half is there.
    public var canSign: Bool { seed != nil }

    /// The signature of a message: 64 bytes, always the same for the same message. Costs some ten microseconds.
    ///
    /// Throws ``NKeyError`` when the secret half is missing.
    public func sign(_ message: Span<UInt8>) throws(NKeyError) -> [UInt8] {
        guard let seed else { throw .secretMissing }
        do throws(CryptoError) {
            return try Ed25519(seed: seed.bytes).sign(message)
        } catch {
            throw .unavailable("\(error)")
        }
    }

    /// Whether this key has made the signature of the message. False also for a signature of another size.
    public func isValid(signature: Span<UInt8>, of message: Span<UInt8>) -> Bool {
        guard kind != .curve else { return false }
        return Ed25519.isValid(signature: signature, of: message, publicKey: identity.bytes.span)
    }

    /// Lends the text of the seed, 58 characters in ASCII: for writing it to where it is kept. Nil without the secret half.
    ///
    /// The bytes are overwritten after the call; copies that `body` makes are the caller's to forget.
    public func withSeedText<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard let seed else { return nil }
        return try body(seed.text().span)
    }
}

extension NKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The public key.
    public var description: String { publicKey }
    /// As ``description``: never the secret.
    public var debugDescription: String { publicKey }
    /// Shows the public key only.
    public var customMirror: Mirror { Mirror(self, children: ["publicKey": publicKey], displayStyle: .struct) }
}
