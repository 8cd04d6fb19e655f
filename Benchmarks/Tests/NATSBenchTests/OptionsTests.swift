import ArgumentParser
import Testing

@testable import nats_bench

@Suite struct OptionsTests {
    @Test func `every option of the contract is understood`() throws {
        let bench = try NATSBench.parse(
            ["sub", "--url", "nats://h:1", "--subject", "s", "--size", "16", "--messages", "50", "--warmup", "2"]
                + ["--headers", "3", "--inflight", "4", "--connections", "6", "--backend", "io_uring"]
                + ["--delivery", "sequence", "--payload", "span", "--executor", "reactor", "--rate", "7"]
                + ["--duration", "1.5", "--json"])
        let options = bench.options
        #expect(bench.workload == .sub)
        #expect(options.url == "nats://h:1")
        #expect(options.subject == "s")
        #expect([options.size, options.headers, options.inflight, options.rate] == [16, 3, 4, 7])
        #expect([options.messages, options.warmup, options.connections] == [50, 2, 6])
        #expect(options.backend == .ioUring)
        #expect(options.delivery == .sequence)
        #expect(options.payload == .span)
        #expect(options.executor == .reactor)
        #expect(options.duration == 1.5)
        #expect(options.json)
    }

    @Test(arguments: Workload.allCases)
    func `a workload needs no options`(workload: Workload) throws {
        #expect(try NATSBench.parse([workload.rawValue]).workload == workload)
    }

    @Test(arguments: [
        "", "fly", "pub --size=-1", "pub --size x", "pub --messages 0", "pub --delivery ring", "pub --payload data",
        "pub --backend kqueue", "pub --executor main", "pub --duration 0", "pub --duration nan", "pub --connections 0",
        "request --inflight 0", "latency --rate 0", "latency --connections 3", "sub --messages 2 --connections 3",
        "pub --surprise", "pub sub",
    ])
    func `misuse ends with code 64`(line: String) throws {
        let error = #expect(throws: (any Error).self) {
            _ = try NATSBench.parse(line.split(separator: " ").map(String.init))
        }
        #expect(NATSBench.exitCode(for: try #require(error)).rawValue == 64)
    }

    @Test(arguments: [(10, 3), (3, 10), (7, 7), (0, 4), (1_000_003, 16)])
    func `shares add up and differ by one at most`(count: Int, parts: Int) {
        let shares = (0..<parts).map { share(of: count, part: $0, of: parts) }
        #expect(shares.reduce(0, +) == count)
        #expect((shares.max() ?? 0) - (shares.min() ?? 0) <= 1)
    }
}
