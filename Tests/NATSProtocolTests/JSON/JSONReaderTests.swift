import Testing

@testable import NATSProtocol

@Suite("JSON is read as RFC 8259 says")
struct JSONReaderTests {
    @Test(arguments: [
        "{}", "[]", "0", "-0", "1", "-1", "10", "1.5", "-0.25", "1e5", "1E5", "1e+5", "1e-5", "0e1", "0.0", "123.456e78",
        "1e400", "-1e-400", #""""#, #""x""#, "true", "false", "null", " \t\r\n[ ] \n", "[1,2]", "[ 1 , 2 ]", "[[],[[]]]",
        #"{"a":1}"#, #"{ "a" : 1 , "b" : [ ] }"#, #"{"":0}"#, #"{"a":1,"a":2}"#, #"{"a":{"b":{"c":[{}]}}}"#,
        #"["\"\\\/\b\f\n\r\t"]"#, #"["\u0041\u00e9\uD834\udd1e\u0000"]"#, "[\"\u{7F}\u{2028}é𝄞\"]", "[null,true,false]",
        #"{"\u0061":1}"#, "[123456789012345678901234567890]", #"["\uFFFF\uFDD0"]"#,
    ])
    func whatIsJSONIsReadAndSkipped(text: String) throws {
        #expect(throws: Never.self) { try JSONTree.read(text) }
        #expect(throws: Never.self) { try JSONTree.skip(Array(text.utf8)) }
    }

