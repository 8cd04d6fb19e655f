import NATSClient
import NATSProtocol
import Testing

@Suite("NKeys of users") struct NKeyTests {
    /// RFC 8032, section 7.1, test 1: the seed, the public key, and the signature of the empty message.
    private static let seedBytes = bytes("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    private static let publicBytes = bytes("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    private static let signature = bytes(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )

    private static func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = hexadecimal.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    private static func seedText(_ kind: NKeyKind) throws -> String {
        String(repairing: try NKeySeed(kind: kind, bytes: seedBytes.span).text().span)
    }

    @Test("a seed has the public key and the signatures of RFC 8032", arguments: NKeyKind.allCases.filter { $0 != .curve })
    func knownAnswers(_ kind: NKeyKind) throws {
        let key = try NKey(seed: " " + Self.seedText(kind) + "\n")
        #expect(try key.publicKey == PublicNKey(kind: kind, bytes: Self.publicBytes.span).text)
        #expect(key.kind == kind && key.canSign)
        #expect(try key.sign([UInt8]().span) == Self.signature)
    }

    @Test("only the owner's signature of the same message is valid")
    func verifies() throws {
        let (key, other) = (try NKey.generate(.user), try NKey.generate(.user))
        let message: [UInt8] = [1, 2, 3]
        let signature = try key.sign(message.span)
        let stranger = try NKey(publicKey: key.publicKey)
        #expect(isValid(signature, of: message, by: stranger))
        #expect(!isValid(signature, of: [1, 2], by: stranger))
        #expect(!isValid(signature, of: message, by: other))
        #expect(!isValid(Array(signature.dropLast()), of: message, by: stranger))
    }

    private func isValid(_ signature: [UInt8], of message: [UInt8], by key: NKey) -> Bool {
        key.isValid(signature: signature.span, of: message.span)
    }

    @Test("generated keys differ, and come back from their texts")
    func generates() throws {
        let (key, other) = (try NKey.generate(.account), try NKey.generate(.account))
        #expect(key.publicKey != other.publicKey && key.publicKey.first == "A" && key.publicKey.count == 56)
        let text = try #require(key.withSeedText { String(repairing: $0) })
        #expect(text.hasPrefix("SA") && text.count == 58)
        #expect(try NKey(seed: text).publicKey == key.publicKey)
    }

    @Test("a public key alone can't sign, and a curve key not at all")
    func refuses() throws {
        let key = try NKey(publicKey: NKey.generate(.user).publicKey)
        #expect(!key.canSign && key.withSeedText { $0.count } == nil)
        #expect(#expect(throws: NKeyError.self) { try key.sign([UInt8]().span) }?.code == .unsuitable)
        #expect(#expect(throws: NKeyError.self) { try NKey.generate(.curve) }?.code == .unsuitable)
        let curve = try Self.seedText(.curve)
        #expect(#expect(throws: NKeyError.self) { try NKey(seed: curve) }?.code == .unsuitable)
        let seed = try Self.seedText(.user)
        #expect(#expect(throws: NKeyError.self) { try NKey(publicKey: seed) }?.code == .unsuitable)
    }

    @Test("no description shows the secret")
    func hidesTheSecret() throws {
        let seed = try Self.seedText(.user)
        let key = try NKey(seed: seed)
        var dumped = ""
        dump(key, to: &dumped)
        let authentication = [
            ConnectOptions.Authentication.nkey(seed: seed), .nkey(key), .credentials(text: seed), .token(seed),
            .jwt(seed), .user("ann", password: seed),
        ]
        for value in authentication { dump(value, to: &dumped) }
        for shown in ["\(key)", String(reflecting: key), "\([key])", "\(authentication)", dumped] {
            #expect(!shown.contains(seed) && !shown.contains(seed.dropFirst(2).prefix(8)))
        }
    }
}
