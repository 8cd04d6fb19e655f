/// Says what is wrong with an NKey, without a character of it: a wrongly written key may still be a secret.
public struct NKeyError: Error, Hashable, Sendable {
    /// The kind of mistake. More may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The code's name.
        public let description: String

        /// It isn't base 32 (A to Z, 2 to 7, no padding), or has a length that no key has.
        public static let malformed = Code(description: "malformed")
        /// The characters are those of a key, but at least one of them is wrong or missing.
        public static let wrongChecksum = Code(description: "wrongChecksum")
        /// The first letter (the second one of a seed) stands for no kind of key.
        public static let unknownKind = Code(description: "unknownKind")
        /// It is a sound key, but not what is needed here.
        public static let unsuitable = Code(description: "unsuitable")
        /// The system's cryptography refuses to work.
        public static let unavailable = Code(description: "unavailable")
    }

    /// The kind of mistake; for programs.
    public let code: Code
    /// One sentence that says what is wrong and how it should look.
    public let message: String
}

extension NKeyError: CustomStringConvertible {
    public var description: String { "nkey: \(message)" }
}

extension NKeyError {
    static let malformed = NKeyError(
        code: .malformed, message: "the text isn't an NKey: those are 56 characters, or 58 of a seed, from A-Z and 2-7")
    static let wrongChecksum = NKeyError(
        code: .wrongChecksum, message: "the checksum doesn't match; a character is wrong or missing")
    static let unknownKind = NKeyError(code: .unknownKind, message: "its letter stands for no kind of key")
    static let notASeed = NKeyError(code: .unsuitable, message: "a seed is needed (S…), and this is another key")
    static let notAPublicKey = NKeyError(
        code: .unsuitable, message: "a public key is needed, and this is a seed (S…) or private key (P…)")
    static let notAPrivateKey = NKeyError(
        code: .unsuitable, message: "a private key is needed (P…), and this is another key")

    package static let curveCannotSign = NKeyError(
        code: .unsuitable, message: "a key of kind curve (X…) encrypts and can't sign")
    package static let secretMissing = NKeyError(
        code: .unsuitable, message: "the secret half of the key is needed to sign, and only the public one is here")

    package static func unavailable(_ details: String) -> NKeyError {
        NKeyError(code: .unavailable, message: "the system's cryptography isn't available: \(details)")
    }

    static func wrongKind(_ found: NKeyKind, needed: NKeyKind) -> NKeyError {
        NKeyError(code: .unsuitable, message: "a key of kind \(needed) is needed, and this is one of kind \(found)")
    }
}
