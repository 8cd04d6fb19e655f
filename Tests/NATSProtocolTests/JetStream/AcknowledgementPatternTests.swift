import NATSProtocol
import Testing

@Suite("AcknowledgementPattern") struct AcknowledgementPatternTests {
    private static func pattern(_ json: String) throws -> AcknowledgementPattern? {
        let bytes = Array(json.utf8)
        return AcknowledgementPattern(bytes.span, try PublishAcknowledgement(json: bytes.span))
    }

    private static func match(_ pattern: AcknowledgementPattern, _ json: String) -> AcknowledgementPattern.Place? {
        pattern.match(Array(json.utf8).span)
    }

    @Test(
        "what is learnt of one acknowledgement reads the others",
        arguments: [#"{"stream":"S","seq":"#, #"{"stream":"S", "domain":"hub", "seq":"#, #"{"domain":"hub","stream":"S","seq":"#])
    func others(_ beginning: String) throws {
        let pattern = try #require(try Self.pattern(beginning + "1}"))
        #expect(Self.match(pattern, beginning + "2}") == .init(sequence: 2, isDuplicate: false))
        #expect(
            Self.match(pattern, beginning + "9999999999999999999}")
                == .init(sequence: 9_999_999_999_999_999_999, isDuplicate: false))
        #expect(Self.match(pattern, beginning + #"12,"duplicate": true}"#) == .init(sequence: 12, isDuplicate: true))
        #expect(Self.match(pattern, beginning + #"12,"duplicate":true}"#) == .init(sequence: 12, isDuplicate: true))
    }

    @Test("it is learnt of a duplicate, too")
    func duplicate() throws {
        let pattern = try #require(try Self.pattern(#"{"stream":"S","seq":7,"duplicate": true}"#))
        #expect(Self.match(pattern, #"{"stream":"S","seq":8}"#) == .init(sequence: 8, isDuplicate: false))
    }

    @Test(
        "everything else isn't of the form",
        arguments: [
            "", "{", #"{"stream":"S","seq":"#, #"{"stream":"S","seq":}"#, #"{"stream":"S","seq":1"#, #"{"stream":"S","seq":1} "#,
            #"{"stream":"T","seq":1}"#, #"{"stream":"S","seq":1,"val":"2"}"#, #"{"stream":"S","seq":-1}"#,
            #"{"stream":"S","seq":18446744073709551615}"#, #"{"stream":"S","seq":1,"duplicate": false}"#,
            #"{"stream":"S","seq":1.5}"#,
        ])
    func strangers(_ json: String) throws {
        let pattern = try #require(try Self.pattern(#"{"stream":"S","seq":1}"#))
        #expect(Self.match(pattern, json) == nil)
    }

    @Test(
        "nothing is learnt of what says more, or says it in another way",
        arguments: [
            #"{"stream":"S","seq":1,"val":"5"}"#, #"{"stream":"S","seq":1,"batch":"b","count":2}"#,
            #"{"error":{"code":400,"err_code":10071,"description":"wrong"},"stream":"S","seq":0}"#, #"{"stream":"S","seq":1 }"#,
            #"{"seq":1,"stream":"S"}"#,
        ])
    func unlearnable(_ json: String) throws { #expect(try Self.pattern(json) == nil) }
}
