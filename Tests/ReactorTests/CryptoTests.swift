import Reactor
import Testing

@Suite struct CryptoTests {
    private func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex)
        return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    }

    // Without spans, which `#expect` can't hold.
    private func sign(_ message: [UInt8], _ key: borrowing Ed25519) throws -> [UInt8] { try key.sign(message.span) }
    private func digest(_ bytes: [UInt8]) throws -> [UInt8] { try SHA256Digest.of(bytes.span) }
    private func isValid(_ signature: [UInt8], of message: [UInt8], publicKey: [UInt8]) -> Bool {
        Ed25519.isValid(signature: signature.span, of: message.span, publicKey: publicKey.span)
    }

    /// RFC 8032, section 7.1: seed, public key, message, signature.
    @Test(
        "Ed25519 agrees with RFC 8032",
        arguments: [
            [
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                    + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
            ],
            [
                "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
                "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                    + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
            ],
        ])
    func ed25519(vector: [String]) throws {
        let key = try Ed25519(seed: bytes(vector[0]).span)
        let (publicKey, message, signature) = (bytes(vector[1]), bytes(vector[2]), bytes(vector[3]))
        let (derived, made) = (try key.publicKey(), try sign(message, key))
        #expect(derived == publicKey)
        #expect(made == signature)
        #expect(isValid(signature, of: message, publicKey: publicKey))
        var wrong = signature
        wrong[7] ^= 1
        #expect(!isValid(wrong, of: message, publicKey: publicKey))
        #expect(!isValid(signature, of: [1], publicKey: publicKey))
        #expect(!isValid([1], of: message, publicKey: publicKey))
        #expect(!isValid(signature, of: message, publicKey: []))
    }

    @Test("a seed of another size is refused", arguments: [0, 31, 33])
    func seedSize(count: Int) {
        #expect(throws: CryptoError.invalidSeed) { _ = try Ed25519(seed: [UInt8](repeating: 1, count: count).span) }
    }

    @Test("SHA-256 agrees with FIPS 180, however the bytes are cut")
    func sha256() throws {
        let empty = bytes("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        let abc = bytes("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(try digest([]) == empty)
        #expect(try digest(Array("abc".utf8)) == abc)
        var digest = try SHA256Digest()
        for byte in "abc".utf8 { try digest.update([byte].span) }
        let result = try digest.finish()
        #expect(result == abc)
    }

    @Test("wiped bytes are zero")
    func wipes() {
        var bytes: [UInt8] = [1, 2, 3]
        Secrets.wipe(&bytes)
        #expect(bytes == [0, 0, 0])
        var none: [UInt8] = []
        Secrets.wipe(&none)
    }
}
