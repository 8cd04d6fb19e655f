import Foundation
import Testing

@testable import NATSClient
@testable import NATSStores

/// Our JSON beside Foundation's, in both directions.
@Suite struct PayloadCoderTests {
    struct Everything: Codable, Hashable, Sendable {
        enum Kind: String, Codable { case one, two }
        enum Shape: Codable, Hashable { case circle(radius: Double), point }
        struct Node: Codable, Hashable, Sendable {
            var name: String
            var children: [Node] = []
        }

        var truth = true
        var text = "\"\\\u{1}\n☎ ä"
        var small: [Int8] = [.min, 0, .max]
        var large = Int64.min
        var largest = UInt64.max
        var half = 0.5
        var tiny = Float(1e-20)
        var kind = Kind.two
        var shapes: [Shape] = [.circle(radius: 2), .point]
        var tree = Node(name: "a", children: [Node(name: "b", children: [Node(name: "c")])])
        var words = ["a": [1, 2], "b": []]
        var numbers = [7: "seven"]
        var nothing: Int?
        var holes: [Int?] = [1, nil, 3]
        var matrix = [[1.5], [], [2, 3]]
    }

    private func payload(_ bytes: [UInt8]) -> Payload { Payload(copying: bytes.span) }

    @Test func whatWeWriteWeReadAndSoDoesFoundation() throws {
        let value = Everything()
        let bytes = try JSONPayloadCoder().encode(value)
        #expect(try JSONPayloadCoder().decode(Everything.self, from: payload(bytes)) == value)
        #expect(try JSONDecoder().decode(Everything.self, from: Data(bytes)) == value)
    }

    @Test func whatFoundationWritesWeRead() throws {
        let value = Everything()
        let bytes = Array(try JSONEncoder().encode(value))
        #expect(try JSONPayloadCoder().decode(Everything.self, from: payload(bytes)) == value)
    }

    @Test(arguments: ["7", "\"a\"", "true", "null", "[1,2]", "1.5", "-0.25"])
    func singleValuesStandForThemselves(json: String) throws {
        let bytes = Array(json.utf8)
        let coder = JSONPayloadCoder()
        func again<Value: Codable>(_ type: Value.Type) throws -> String? {
            guard let value = try? coder.decode(type, from: payload(bytes)) else { return nil }
            return String(decoding: try coder.encode(value), as: UTF8.self)
        }
        let texts = try [again(Int?.self), again(String.self), again(Bool.self), again([Int].self), again(Double.self)]
        #expect(texts.contains(json))
    }

    @Test(arguments: ["", "{", "[1,", "nul", "{\"a\":}", "1 2", "\u{FEFF}{}", String(repeating: "[", count: 100_000)])
    func whatIsNoJSONIsAnError(text: String) {
        #expect(throws: DecodingError.self) {
            _ = try JSONPayloadCoder().decode([String: [Int]].self, from: payload(Array(text.utf8)))
        }
    }

    @Test(arguments: ["{}", "[]", "\"a\"", "{\"name\":1,\"children\":[]}", "{\"name\":\"a\",\"children\":{}}", "null"])
    func whatDoesNotFitIsAnError(text: String) {
        #expect(throws: DecodingError.self) {
            _ = try JSONPayloadCoder().decode(Everything.Node.self, from: payload(Array(text.utf8)))
        }
    }

    @Test(arguments: ["300", "-1", "1.5", "1e3"])
    func numbersThatDoNotFitAreErrors(text: String) {
        #expect(throws: DecodingError.self) { _ = try JSONPayloadCoder().decode(UInt8.self, from: payload(Array(text.utf8))) }
    }
}