    @Test(arguments: [
        "", " ", "{", "}", "[", "]", ",", ":", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1,,2]", "{]", "[}", "[[]", "[]]",
        #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{"a" 1}"#, #"{"a"::1}"#, #"{,"a":1}"#, #"{"a":1 "b":2}"#, "{a:1}", "{1:1}",
        "{'a':1}", "{null:1}", #"{"a":1"#, #"{"a":1}}"#, #"{"a":1}x"#, "1 2", "01", "-01", "+1", "-", "1.", ".5", "-.5",
        "1.e1", "1e", "1e+", "1ee1", "1e1.5", "0x10", "1_000", "1a", "NaN", "Infinity", "-Infinity", "tru", "truE", "True",
        "trueX", "nul", "nulll", "fals", "nil", #"""#, #""x"#, #"'x'"#, #""\x""#, #""\""#, #""\u""#, #""\u12""#,
        #""\u12G4""#, #""\U0041""#, #""\ud800""#, #""\udc00""#, #""\ud800\u0041""#, #""\ud800\ud800""#, #""\ud800x""#,
        #""\ud834\u""#, "\"a\nb\"", "\"\t\"", "\"\u{0}\"", "\"\u{1F}\"", "\u{FEFF}{}", "/**/1", "[1]//", "\u{A0}1",
        "\u{0}", "[\u{0}]", "\u{C}1", "[\u{B}1]",
    ])
    func whatIsNoJSONIsRefusedByBoth(text: String) {
        #expect(throws: JSONError.self) { try JSONTree.read(text) }
        #expect(throws: JSONError.self) { try JSONTree.skip(Array(text.utf8)) }
    }

    @Test(
        arguments: [
            [0xFF], [0xC0, 0x80], [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80],
            [0xF8, 0x88, 0x80, 0x80, 0x80],
        ] as [[UInt8]])
    func textsThatAreNotUTF8AreErrors(bytes: [UInt8]) {
        let error = #expect(throws: JSONError.self) { try JSONTree.read([0x22] + bytes + [0x22]) }
        #expect(error?.kind == .invalidUTF8)
        let key = #expect(throws: JSONError.self) { try JSONTree.read(Array(#"{""#.utf8) + bytes + Array(#"":1}"#.utf8)) }
        #expect(key?.kind == .invalidUTF8)
    }

    @Test func escapesAreReplaced() throws {
        #expect(try JSONTree.read(#""\"\\\/\b\f\n\r\t""#) == .string("\"\\/\u{8}\u{C}\n\r\t"))
        #expect(try JSONTree.read(#""a\u0041\u00E9\u20ac\ud834\udD1Ez""#) == .string("aAé€𝄞z"))
        #expect(try JSONTree.read(#""\u0000""#) == .string("\u{0}"))
    }

    @Test func membersComeInTheirOrderAndTwice() throws {
        let tree = try JSONTree.read(#"{"b":1,"a":[true,null],"b":"x"}"#)
        #expect(tree == .object([("b", .number("1")), ("a", .array([.bool(true), .null])), ("b", .string("x"))]))
    }

    @Test func keysAreComparedWithoutTheirEscapes() throws {
        let bytes = Array(#"{"\u0070ort":1,"port":2,"ports":3,"por":4}"#.utf8)
        var reader = JSONReader(bytes.span)
        var found: [Int] = []
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if key == "port" { found.append(try reader.readInt()) } else { try reader.skipValue() }
        }
        try reader.finish()
        #expect(found == [1, 2])
    }

    @Test func nestingHasALimitAndSkippingNoRecursion() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: #"{"a":["#, count: depth / 2) + String(repeating: "]}", count: depth / 2)).utf8)
        }
        #expect(throws: Never.self) { try JSONTree.skip(nested(JSONReader.depthMax)) }
        #expect(throws: Never.self) { try JSONTree.read(nested(JSONReader.depthMax)) }
        for bytes in [nested(JSONReader.depthMax + 2), nested(1_000_000)] {
            #expect(#expect(throws: JSONError.self) { try JSONTree.skip(bytes) }?.kind == .tooDeep)
            #expect(#expect(throws: JSONError.self) { try JSONTree.read(bytes) }?.kind == .tooDeep)
        }
    }

    @Test func theLimitCountsWhatIsReadAroundWhatIsSkipped() throws {
        let bytes = Array((String(repeating: "[", count: 513) + String(repeating: "]", count: 513)).utf8)
        var reader = JSONReader(bytes.span)
        try reader.beginArray()
        #expect(try reader.nextElement())
        let error = #expect(throws: JSONError.self) { try reader.skipValue() }
        #expect(error?.kind == .tooDeep)
    }

    @Test func everyPrefixOfADocumentIsRefused() {
        let document = Array(#"{"a":[1.5e3,"\ud834\udd1e",{"b":null}],"c":true,"d":-0.1,"e":"é"}"#.utf8)
        for count in 0..<document.count {
            let prefix = Array(document[..<count])
            #expect(throws: JSONError.self) { try JSONTree.read(prefix) }
            #expect(throws: JSONError.self) { try JSONTree.skip(prefix) }
        }
        #expect(throws: Never.self) { try JSONTree.read(document) }
    }

    @Test func mutilatedDocumentsNeverTrapAndSkippingAgreesWithReading() throws {
        let document = Array(#"{"a":[1.5e3,"\ud834\udd1e",{"b":null}],"c":true,"d":-0.1,"e":["x","\n"]}"#.utf8)
        let tokens = [#"{"#, "}", "[", "]", ",", ":", "\"", "\\", "\\u", "-", "1", "e", ".", "true", "null", "\u{0}", "é"]
            .map { Array($0.utf8) }
        var random = RandomSource(seed: 7)
        var readCount = 0
        for _ in 0..<50_000 {
            var bytes = document
            for _ in 0...random.next(below: 4) {
                let index = Int(random.next(below: UInt64(bytes.count)))
                switch random.next(below: 4) {
                case 0: bytes[index] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes.remove(at: index)
                case 2: bytes.insert(contentsOf: tokens[Int(random.next(below: UInt64(tokens.count)))], at: index)
                default: bytes.swapAt(index, Int(random.next(below: UInt64(bytes.count))))
                }
            }
            let skips = (try? JSONTree.skip(bytes)) != nil
            do throws(JSONError) {
                _ = try JSONTree.read(bytes)
                readCount += 1
                #expect(skips)
            } catch {
                #expect(!skips || error.kind == .invalidUTF8)
            }
        }
        #expect(readCount > 1_000 && readCount < 49_000)
    }
}
