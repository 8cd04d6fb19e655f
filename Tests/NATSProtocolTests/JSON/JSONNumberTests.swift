import Testing

@testable import NATSProtocol

@Suite("JSON numbers are exact or refused")
struct JSONNumberTests {
    private func int(_ text: String) throws(JSONError) -> Int {
        let bytes = Array(text.utf8)
        var reader = JSONReader(bytes.span)
        return try reader.readInt()
    }

    private func unsigned(_ text: String) throws(JSONError) -> UInt64 {
        let bytes = Array(text.utf8)
        var reader = JSONReader(bytes.span)
        return try reader.readUInt64()
    }

    private func double(_ text: String) throws(JSONError) -> Double {
        let bytes = Array(text.utf8)
        var reader = JSONReader(bytes.span)
        return try reader.readDouble()
    }

    @Test(arguments: [
        ("0", 0), ("-0", 0), ("0.0", 0), ("0e9999999999999999999", 0), ("7", 7), ("-7", -7), ("1000", 1000),
        ("1000.0", 1000), ("1e3", 1000), ("1E+3", 1000), ("10000e-1", 1000), ("1.5e1", 15), ("0.001e3", 1), ("100.00", 100),
        ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min), ("9223372036854775807.000", Int.max),
        ("9007199254740993", 9_007_199_254_740_993), ("0.9223372036854775807e19", Int.max),
    ])
    func wholeNumbersAreReadHoweverTheyAreWritten(text: String, value: Int) throws {
        #expect(try int(text) == value)
    }

    @Test(arguments: [
        "1.5", "0.1", "1e-1", "9223372036854775808", "-9223372036854775809", "1e19", "-1e19", "1e400", "1e99999999999999",
        "1e-99999999999999", "15e-1", "99999999999999999999999999", "18446744073709551615", "184467440737095516150",
    ])
    func whatAnIntCantHoldIsRefused(text: String) {
        let error = #expect(throws: JSONError.self) { try int(text) }
        #expect(error?.kind == .outOfRange)
    }

    @Test func unsignedNumbersReachTheirEnds() throws {
        #expect(try unsigned("18446744073709551615") == .max)
        #expect(try unsigned("1844674407370955161.5e1") == .max)
        for text in ["18446744073709551616", "-1", "2e19"] {
            #expect(#expect(throws: JSONError.self) { try unsigned(text) }?.kind == .outOfRange)
        }
        #expect(try unsigned("-0") == 0)
    }

    @Test func doublesAreTheNextOnes() throws {
        #expect(try double("0.1") == 0.1)
        #expect(try double("-2.5e-3") == -0.0025)
        #expect(try double("1e308") == 1e308)
        #expect(try double("5e-324") == Double.leastNonzeroMagnitude)
        #expect(try double("1e-400") == 0)
        #expect(try double("123456789012345678901234567890") == 123456789012345677877719597056)
        #expect(#expect(throws: JSONError.self) { try double("1e400") }?.kind == .outOfRange)
    }

    @Test(arguments: ["\"1\"", "true", "null", "[]", "{}"])
    func otherTypesAreNoNumbers(text: String) {
        #expect(#expect(throws: JSONError.self) { try int(text) }?.kind == .wrongType)
        #expect(#expect(throws: JSONError.self) { try double(text) }?.kind == .wrongType)
    }
}
