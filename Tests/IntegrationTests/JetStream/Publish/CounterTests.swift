import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("Counters") struct CounterTests {
    private static func counters(_ js: JetStream) async throws -> Counters {
        try await js.makeStream("C", ["c.>"]) { $0.allowsCounters = true }.counters
    }

    @Test("a counter has what was added to it, of any size", arguments: Backend.tested)
    func one(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let counters = try await Self.counters(js)
            #expect(try await counters.value(of: "c.1") == nil)
            #expect(try await counters.add(5, to: "c.1") == 5)
            #expect(try await counters.add(-7, to: "c.1", messageID: "a") == -2)
            // The same change once more.
            _ = try await counters.add(-7, to: "c.1", messageID: "a")
            #expect(try await counters.value(of: "c.1", source: .leader) == -2)
            let large = try #require(CounterValue("170141183460469231731687303715884105729"))
            try await counters.add(large, to: "c.1")
            let entry = try #require(try await counters.entry(of: "c.1"))
            #expect(entry.value.integer(as: Int128.self) == Int128.max)
            #expect(entry.value.integer == nil)
            #expect(entry.lastIncrement == large)
            #expect(entry.subject == "c.1")
            #expect(entry.sequence == 3)
            #expect(entry.sources.isEmpty)
        }
    }

    @Test("many counters are read at once, by name and by pattern", arguments: Backend.tested)
    func many(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let counters = try await Self.counters(js)
            for number in 1...300 {
                try await counters.add(CounterValue(number), to: "c.\(number % 2 == 0 ? "even" : "odd").\(number)")
            }
            let even = try await counters.values(of: ["c.even.*", "c.odd.1", "c.none"])
            #expect(even.count == 151)
            #expect(even["c.even.300"] == 300)
            #expect(even["c.odd.1"] == 1)
            #expect(try await counters.entries(of: ["c.>"]).map(\.value) == (1...300).map { CounterValue($0) })
            #expect(try await counters.entries(of: ["c.none"]).isEmpty)
        }
    }

    @Test("a counter over two streams tells what each contributes", arguments: Backend.tested)
    func sources(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            for region in ["EAST", "WEST"] {
                _ = try await js.makeStream(region, ["\(region).>"]) { $0.allowsCounters = true }
            }
            let all = try await js.makeStream("ALL", []) {
                $0.allowsCounters = true
                $0.sources = ["EAST", "WEST"].map { region in
                    var source = StreamSource(name: region)
                    source.subjectTransforms = [SubjectTransform(source: "\(region).>", destination: "all.>")]
                    return source
                }
            }
            let (east, west) = (try js.unverifiedStream("EAST").counters, try js.unverifiedStream("WEST").counters)
            try await east.add(3, to: "EAST.visits")
            try await west.add(4, to: "WEST.visits")
            try await east.add(10, to: "EAST.visits")
            try await eventually("both have come") { try await all.counters.value(of: "all.visits") == 17 }
            let entry = try #require(try await all.counters.entry(of: "all.visits"))
            #expect(entry.sources == ["EAST": ["EAST.visits": 13], "WEST": ["WEST.visits": 4]])
        }
    }

    @Test("what isn't a counter is an error, as is a stream that has none", arguments: Backend.tested)
    func noCounter(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.makeStream("S", ["s.>"])
            try await js.publish("s.1", "text")
            try await js.publish("s.2", #"{"val":"many"}"#)
            for subject in ["s.1", "s.2"] {
                #expect(try await natsError { _ = try await stream.counters.value(of: subject) }?.code == .protocolViolation)
            }
            #expect(try await refusal { try await stream.counters.add(1, to: "s.1") } == .messageIncrDisabled)
            #expect(try await natsError { _ = try await stream.counters.add(1, to: "nobody") }?.code == .noResponders)
        }
    }

    @Test("values are ordered as numbers, not as texts")
    func order() throws {
        let texts = ["-100000000000000000000000", "-20", "-3", "0", "7", "10", "170141183460469231731687303715884105728"]
        let values = try texts.map { try #require(CounterValue($0)) }
        #expect(values.shuffled().sorted() == values)
        #expect(CounterValue(Int128.max).integer(as: Int128.self) == .max)
        #expect(values.last?.integer(as: Int128.self) == nil)
    }
}
