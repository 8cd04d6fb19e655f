import NATSProtocol
import Testing

@testable import NATSClient

@Suite struct TraceReportTests {
    static func report(_ json: String) throws(JSONError) -> TraceReport { try TraceReport(parsing: json.utf8Span.span) }

    /// One server's report, as far as the route counts. An egress is a hop, with a `!` when it failed.
    static func server(hop: String? = nil, hops: Int = 0, egresses: [String] = []) throws -> TraceReport {
        let header = hop.map { #""Nats-Trace-Hop":["\#($0)"]"# } ?? ""
        let events = egresses.map { hop in
            let name = hop.filter { $0 != "!" }
            let error = hop.hasSuffix("!") ? #","error":"x""# : ""
            return #"{"type":"eg","kind":1,"cid":1,"hop":"\#(name)"\#(error)}"#
        }
        return try report(
            #"{"server":{"name":"\#(hop ?? "first")"},"request":{"header":{\#(header)}},"hops":\#(hops),"#
                + #""events":[\#(events.joined(separator: ","))]}"#)
    }

    @Test func everyKindOfEventIsRead() throws {
        let report = try Self.report(
            """
            {"server":{"name":"n1","host":"h","id":"N1","cluster":"lon","domain":"hub","ver":"2.15.0","tags":["x"],"seq":1,
            "time":"2024-02-22T13:18:48.4Z"},"request":{"header":{"Nats-Trace-Dest":["d"],"A":["1","2"],"Nats-Trace-Hop":["1.2"]},
            "msgsize":36},"hops":2,"events":[
            {"type":"in","ts":"2024-02-22T13:18:48.5Z","kind":0,"cid":5,"name":"app","acc":"one","subj":"x","error":"no"},
            {"type":"sm","to":"y"},{"type":"se","acc":"B","to":"z"},{"type":"si","acc":"C","from":"f","to":"t"},
            {"type":"js","ts":"2024-02-22T13:18:49Z","stream":"S","subject":"y","nointerest":true,"error":"full"},
            {"type":"eg","kind":4,"cid":9,"name":"leaf","hop":"1.2.1","acc":"B","sub":"x.*","queue":"q","error":"gone"},
            {"kind":77,"type":"new","ts":"nonsense","later":{"a":[1]}}]}
            """)
        #expect(report.server.name == "n1" && report.server.id == "N1" && report.server.host == "h")
        #expect(report.server.cluster == "lon" && report.server.domain == "hub" && report.server.version == "2.15.0")
        #expect(report.hop == "1.2" && report.hopCount == 2 && report.messageSize == 36 && report.headers["A"] == ["1", "2"])
        let app = TraceReport.Connection(kind: .client, id: 5, name: "app")
        let leaf = TraceReport.Connection(kind: .leafNode, id: 9, name: "leaf")
        let time = ServerTime("2024-02-22T13:18:48.5Z")
        #expect(
            report.events == [
                .ingress(.init(time: time, connection: app, account: "one", subject: "x", error: "no")),
                .subjectMapping(.init(time: nil, subject: "y")),
                .streamExport(.init(time: nil, account: "B", subject: "z")),
                .serviceImport(.init(time: nil, account: "C", from: "f", to: "t")),
                .jetStream(
                    .init(
                        time: ServerTime("2024-02-22T13:18:49Z"), stream: "S", subject: "y", hasNoInterest: true,
                        error: "full")),
                .egress(
                    .init(
                        time: nil, connection: leaf, hop: "1.2.1", account: "B", subscription: "x.*", queueGroup: "q",
                        error: "gone")),
                .unknown(type: "new", time: nil),
            ])
        #expect(report.events.compactMap(\.error) == ["no", "full", "gone"])
    }

    @Test(arguments: [
        "", "[]", "{}", "x", #"{"server":5}"#, #"{"server":{},"events":{}}"#, #"{"server":{},"events":[5]}"#,
        #"{"server":{},"request":{"header":{"A":"1"}}}"#, #"{"server":{}}}"#, #"{"server":{},"hops":1e99}"#,
    ])
    func otherTextsAreErrors(json: String) {
        #expect(throws: JSONError.self) { try Self.report(json) }
    }

    @Test func aTraceIsCompleteWhenEveryAnnouncedServerHasReported() throws {
        let first = try Self.server(hops: 2, egresses: ["1", "2"])
        let second = try Self.server(hop: "1")
        let third = try Self.server(hop: "2", hops: 1, egresses: ["2.1"])
        let last = try Self.server(hop: "2.1")
        let order = [last, third, second, first]
        for count in 0..<4 {
            #expect(!MessageTrace(Array(order.prefix(count))).isComplete)
            #expect(!MessageTrace(Array(order.suffix(count))).isComplete)
        }
        let trace = MessageTrace(order)
        #expect(trace.isComplete)
        #expect(trace.reports.map(\.hop) == [nil, "1", "2", "2.1"])
    }

    @Test func serversBehindAFailedEgressArentWaitedFor() throws {
        #expect(MessageTrace([try Self.server(hops: 1, egresses: ["1!"])]).isComplete)
        #expect(!MessageTrace([try Self.server(hops: 2, egresses: ["1!", "2"])]).isComplete)
    }

    @Test func hostileNumbersAreOnlyCompared() throws {
        let report = try Self.report(#"{"server":{},"hops":9223372036854775807}"#)
        #expect(!MessageTrace([report]).isComplete)
        #expect(MessageTrace([try Self.report(#"{"server":{},"hops":-5}"#)]).isComplete)
        let odd = MessageTrace([try Self.server(hop: "99999999999999999999.x.-1"), try Self.server(hop: "..")])
        #expect(!odd.isComplete && odd.reports.count == 2)
    }

    @Test func tenIsBehindTwo() throws {
        let trace = MessageTrace([try Self.server(hop: "10"), try Self.server(hop: "2"), try Self.server()])
        #expect(trace.reports.map(\.hop) == [nil, "2", "10"])
    }

    @Test func aTraceIsPrintedAsATree() throws {
        let first = try Self.report(
            """
            {"server":{"name":"n1","cluster":"C"},"request":{},"hops":2,"events":[
            {"type":"in","kind":0,"cid":5,"name":"app","acc":"A","subj":"orders.new"},{"type":"sm","to":"o.new"},
            {"type":"eg","kind":0,"cid":6,"name":"billing","sub":"orders.>","queue":"workers"},
            {"type":"eg","kind":1,"cid":7,"name":"n2","hop":"1"}]}
            """)
        let second = try Self.report(
            """
            {"server":{"name":"n2","cluster":"C"},"request":{"header":{"Nats-Trace-Hop":["1"]}},"events":[
            {"type":"in","kind":1,"cid":9,"name":"n1","acc":"A","subj":"o.new"},
            {"type":"eg","kind":0,"cid":3,"sub":"o.*","error":"slow"}]}
            """)
        #expect(
            MessageTrace([second, first]).description == """
                n1 (cluster C): client "app" published to orders.new
                  mapped to o.new
                  → client "billing", subscription orders.>, queue group workers
                  → router "n2", hop 1
                  n2 (cluster C): from router "n1", subject o.new
                    → client 3, subscription o.* ✗ slow
                (not all servers have reported)
                """)
    }
}
