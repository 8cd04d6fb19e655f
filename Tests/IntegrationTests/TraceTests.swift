import NATSClient
import TestSupport
import Testing

@Suite("Message tracing") struct TraceTests {
    @Test("a trace tells who would get the message, and delivers it to nobody", arguments: Backend.tested)
    func onlyTrace(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect { $0.name = "publisher" }
            let consumer = try await bench.connect { $0.name = "consumer" }
            let plain = try await consumer.subscribe("orders.>")
            let worker = try await consumer.subscribe("orders.*", queueGroup: "workers")
            let trace = try await nats.trace("orders.new", "3 apples", headers: ["A": "1"])
            #expect(trace.isComplete && trace.errors.isEmpty)
            let report = try #require(trace.reports.first)
            #expect(trace.reports.count == 1 && report.hop == nil && report.hopCount == 0)
            #expect(report.server.name == nats.serverInfo?.serverName && report.server.version == nats.serverInfo?.version)
            #expect(report.headers["A"] == ["1"] && report.messageSize > 8)
            guard case .ingress(let ingress)? = report.events.first else {
                Issue.record("no ingress: \(trace)")
                return
            }
            #expect(ingress.connection.kind == .client && ingress.connection.name == "publisher")
            #expect(ingress.connection.id == nats.serverInfo?.clientID)
            #expect(ingress.account == "$G" && ingress.subject == "orders.new" && ingress.time != nil)
            #expect(Set(trace.deliveries.map(\.subscription)) == ["orders.>", "orders.*"])
            #expect(trace.deliveries.compactMap(\.queueGroup) == ["workers"])
            #expect(trace.deliveries.allSatisfy { $0.connection.name == "consumer" })
            // Nothing came: what is published behind it comes first.
            try await nats.publish("orders.old", "x")
            #expect(try await plain.required().subject == "orders.old")
            #expect(try await worker.required().subject == "orders.old")
            #expect(nats.statistics.waitingCalls == 0)
        }
    }

    @Test("a message can be traced and delivered", arguments: Backend.tested)
    func delivered(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("a")
            let trace = try await nats.trace("a", Array("x".utf8), onlyTrace: false)
            #expect(trace.deliveries.map(\.subscription) == ["a"])
            #expect(try await subscription.required().string == "x")
            let nobody = try await nats.trace("nobody", onlyTrace: false)
            #expect(nobody.isComplete && nobody.egresses.isEmpty)
        }
    }

    @Test("mappings, exports, imports and streams are told", arguments: Backend.tested)
    func everyStep(_ backend: Backend) async throws {
        let options = NATSServerOptions.with {
            $0.isJetStreamEnabled = true
            $0.accounts = """
                A: { users: [ { user: a, password: a } ], jetstream: enabled, mappings: { "short": "orders.short" },
                     exports: [ { stream: "orders.>" } ],
                     imports: [ { service: { account: B, subject: "service" }, to: "ask" } ] }
                B: { users: [ { user: b, password: b } ], exports: [ { service: "service", allow_trace: true } ],
                     imports: [ { stream: { account: A, subject: "orders.>" }, prefix: "from", allow_trace: true } ] }
                """
        }
        try await withBench(backend, options) { bench in
            let a = try await bench.connect { $0.authentication = .user("a", password: "a") }
            let b = try await bench.connect { $0.authentication = .user("b", password: "b") }
            let create = #"{"name":"ORDERS","subjects":["orders.>"]}"#
            let created = try await a.request("$JS.API.STREAM.CREATE.ORDERS", create)
            #expect(!created.string.contains("error"), "\(created.string)")
            let subscriptions = [try await b.subscribe("from.orders.>"), try await b.subscribe("service")]
            let orders = try await a.trace("short", "x", onlyTrace: false)
            #expect(orders.isComplete, "\(orders)")
            #expect(orders.streams.map(\.stream) == ["ORDERS"] && orders.streams.first?.subject == "orders.short")
            let events = orders.reports.flatMap(\.events)
            #expect(events.contains { if case .subjectMapping(let to) = $0 { to.subject == "orders.short" } else { false } })
            #expect(
                events.contains {
                    if case .streamExport(let to) = $0 { to.account == "B" && to.subject == "from.orders.short" } else { false }
                }, "\(orders)")
            #expect(orders.deliveries.contains { $0.account == "B" })
            #expect(try await subscriptions[0].required().string == "x")
            let question = try await a.trace("ask", "x")
            #expect(subscriptions[1].statistics.received == 0)
            #expect(
                question.reports.flatMap(\.events).contains {
                    if case .serviceImport(let to) = $0 { to.account == "B" && to.to == "service" } else { false }
                }, "\(question)")
        }
    }

    @Test("a message that the server refuses is a trace that says why", arguments: Backend.tested)
    func refused(_ backend: Backend) async throws {
        let options = NATSServerOptions.with {
            $0.user = "u"
            $0.password = "p"
            $0.permissions = #"publish: { deny: ["secret"] }"#
        }
        try await withBench(backend, options) { bench in
            let nats = try await bench.connect { $0.authentication = .user("u", password: "p") }
            let trace = try await nats.trace("secret", "x")
            #expect(trace.isComplete)
            #expect(trace.errors.first?.contains("Permissions Violation") == true, "\(trace)")
            #expect(nats.status == .connected)
        }
    }

    @Test("reports that may not come are an error at once", arguments: Backend.tested)
    func forbidden(_ backend: Backend) async throws {
        for denied in [#"publish: { deny: ["_INBOX.>"] }"#, #"subscribe: { deny: ["_INBOX.>"] }"#] {
            let options = NATSServerOptions.with {
                $0.user = "u"
                $0.password = "p"
                $0.permissions = denied
            }
            try await withBench(backend, options) { bench in
                let nats = try await bench.connect { $0.authentication = .user("u", password: "p") }
                let error = await expectError(.permissionViolation) {
                    try await nats.trace("a", timeout: .seconds(3_600))
                }
                #expect(error?.subject?.hasPrefix("_INBOX.") == true)
            }
        }
    }

    @Test("compressed reports are refused before anything is published", arguments: Backend.tested)
    func compressed(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            for encoding in ["gzip", "deflate, GZIP", "snappy", "s2"] {
                let error = await expectError(.invalidHeader) {
                    try await nats.trace("a", headers: ["Accept-Encoding": encoding])
                }
                #expect(error?.message.contains("Accept-Encoding") == true)
            }
            #expect(nats.statistics.publishesAccepted == 0)
            #expect(try await nats.trace("a", headers: ["Accept-Encoding": "identity"]).isComplete)
            // Whoever asks for it by hand is told when reading.
            let destination = try await nats.subscribe("traces")
            var headers: Headers = ["Accept-Encoding": "gzip"]
            try headers.requestTrace(to: "traces")
            try await nats.publish("a", headers: headers)
            let message = try await destination.required()
            await expectError(.invalidPayload) { try TraceReport(message) }
        }
    }

    @Test("by hand: own destination, a sampled traceparent, and other messages there", arguments: Backend.tested)
    func byHand(_ backend: Backend) async throws {
        let options = NATSServerOptions.with {
            $0.accounts = #"A: { users: [ { user: a, password: a } ], msg_trace: { dest: "sampled", sampling: "100%" } }"#
        }
        try await withBench(backend, options) { bench in
            let nats = try await bench.connect { $0.authentication = .user("a", password: "a") }
            let sampled = try await nats.subscribe("sampled")
            let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
            try await nats.publish("a", "x", headers: ["traceparent": traceparent])
            let report = try TraceReport(await sampled.required())
            #expect(report.headers["traceparent"] == [traceparent] && report.events.count == 1)
            let own = try await nats.subscribe("own")
            var headers = Headers()
            try headers.requestTrace(to: "own", onlyTrace: true)
            try await nats.publish("sampled", "never delivered", headers: headers)
            #expect(MessageTrace([try TraceReport(await own.required())]).deliveries.map(\.subscription) == ["sampled"])
            try await nats.publish("own", "something else")
            let other = try await own.required()
            await expectError(.invalidPayload) { try TraceReport(other) }
        }
    }

    @Test("in a cluster every server on the way reports", arguments: Backend.tested)
    func cluster(_ backend: Backend) async throws {
        try await withClusterBench(backend) { bench, cluster in
            let nats = try await bench.connect(cluster[0].url)
            let near = try await bench.connect(cluster[1].url) { $0.name = "near" }
            let far = try await bench.connect(cluster[2].url) { $0.name = "far" }
            let subscriptions = [try await near.subscribe("a.b"), try await far.subscribe("a.b")]
            for server in [cluster[1], cluster[2]] { try await cluster.awaitInterest(in: "a.b", of: server) }
            let trace = try await nats.trace("a.b", "x", timeout: .seconds(30))
            #expect(trace.isComplete, "\(trace)")
            #expect(trace.reports.map(\.hop) == [nil, "1", "2"])
            #expect(trace.reports.map(\.server.name).sorted() == ["n0", "n1", "n2"])
            #expect(trace.reports.first?.server.name == "n0" && trace.reports.first?.hopCount == 2)
            #expect(Set(trace.deliveries.compactMap(\.connection.name)) == ["near", "far"])
            #expect(trace.egresses.filter { $0.connection.kind == .router }.count == 2)
            #expect(subscriptions.allSatisfy { $0.statistics.received == 0 })
        }
    }
}
