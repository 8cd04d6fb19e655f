import NATSClient
import TestSupport
import Testing

@Suite("Request") struct RequestTests {
    /// Answers every request on `subject` with its payload.
    private static func serve(_ nats: NATSConnection, _ subject: String = "echo") async throws {
        try await nats.subscribe(subject) { view in try? view.respond(view.bytes) }
    }

    @Test("every payload type gets its reply", arguments: Backend.tested)
    func payloads(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            try await Self.serve(try await bench.connect())
            let text = try await nats.request("echo", "hello")
            #expect(text.string == "hello")
            #expect(text.reply == nil)
            #expect(try await Array(nats.request("echo", pattern(500)).payload) == pattern(500))
            #expect(try await nats.request("echo", text.payload).string == "hello")
            #expect(try await nats.request("echo").payload.isEmpty)
            #expect(nats.statistics.orphanReplies == 0)
        }
    }

    @Test("a message is responded to with every payload type, and with headers", arguments: Backend.tested)
    func respond(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let requests = try await nats.subscribe("ask")
            let serving = Task {
                for try await message in requests {
                    switch message.string {
                    case "string": try message.respond("text", headers: ["k": "v"])
                    case "bytes": try message.respond([1, 2, 3])
                    case "payload": try message.respond(message.payload)
                    default: try message.respond(message.bytes)
                    }
                }
            }
            let text = try await nats.request("ask", "string", headers: ["in": "1"])
            #expect(text.string == "text")
            #expect(text.header("k") == "v")
            #expect(try await Array(nats.request("ask", "bytes").payload) == [1, 2, 3])
            #expect(try await nats.request("ask", "payload").string == "payload")
            #expect(try await nats.request("ask", "span").string == "span")
            requests.unsubscribe()
            try await serving.value
        }
    }

    @Test("a view is responded to with every payload type, and with headers", arguments: Backend.tested)
    func respondFromView(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            try await nats.subscribe("ask") { view in
                switch view.string {
                case "string": try? view.respond("text", headers: ["k": view.header("in") ?? ""])
                case "bytes": try? view.respond([1, 2, 3] as [UInt8])
                default: try? view.respond(view.bytes)
                }
            }
            let text = try await nats.request("ask", "string", headers: ["in": "1"])
            #expect(text.string == "text")
            #expect(text.header("k") == "1")
            #expect(try await Array(nats.request("ask", "bytes").payload) == [1, 2, 3])
            #expect(try await nats.request("ask", "span").string == "span")
        }
    }

    @Test("a message that was only published can't be responded to", arguments: Backend.tested)
    func noReplySubject(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("n")
            let refused = Recorder<NATSError.Code>()
            try await nats.subscribe("n") { view in
                do throws(NATSError) { try view.respond("x") } catch { refused.append(error.code) }
            }
            try await nats.publish("n", "x")
            let message = try await subscription.required()
            let error = await expectError(.noReplySubject) { try message.respond("x") }
            #expect(error?.subject == "n")
            try await nats.flush()
            #expect(refused.all == [.noReplySubject])
            await nats.close()
            await expectError(.noReplySubject) { try message.respond("x") }
        }
    }

    @Test("nobody listening fails at once, with the subject", arguments: Backend.tested)
    func noResponders(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            for _ in 0..<3 {
                let error = await expectError(.noResponders) {
                    try await nats.request("nobody.here", "x", timeout: .seconds(3_000))
                }
                #expect(error?.subject == "nobody.here")
                #expect(error?.isRetryable == true)
            }
        }
    }

    @Test("no reply in time is timedOut; a late reply is an orphan and reaches nobody", arguments: Backend.tested)
    func timeout(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect { $0.requestTimeout = .milliseconds(50) }
            let requests = try await nats.subscribe("slow")
            let first = await expectError(.timedOut) { try await nats.request("slow", "1") }
            #expect(first?.subject == "slow")
            await expectError(.timedOut) { try await nats.request("slow", "2", timeout: .milliseconds(20)) }
            let late = try await [requests.required(), requests.required()]
            let waiting = Task { try await nats.request("slow", "3", timeout: .seconds(20)) }
            let current = try await requests.required()
            for message in late { try message.respond("late") }
            try await eventually("the late ones are counted") { nats.statistics.orphanReplies == 2 }
            try current.respond("in time")
            try current.respond("twice")
            #expect(try await waiting.value.string == "in time")
            try await eventually("the second reply is counted") { nats.statistics.orphanReplies == 3 }
        }
    }

    @Test("a request to a subject that is forbidden fails at once", arguments: Backend.tested)
    func denied(_ backend: Backend) async throws {
        let options = NATSServerOptions.with {
            $0.user = "u"
            $0.password = "p"
            $0.permissions = "publish: { deny: [\"secret.>\"] }"
        }
        try await withBench(backend, options) { bench in
            let nats = try await bench.connect { $0.authentication = .user("u", password: "p") }
            let log = EventLog(nats)
            let error = await expectError(.permissionViolation) {
                try await nats.request("secret.a", "x", timeout: .seconds(3_000))
            }
            #expect(error?.subject == "secret.a")
            #expect(error?.serverError?.kind == .publishPermissionViolation)
            #expect(try await log.first("reported") { $0.deniedSubject } == "secret.a")
            await expectError(.noResponders) { try await nats.request("open.a", "x") }
        }
    }

    @Test("a forbidden inbox fails every request at once", arguments: Backend.tested)
    func deniedInbox(_ backend: Backend) async throws {
        let options = NATSServerOptions.with {
            $0.user = "u"
            $0.password = "p"
            $0.permissions = "subscribe: { deny: [\"_INBOX.>\"] }"
        }
        try await withBench(backend, options) { bench in
            let nats = try await bench.connect { $0.authentication = .user("u", password: "p") }
            let requests = try await nats.subscribe("ask")
            for _ in 0..<3 {
                await expectError(.permissionViolation) { try await nats.request("ask", "x", timeout: .seconds(3_000)) }
            }
            withExtendedLifetime(requests) {}
        }
    }

    @Test("an inbox prefix that is allowed makes requests work", arguments: Backend.tested)
    func inboxPrefix(_ backend: Backend) async throws {
        let options = NATSServerOptions.with {
            $0.user = "u"
            $0.password = "p"
            $0.permissions = "subscribe: { allow: [\"_MY.ann.>\", \"echo\"] }"
        }
        try await withBench(backend, options) { bench in
            let nats = try await bench.connect {
                $0.authentication = .user("u", password: "p")
                $0.inboxPrefix = "_MY.ann"
            }
            try await Self.serve(nats)
            #expect(try await nats.request("echo", "x").string == "x")
            #expect(nats.newInbox().hasPrefix("_MY.ann."))
            let dotted = try await bench.connect {
                $0.authentication = .user("u", password: "p")
                $0.inboxPrefix = "_MY.ann."
            }
            #expect(dotted.newInbox().hasPrefix("_MY.ann.") && !dotted.newInbox().hasPrefix("_MY.ann.."))
            await expectError(.invalidOption) { try await bench.connect { $0.inboxPrefix = "a b" } }
        }
    }

    @Test("a cancelled request throws CancellationError at once", arguments: Backend.tested)
    func cancelled(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let requests = try await nats.subscribe("slow")
            let waiting = Task { try await nats.request("slow", "x", timeout: .seconds(3_000)) }
            let message = try await requests.required()
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
            #expect(nats.statistics.waitingCalls == 0)
            try message.respond("late")
            try await eventually("the late reply is an orphan") { nats.statistics.orphanReplies == 1 }
        }
    }

    @Test("a thousand at once each get their own reply", arguments: Backend.tested)
    func concurrent(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            try await Self.serve(try await bench.connect())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<1_000 {
                    group.addTask {
                        let reply = try await nats.request("echo", "\(number)", timeout: .seconds(30))
                        #expect(reply.string == "\(number)")
                    }
                }
                try await group.waitForAll()
            }
            #expect(nats.statistics.orphanReplies == 0)
            #expect(nats.statistics.messagesReceived == 1_000)
        }
    }

    @Test("requests one after the other don't wait for each other's timers", arguments: Backend.tested)
    func sequential(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            try await Self.serve(nats)
            for number in 0..<2_000 {
                #expect(try await nats.request("echo", "\(number)").string == "\(number)")
            }
        }
    }

    @Test("an inbox of one's own gathers many replies", arguments: Backend.tested)
    func ownInbox(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            for name in ["a", "b", "c"] { try await nats.subscribe("who") { view in try? view.respond(name) } }
            let inbox = nats.newInbox()
            #expect(inbox != nats.newInbox())
            #expect(inbox.hasPrefix("_INBOX."))
            #expect(inbox.count == "_INBOX.".count + 22)
            let replies = try await nats.subscribe(inbox)
            try await nats.publish("who", reply: inbox)
            #expect(try await Set(replies.strings(3)) == ["a", "b", "c"])
        }
    }

    @Test("with echo off our own subscriptions don't see our messages", arguments: Backend.tested)
    func echoOff(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect { $0.echo = false }
            let other = try await bench.connect()
            let own = try await nats.subscribe("n")
            let foreign = try await other.subscribe("n")
            try await nats.publish("n", "mine")
            try await nats.flush()
            try await other.publish("n", "yours")
            #expect(try await own.required().string == "yours")
            #expect(try await foreign.strings(2) == ["mine", "yours"])
        }
    }

    @Test("verbose and pedantic change nothing for users", arguments: Backend.tested)
    func verbose(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect {
                $0.verbose = true
                $0.pedantic = true
            }
            try await Self.serve(nats)
            #expect(try await nats.request("echo", "x").string == "x")
            let subscription = try await nats.subscribe("n")
            try await nats.publish("n", "1", headers: ["a": "b"])
            try await subscription.drain()
            #expect(try await subscription.remainder() == ["1"])
            #expect(try await nats.drain() == .complete)
        }
    }
}
