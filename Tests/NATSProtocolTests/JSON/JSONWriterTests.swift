import Testing

@testable import NATSProtocol

@Suite("What the JSON writer writes is read back")
struct JSONWriterTests {
    private func written(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        body(&writer)
        let bytes = writer.bytes
        return String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
    }

    @Test func containersAndCommas() {
        let text = written { writer in
            writer.beginObject()
            writer.field("a", 1)
            writer.key("b")
            writer.beginArray()
            writer.value(true)
            writer.null()
            writer.beginObject()
            writer.endObject()
            writer.beginArray()
            writer.endArray()
            writer.value(UInt64.max)
            writer.value(Int64.min)
            writer.value(-2.5)
            writer.value(Double.infinity)
            writer.endArray()
            writer.field("c", nil)
            writer.field("d", "x" as String?)
            writer.endObject()
        }
        let expected = #"{"a":1,"b":[true,null,{},[],18446744073709551615,-9223372036854775808,-2.5,null],"d":"x"}"#
        #expect(text == expected)
        #expect(throws: Never.self) { try JSONTree.read(expected) }
    }

    @Test func everyScalarBelow300AndSomeMoreComeBackOnOneLine() throws {
        for value in [UInt32](0..<300) + [0x2028, 0xD7FF, 0xFFFD, 0xFFFF, 0x1_D11E, 0x10_FFFF] {
            let text = "a" + String(try #require(Unicode.Scalar(value))) + "\"\\/b"
            let json = written { $0.value(text) }
            #expect(json.utf8.allSatisfy { $0 >= 0x20 })
            #expect(try JSONTree.read(json) == .string(text))
        }
    }
}
