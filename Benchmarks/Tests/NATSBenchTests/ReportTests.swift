import ArgumentParser
import Testing

@testable import nats_bench

@Suite struct ReportTests {
    @Test func `pub has one line with all keys in the order of the contract`() throws {
        let report = try report("pub --size 16 --headers 2 --payload span --executor reactor --connections 2")
        #expect(
            report.json
                == #"{"workload": "pub", "size": 16, "headers": 2, "messages": 1000, "seconds": 0.500000, "#
                + #""messages_per_second": 2000.000, "megabytes_per_second": 0.032, "cpu_ns_per_message": 250.0, "#
                + #""allocations_per_message": 0.0030, "peak_rss_kb": 4096, "p50_us": null, "p90_us": null, "#
                + #""p99_us": null, "p999_us": null, "max_us": null, "backend": "epoll", "delivery": null, "#
                + #""payload": "span", "executor": "reactor", "connections": 2, "inflight": null}"#)
    }

    @Test(arguments: [
        ("sub", "payload inflight p50_us p90_us p99_us p999_us max_us"),
        ("request", "delivery payload"),
        ("reply", "size headers megabytes_per_second payload inflight p50_us p90_us p99_us p999_us max_us"),
        ("latency", "payload inflight"),
        ("idle", "size headers megabytes_per_second delivery payload executor inflight p50_us p90_us p99_us p999_us max_us"),
        ("connect", "size headers megabytes_per_second delivery payload executor"),
    ])
    func `what doesn't apply to a workload is null`(workload: String, nulls: String) throws {
        let isTimed = ["request", "latency", "connect"].contains(workload)
        let percentiles = Percentiles(p50: 1, p90: 2, p99: 3, p999: 4, max: 5)
        let report = try report(workload, percentiles: isTimed ? percentiles : nil)
        let absent = report.figures.filter { $0.value == .absent }.map(\.name)
        #expect(Set(absent) == Set(nulls.split(separator: " ").map(String.init)))
        #expect(report.figures.map(\.name) == Report.keys)
    }

    @Test func `an idle second is the unit of processor time and allocations`() throws {
        let report = try report("idle", messages: 0)
        let figures = Dictionary(uniqueKeysWithValues: report.figures.map { ($0.name, $0.value) })
        #expect(figures["messages_per_second"]?.text == "0.000")
        #expect(figures["cpu_ns_per_message"]?.text == "500000.0")
        #expect(figures["allocations_per_message"]?.text == "6.0000")
    }

    @Test func `a window without length has no rates`() throws {
        let report = try report("pub", seconds: 0)
        #expect(report.json.contains(#""messages_per_second": null"#))
    }

    @Test func `the table has a row for each figure that applies`() throws {
        let table = try report("pub").table
        #expect(table.contains("payload                  bytes\n"))
        #expect(!table.contains("p50_us"))
    }

    private func report(
        _ line: String, messages: Int = 1_000, seconds: Double = 0.5, percentiles: Percentiles? = nil
    ) throws -> Report {
        let bench = try NATSBench.parse(line.split(separator: " ").map(String.init))
        let start = Usage(nanoseconds: 7, processorNanoseconds: 100, allocations: 10, voluntarySwitches: 0)
        let end = Usage(
            nanoseconds: 7 + UInt64(seconds * 1e9), processorNanoseconds: 250_100, allocations: 13, voluntarySwitches: 0)
        return Report(
            workload: bench.workload, options: bench.options,
            outcome: Outcome(messages: messages, window: Window(from: start, to: end), percentiles: percentiles),
            backend: "epoll", peakResidentKilobytes: 4_096)
    }
}
