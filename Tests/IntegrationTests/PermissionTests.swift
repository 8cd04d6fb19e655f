import NATSClient
import TestSupport
import Testing

@Suite("Permissions") struct PermissionTests {
    private static let options = NATSServerOptions.with {
        $0.user = "u"
        $0.password = "p"
        $0.permissions = "publish: { deny: [\"secret.>\"] }, subscribe: { deny: [\"secret.>\", \"work jobs\"] }"
    }

    private static func connect(_ bench: Bench) async throws -> NATSConnection {
        try await bench.connect { $0.authentication = .user("u", password: "p") }
    }

    @Test("a confirmed subscription that is refused throws at the call", arguments: Backend.tested)
    func confirmed(_ backend: Backend) async throws {
        try await withBench(backend, Self.options) { bench in
            let nats = try await Self.connect(bench)
            for _ in 0..<3 {
                let error = await expectError(.permissionViolation) { try await nats.subscribe("secret.a") }
                #expect(error?.subject == "secret.a")
                #expect(error?.serverError?.kind == .subscriptionPermissionViolation)
                await expectError(.permissionViolation) { try await nats.subscribe("secret.b") { _ in } }
            }
            await expectError(.permissionViolation) { try await nats.subscribe("work", queueGroup: "jobs") }
            #expect(nats.status == .connected)
            #expect(nats.statistics.reconnects == 0)
            let allowed = try await nats.subscribe("open")
            try await nats.publish("open", "x")
            #expect(try await allowed.required().string == "x")
        }
    }

    @Test("one refused among many concurrent ones hurts only itself", arguments: Backend.tested)
    func concurrent(_ backend: Backend) async throws {
        try await withBench(backend, Self.options) { bench in
            let nats = try await Self.connect(bench)
            let refused = Recorder<String>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<60 {
                    let subject = number.isMultiple(of: 3) ? "secret.\(number)" : "open.\(number)"
                    group.addTask {
                        do {
                            let subscription = try await nats.subscribe(subject)
                            try await nats.publish(subject, "x")
                            #expect(try await subscription.required().subject == subject)
                        } catch let error as NATSError where error.code == .permissionViolation {
                            #expect(error.subject == subject)
                            refused.append(subject)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(refused.all.sorted() == (0..<20).map { "secret.\($0 * 3)" }.sorted())
        }
    }

    @Test("an unconfirmed one that is refused throws from the sequence", arguments: Backend.tested)
    func unconfirmed(_ backend: Backend) async throws {
        try await withBench(backend, Self.options) { bench in
            let nats = try await Self.connect(bench)
            let subscription = try await nats.subscribe("secret.a", confirmed: false)
            let error = await expectError(.permissionViolation) { try await subscription.remainder() }
            #expect(error?.subject == "secret.a")
            let handle = try await nats.subscribe("secret.b", confirmed: false) { _ in }
            #expect(try await handle.ended()?.code == .permissionViolation)
        }
    }

    @Test("an unconfirmed subscription is in order with what is published behind it", arguments: Backend.tested)
    func order(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            for number in 0..<200 {
                let subscription = try await nats.subscribe("n.\(number)", confirmed: false)
                try await nats.publish("n.\(number)", "x")
                #expect(try await subscription.required().string == "x")
            }
        }
    }

    @Test("a refused publish is an event, and nothing else suffers", arguments: Backend.tested)
    func publish(_ backend: Backend) async throws {
        try await withBench(backend, Self.options) { bench in
            let nats = try await Self.connect(bench)
            let log = EventLog(nats)
            let subscription = try await nats.subscribe("open")
            try await nats.publish("secret.x", "1")
            try await nats.publish("open", "2")
            #expect(try await subscription.required().string == "2")
            #expect(try await log.first("reported") { $0.deniedSubject } == "secret.x")
            #expect(nats.lastError?.serverError?.kind == .publishPermissionViolation)
            #expect(nats.status == .connected)
        }
    }

    @Test("a permission taken away ends the subscription with the reason", arguments: Backend.tested)
    func takenAway(_ backend: Backend) async throws {
        try await withBench(backend, Self.options) { bench in
            let nats = try await Self.connect(bench)
            let subscription = try await nats.subscribe("changing")
            let other = try await nats.subscribe("staying")
            try await nats.publish("changing", "1")
            try await nats.flush()
            try await bench.server.reload { $0.permissions = "subscribe: { deny: [\"changing\"] }" }
            let error = await expectError(.permissionViolation) { try await subscription.remainder() }
            #expect(error?.subject == "changing")
            try await nats.publish("staying", "2")
            #expect(try await other.required().string == "2")
        }
    }
}
