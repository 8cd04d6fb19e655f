import NATSProtocol
import Testing

@testable import NATSClient
@testable import NATSStores

/// Names, digests and records, against vectors of ADR-20 and of other clients.
@Suite struct ObjectFormTests {
    @Test(arguments: [
        ("a", "YQ=="), ("ab", "YWI="), ("abc", "YWJj"), ("foo/bar.txt", "Zm9vL2Jhci50eHQ="), ("grüße?>", "Z3LDvMOfZT8-"),
        ("???", "Pz8_"), (">>>", "Pj4-"), ("🦄", "8J-mhA=="), ("日本語", "5pel5pys6Kqe"), ("e\u{301}", "ZcyB"),
    ])
    func namesAreThoseOfOtherClients(name: String, encoded: String) {
        #expect(Base64.encode(name.utf8Span.span, .paddedURL) == encoded)
        #expect(Base64.decode(encoded.utf8Span.span, .paddedURL) == Array(name.utf8))
        let unpadded = String(encoded.prefix { $0 != "=" })
        #expect(Base64.decode(unpadded.utf8Span.span, .paddedURL) == Array(name.utf8))
    }

    @Test(arguments: ["Pz8/", "Pj4+", "A", "YQ=", "YR==", "Y Q=", "===="])
    func otherTextsAreNoNames(text: String) {
        #expect(Base64.decode(text.utf8Span.span, .paddedURL) == nil)
    }

    @Test func digestsAreThoseOfOtherClients() throws {
        let empty = "SHA-256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU="
        let digest = try #require(ObjectDigest.bytes(empty))
        #expect(digest.count == 32 && digest[0] == 0xE3 && ObjectDigest.text(digest) == empty)
        #expect(ObjectDigest.bytes("sha-256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU") == digest)
        for text in [
            "", "SHA-256=", "SHA-256=47DE", "MD5=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=", String(empty.dropFirst(8)),
        ] {
            #expect(ObjectDigest.bytes(text) == nil, "\(text)")
        }
    }

    @Test func aRecordOfTheGoClientIsReadAndKeepsWhatNobodyKnows() throws {
        let json = """
            {"name":"a","description":"d","headers":{"H":["1","2"]},"metadata":{"k":"v"},"options":{"max_chunk_size":131072,"later":1},\
            "bucket":"B","nuid":"I2T6LVgo3nH6tWDdaJ5mZX","size":300000,"mtime":"0001-01-01T00:00:00Z","chunks":3,\
            "digest":"SHA-256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=","new":{"x":[1]}}
            """
        let info = try Self.info(json)
        #expect(info.name == "a" && info.description == "d" && info.headers == ["H": ["1", "2"]] && info.metadata == ["k": "v"])
        #expect(info.bucket == "B" && info.id == "I2T6LVgo3nH6tWDdaJ5mZX" && info.size == 300_000 && info.chunkCount == 3)
        #expect(info.chunkBytes == 131_072 && info.link == nil && !info.isDeleted && info.revision == 7)
        let expected = json.replacing(#""mtime":"0001-01-01T00:00:00Z","#, with: "")
        #expect(String(decoding: info.record.json, as: UTF8.self) == expected)
    }

    @Test func headersAreReadInEveryFormThatClientsHaveWritten() throws {
        let forms = [
            #"{"H":["1","2"],"I":["3"]}"#, #"{"inner":{"H":["1","2"],"I":["3"]}}"#,
            #"{"H":["1",null,"2"],"I":"3","J":7,"K":{"x":1}}"#,
        ]
        for headers in forms {
            let info = try Self.info(#"{"name":"a","bucket":"B","nuid":"n","size":0,"chunks":0,"headers":\#(headers)}"#)
            #expect(info.headers == ["H": ["1", "2"], "I": ["3"]], "\(headers)")
        }
        #expect(try Self.info(#"{"name":"a","headers":null,"metadata":null,"options":null,"digest":null}"#).headers == [:])
    }

    @Test func linksAndRemainsAreRead() throws {
        let link = try Self.info(
            #"{"name":"l","options":{"link":{"bucket":"C","name":"x"}},"bucket":"B","nuid":"n","size":0,"chunks":0}"#)
        #expect(link.link?.bucket == "C" && link.link?.name == "x" && link.digest == nil)
        let bucket = try Self.info(#"{"name":"l","options":{"link":{"bucket":"C"}},"bucket":"B","nuid":"n"}"#)
        #expect(bucket.link?.bucket == "C" && bucket.link?.name == nil)
        let deleted = try Self.info(#"{"name":"l","bucket":"B","nuid":"n","size":0,"chunks":0,"digest":"","deleted":true}"#)
        #expect(deleted.isDeleted && deleted.digest == nil)
    }

    @Test(arguments: ["", "{", "[]", #"{"name":1}"#, #"{"size":-1}"#, #"{"chunks":"1"}"#, #"{"size":18446744073709551616}"#])
    func otherTextsAreNoRecords(json: String) {
        #expect(throws: NATSError.self) { try Self.info(json) }
    }

    private static func info(_ json: String) throws -> ObjectInfo {
        try ObjectInfo(json.utf8Span.span, revision: 7, modified: ServerTime(nanosecondsSince1970: 1))
    }
}
