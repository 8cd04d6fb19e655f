import Testing

@testable import nats_bench

@Suite struct MeasuringTests {
    @Test func `allocations of the window are counted`() {
        let start = Usage.now
        let arrays = (1...100).map { [Int](repeating: $0, count: $0) }
        let window = Window(from: start)
        #expect(window.allocations >= 100)
        #expect(arrays.count == 100)
    }

    @Test func `the counter waits for warm-up and messages, and no longer`() throws {
        let counter = ArrivalCounter(messages: 3, warmup: 2, expectation: MessageExpectation(size: 8, hasHeaders: false))
        let goesOn = (0..<6).map { _ in counter.arrived(payloadSize: 8, hasHeaders: false) }
        #expect(goesOn == [true, true, true, true, false, false])
        #expect(counter.measured == 3)
        _ = try counter.completeWindow()
    }

    @Test func `missing messages are no result`() throws {
        let counter = ArrivalCounter(messages: 2, warmup: 0, expectation: MessageExpectation())
        #expect(try counter.window() == nil)
        #expect(counter.arrived(payloadSize: 1, hasHeaders: true))
        #expect(throws: Failure.self) { try counter.completeWindow() }
    }

    @Test(arguments: [(7, false), (8, true)])
    func `a message of another kind is no result`(size: Int, hasHeaders: Bool) {
        let counter = ArrivalCounter(messages: 1, warmup: 0, expectation: MessageExpectation(size: 8, hasHeaders: false))
        #expect(!counter.arrived(payloadSize: size, hasHeaders: hasHeaders))
        #expect(throws: Failure.self) { try counter.completeWindow() }
    }

    @Test func `percentiles are those of all recorders`() throws {
        let latencies = Latencies()
        for value in 1...1_000 { latencies.record(nanoseconds: UInt64(value) * 1_000, recorder: value) }
        let percentiles = try #require(latencies.percentiles)
        #expect(abs(percentiles.p50 - 500) <= 1)
        #expect(abs(percentiles.p90 - 900) <= 1)
        #expect(abs(percentiles.p99 - 990) <= 1)
        #expect(abs(percentiles.p999 - 999) <= 1)
        #expect(percentiles.max == 1_000)
        #expect(Latencies().percentiles == nil)
    }

    @Test func `a schedule keeps its rate and has 1 percent of leeway`() {
        let schedule = Schedule(rate: 3, warmup: 0, measured: 6_000)
        #expect(schedule.offsetNanoseconds(0) == 0)
        #expect(schedule.offsetNanoseconds(3_000_000) == 1_000_000_000_000_000)
        #expect(schedule.isKept(lateAtEndNanoseconds: 20_000_000_000))
        #expect(!schedule.isKept(lateAtEndNanoseconds: 20_000_000_001))
        #expect(Schedule(rate: 10, warmup: 0, measured: 1).isKept(lateAtEndNanoseconds: 10_000_000))
    }
}
