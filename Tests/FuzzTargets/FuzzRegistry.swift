/// Everything that is fuzzed.
package enum FuzzRegistry {
    package static let targets: [any FuzzTarget.Type] = [
        DecoderTarget.self, EncoderTarget.self, HeadersTarget.self, SubjectsTarget.self,
        JSONTarget.self, InfoTarget.self, ReportsTarget.self,
        CredentialsTarget.self, NKeysTarget.self, EncodingsTarget.self, AddressesTarget.self, ProxiesTarget.self,
        ServerTextsTarget.self, ContextsTarget.self,
        WebSocketTarget.self, DeflateTarget.self, UpgradeTarget.self, SOCKSTarget.self,
        SessionTarget.self, WaitersTarget.self,
        AcknowledgementSubjectTarget.self, PublishAckTarget.self, FastBatchTarget.self, PullAnswerTarget.self, APITarget.self,
    ]

    // With a closure: the compiler (6.3.1) crashes on a key path that begins at a metatype.
    package static let names = targets.map { $0.name }

    package static func target(named name: String) -> (any FuzzTarget.Type)? {
        targets.first { $0.name == name }
    }
}
