import NATSClient
import TestSupport
import Testing

@testable import NATSStores

@Suite("Errors of the JetStream API") struct JetStreamErrorTests {
    /// Every name with its number, from the sources: Swift can't list the static members of a type.
    private func names() throws -> [(name: String, number: Int)] {
        try ["General", "Streams", "Messages", "Consumers"].flatMap { part in
            let text = try Repository.text(of: "Sources/NATSStores/JetStream/Errors/JetStreamError+\(part).swift")
            return text.matches(of: /static let (\w+) = Self\((\d+)_(\d+)\)/)
                .map { (String($0.1), Int($0.2 + $0.3) ?? 0) }
        }
    }

    @Test("each of the 226 numbers of server 2.15 has one name of its own")
    func everyNumber() throws {
        let names = try names()
        #expect(names.count == 226)
        #expect(Set(names.map(\.number)).count == 226 && Set(names.map(\.name)).count == 226)
        #expect(names.allSatisfy { (10_002...10_227).contains($0.number) })
    }

    @Test("names mean what the server means by the number")
    func meaning() {
        #expect(JetStreamError.Code.streamNotFound.rawValue == 10_059)
        #expect(JetStreamError.Code.streamNameExist.rawValue == 10_058)
        #expect(JetStreamError.Code.streamWrongLastSequence.rawValue == 10_071)
        #expect(JetStreamError.Code.consumerNotFound.rawValue == 10_014)
        #expect(JetStreamError.Code.noMessageFound.rawValue == 10_037)
        #expect(JetStreamError.Code.requiredApiLevel.rawValue == 10_185)
    }

    @Test("an error is read, described, and says whether it is worth another attempt")
    func reading() throws {
        let text = #"{"code":404,"err_code":10059,"description":"stream not found"}"#
        let error = try JetStreamError(json: text.utf8Span.span)
        #expect(error.code == .streamNotFound && error.status == 404 && !error.isRetryable)
        #expect("\(error)" == "stream not found (10059)")
        let late = try JetStreamError(json: #"{"code":503,"err_code":10008,"description":"d"}"#.utf8Span.span)
        #expect(late.isRetryable && NATSError(.jetStreamRefused, "m", underlying: late).isRetryable)
        #expect(!NATSError(.jetStreamRefused, "m", underlying: error).isRetryable)
        let old = try JetStreamError(json: #"{"code":500,"description":"broken"}"#.utf8Span.span)
        #expect("\(old)" == "broken (500)")
    }
}
