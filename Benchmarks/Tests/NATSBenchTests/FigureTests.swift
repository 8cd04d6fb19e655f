import Testing

@testable import nats_bench

@Suite struct FigureTests {
    @Test(arguments: [
        (0.0, "0.000"), (1.0, "1.000"), (0.0004, "0.000"), (0.0005, "0.001"), (12.0345, "12.035"), (-1.5, "-1.500"),
        (999.9999, "1000.000"), (123_456_789.25, "123456789.250"),
    ])
    func `a decimal has as many digits as it should`(value: Double, text: String) {
        #expect(value.fixed(3) == text)
    }

    @Test func `what isn't finite is absent`() {
        #expect(Figure(1.0 / 0.0, digits: 3) == .absent)
        #expect(Figure(0.0 / 0.0, digits: 3) == .absent)
        #expect(Figure(nil as Double?, digits: 3) == .absent)
    }
}
