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

    // MARK: - Requests

    @Test("a request to where the user may not publish fails at once, and no other one", arguments: Backend.tested)
    func request(_ backend: Backend) async throws {
        try await withBench(backend, Self.options) { bench in
            let nats = try await Self.connect(bench)
            let responder = try await nats.subscribe("open") { view in try? view.respond("yes") }
            let open = Task { try await nats.request("open", "x", timeout: .seconds(30)) }
            let error = await expectError(.permissionViolation) {
                try await nats.request("secret.a", "x", timeout: .seconds(3_600))
            }
            #expect(error?.subject == "secret.a" && error?.serverError?.kind == .publishPermissionViolation)
            #expect(try await open.value.string == "yes")
            responder.unsubscribe()
        }
    }

    @Test("a refused inbox fails every request with advice, and the advice helps", arguments: Backend.tested)
    func refusedInbox(_ backend: Backend) async throws {
        let options = NATSServerOptions.with {
            $0.user = "u"
            $0.password = "p"
            $0.permissions = #"subscribe: { allow: ["open", "_MINE.>"] }"#
        }
        try await withBench(backend, options) { bench in
            let nats = try await Self.connect(bench)
            _ = try await nats.subscribe("open") { view in try? view.respond("yes") }
            for _ in 0..<3 {
                let error = await expectError(.permissionViolation) {
                    try await nats.request("open", "x", timeout: .seconds(3_600))
                }
                #expect(error?.message.contains("'_INBOX.>'") == true && error?.message.contains("inboxPrefix") == true)
                #expect(error?.serverError?.kind == .subscriptionPermissionViolation)
            }
            let other = try await bench.connect {
                $0.authentication = .user("u", password: "p")
                $0.inboxPrefix = "_MINE"
            }
            #expect(try await other.request("open", "x").string == "yes")
        }
    }

    // MARK: - Changes

    @Test("permissions taken away end exactly the subscriptions concerned", arguments: Backend.tested)
    func takenAwayFromSome(_ backend: Backend) async throws {
        try await withBench(backend, Self.options) { bench in
            let nats = try await Self.connect(bench)
            let twice = [try await nats.subscribe("changing"), try await nats.subscribe("changing")]
            let group = try await nats.subscribe("both", queueGroup: "jobs")
            let plain = try await nats.subscribe("both")
            let inline = try await nats.subscribe("changing.inline") { _ in }
            try await bench.server.reload { $0.permissions = #"subscribe: { deny: ["changing", "changing.>", "both jobs"] }"# }
            for subscription in twice + [group] {
                let error = await expectError(.permissionViolation) { try await subscription.remainder() }
                #expect(error?.subject == subscription.subject)
                #expect(error?.serverError?.subscriptionID != nil)
            }
            #expect(try await inline.ended()?.code == .permissionViolation)
            try await nats.publish("both", "x")
            #expect(try await plain.required().string == "x")
            #expect(nats.statistics.reconnects == 0)
        }
    }

    @Test("an inbox that is taken away fails the requests that wait", arguments: Backend.tested)
    func inboxTakenAway(_ backend: Backend) async throws {
        try await withBench(backend, Self.options) { bench in
            let nats = try await Self.connect(bench)
            let silent = try await nats.subscribe("silent")
            let waiting = Task {
                await expectError(.permissionViolation) {
                    try await nats.request("silent", "x", timeout: .seconds(3_600))
                }
            }
            _ = try await silent.required()
            try await bench.server.reload { $0.permissions = #"subscribe: { deny: ["_INBOX.>"] }"# }
            #expect(await waiting.value?.message.contains("inboxPrefix") == true)
            await expectError(.permissionViolation) { try await nats.request("silent", "x", timeout: .seconds(3_600)) }
            try await bench.server.reload { _ in }
            let later = Task { try await nats.request("silent", "y", timeout: .seconds(30)) }
            // What the refused request had published came, too.
            var message = try await silent.required()
            while message.string != "y" { message = try await silent.required() }
            try message.respond("heard")
            #expect(try await later.value.string == "heard")
        }
    }

    @Test("after a reconnect with fewer permissions only what is refused ends", arguments: Backend.tested)
    func fewerAfterReconnect(_ backend: Backend) async throws {
        try await withBench(backend, Self.options) { bench in
            var strict = Self.options
            strict.permissions = #"publish: { deny: ["closed"] }, subscribe: { deny: ["closed", "both jobs"] }"#
            try await withNATSServer(strict) { second in
                let nats = try await bench.connect("\(bench.server.url),\(second.url)") {
                    $0.authentication = .user("u", password: "p")
                    $0.keepsServerOrder = true
                }
                let log = EventLog(nats)
                let closed = [try await nats.subscribe("closed"), try await nats.subscribe("closed")]
                let group = try await nats.subscribe("both", queueGroup: "jobs")
                let plain = try await nats.subscribe("both")
                bench.server.kill()
                _ = try await log.first("moved", within: .seconds(30)) { $0.isReconnected }
                for subscription in closed + [group] {
                    await expectError(.permissionViolation) { try await subscription.remainder() }
                }
                await expectError(.permissionViolation) { try await nats.request("closed", "x", timeout: .seconds(3_600)) }
                try await nats.publish("both", "x")
                #expect(try await plain.required().string == "x")
                await nats.close()
            }
        }
    }
}
