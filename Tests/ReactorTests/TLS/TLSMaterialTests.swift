import TestSupport
import Testing

@testable import Reactor

@Suite struct TLSMaterialTests {
    @Test func aKeyThatWasReadFromAFileIsWipedAfterItsUse() throws {
        let certificates = try Contexts.certificates
        let configuration = TLSConfiguration(
            certificateChain: .file(certificates.client.certificate), privateKey: .file(certificates.client.key))
        func readKey() throws -> TLSMaterial.Item {
            let material = try TLSMaterial(configuration)
            let found = material.key
            let key = try #require(found)
            #expect(!key.bytes.contains(0))
            return key
        }
        let key = try readKey()
        #expect(!key.bytes.isEmpty && key.bytes.allSatisfy { $0 == 0 })
    }

    @Test func aKeyThatWasGivenInMemoryStays() throws {
        let configuration = TLSConfiguration(privateKey: .bytes([1, 2, 3]))
        for _ in 0..<2 {
            let material = try TLSMaterial(configuration)
            let key = material.key
            #expect(key?.bytes == [1, 2, 3])
        }
    }

    @Test func whatTheSystemTrustsIsReadAgainWhenItHasChanged() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        func fingerprint(_ roots: TLSConfiguration.TrustRoots = .system) throws -> [UInt8] {
            let trust = SystemTrust(bundle: folder.file("ca.pem"), folder: folder.path)
            return try TLSMaterial(TLSConfiguration(trustRoots: roots), systemTrust: trust).fingerprint()
        }
        let nothing = try fingerprint()
        #expect(try fingerprint() == nothing)
        try folder.write("one", to: "ca.pem")
        let one = try fingerprint()
        #expect(one != nothing)
        try folder.write("other", to: "ca.pem")
        #expect(try fingerprint() != one)
        let (second, own) = (try fingerprint(), try fingerprint(.bytes([1])))
        try folder.write("x", to: "single")
        #expect(try fingerprint() != second)
        #expect(try fingerprint(.bytes([1])) == own)
    }

    @Test func theSystemHasAPlaceForWhatItTrusts() {
        #expect(SystemTrust.current.bundle.hasPrefix("/") && SystemTrust.current.folder.hasPrefix("/"))
    }
}
