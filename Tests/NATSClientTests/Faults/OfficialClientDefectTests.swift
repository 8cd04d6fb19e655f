@testable import NATSClient
import TestSupport
import Testing

// Defects of the official Swift client, each with the test that shows that this client hasn't got it:
//
// | Defect | Test |
// |---|---|
// | Resubscribes without queue group and without the limit | ReconnectTests.subscriptionsComeBack… |
// | Servers discovered by INFO can't be used, aren't pruned, can't be ignored | ServerInfoTests.discoveredServers… (2), ServerPoolTests |
// | INFO without `client_ip` isn't decoded | ServerInfoTests.aServerThatNamesNoLimitHasNone |
// | Each request makes an inbox and a subscription | RequestFaultTests.theTokenIsNeverUsedAgain… |
// | A reply with status 503 and a payload is an error | RequestFaultTests.aStatusWithAPayloadOrOfAnotherKindIsAReply |
// | A slow consumer loses messages silently | BackpressureTests.aSubscriberThatNeverReads… |
// | A second `next()` at the same time overwrites the first | theSecondOfTwoNextsDoesNotLoseTheFirst |
// | A cancelled `next()` counts against the limit | aCancelledNextIsNotCountedAgainstTheLimit |
// | `next()` gives nil before what is buffered after the end | whatIsBufferedIsReadBeforeTheEnd |
// | `a..b`, `.a`, `a.` pass as subjects | aMalformedNameNeverReachesTheServer |
// | CR LF in subjects and headers is sent (injection); a non-ASCII header name traps | aMalformedNameNever…, aMalformedHeaderNever… |
// | `max_payload` and `max_control_line` aren't checked | ServerInfoTests.aNewLimit…, OutboundStageTests.whatTheServer… |
// | `flush()` doesn't ask the server | ReconnectTests.aFlushNeverSucceedsAcrossALostConnection |
// | CONNECT ignores name, echo and the rest | HandshakeTests.whatTheUserWantsStandsInCONNECT |
// | `tls://` doesn't force TLS | ConnectFaultTests.aSchemeThatThisVersionDoesNotSpeakIsRefused |
// | Permission errors are routed by subject alone, and leave the subscription open | PermissionTests (5) |
// | A publish error is reported twice | aRefusedPublishIsReportedOnce |
// | No connect timeout, no limit of PINGs | ConnectFaultTests.aServerThatStops…, LivenessTests.aSilentServer… |

@Suite(.timeLimit(.minutes(1))) struct OfficialClientDefectTests {
    @Test(arguments: TestBackend.available)
    func theSecondOfTwoNextsDoesNotLoseTheFirst(backend: TestBackend) async throws {
        let gate = ScriptGate()
        let script =
            .handshake + [
                .expect(line: "SUB a 1"), .hold(until: gate), .send("MSG a 1 1\r\n1\r\nMSG a 1 1\r\n2\r\n"),
            ]
        try await withScriptedServer(script) { server in
            try await withClient(server, backend) { nats in
                let subscription = try await nats.subscribe("a", confirmed: false)
                let first = Task { try await subscription.next()?.string }
                let second = Task { try await subscription.next()?.string }
                gate.open()
                let texts = [try await first.value, try await second.value].compactMap(\.self).sorted()
                #expect(texts == ["1", "2"])
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func aCancelledNextIsNotCountedAgainstTheLimit(backend: TestBackend) async throws {
        let gate = ScriptGate()
        let messages = (1...4).map { "MSG a 1 1\r\n\($0)\r\n" }.joined()
        let script =
            .handshake + [
                .expect(line: "SUB a 1"), .expect(line: "UNSUB 1 3"), .hold(until: gate), .send(messages),
            ]
        try await withScriptedServer(script) { server in
            try await withClient(server, backend) { nats in
                let subscription = try await nats.subscribe("a", confirmed: false)
                subscription.unsubscribe(after: 3)
                for _ in 0..<5 {
                    let cancelled = Task { try await subscription.next() }
                    cancelled.cancel()
                    await #expect(throws: CancellationError.self) { try await cancelled.value }
                }
                gate.open()
                var texts: [String] = []
                for try await message in subscription { texts.append(message.string) }
                #expect(texts == ["1", "2", "3"])
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func whatIsBufferedIsReadBeforeTheEnd(backend: TestBackend) async throws {
        let messages = (1...3).map { "MSG a 1 1\r\n\($0)\r\n" }.joined()
        try await withScriptedServer(.handshake + [.expect(line: "SUB a 1"), .send(messages)]) { server in
            try await withClient(server, backend) { nats in
                let subscription = try await nats.subscribe("a", confirmed: false)
                try await eventually("all have come") { subscription.statistics.pendingMessages == 3 }
                nats.abort()
                await nats.close()
                var texts: [String] = []
                for try await message in subscription { texts.append(message.string) }
                #expect(texts == ["1", "2", "3"])
            }
        }
    }

    /// Pain point P47: one wrong name must not cost everybody the connection.
    @Test(arguments: TestBackend.available)
    func aMalformedNameNeverReachesTheServer(backend: TestBackend) async throws {
        try await withScriptedServer(.handshake + [.skip(toLineWithPrefix: "PUB end 0")]) { server in
            try await withClient(server, backend) { nats in
                for name in ["", "a b", "a\r\nPUB b 0\r\n", "a\n", "a\tb", "a\u{0}"] {
                    let publish = await natsError { try await nats.publish(name, "") }
                    #expect(publish?.code == .invalidSubject, "publish '\(name)'")
                    let prepared = await natsError { _ = try nats.publisher(for: name) }
                    #expect(prepared?.code == .invalidSubject, "publisher '\(name)'")
                    let request = await natsError { _ = try await nats.request(name.isEmpty ? " " : name, "") }
                    #expect(request?.code == .invalidSubject, "request '\(name)'")
                    guard !name.isEmpty else { continue }
                    let reply = await natsError { try await nats.publish("a", "", reply: name) }
                    #expect(reply?.code == .invalidSubject, "reply '\(name)'")
                }
                for name in ["", "a..b", ".a", "a.", "a b", "a.>.b", "a\r\nb", ">.a"] {
                    let error = await natsError { _ = try await nats.subscribe(name) }
                    #expect(error?.code == .invalidSubject, "subscribe '\(name)'")
                }
                for group in ["", "a b", "a\r\n"] {
                    let error = await natsError { _ = try await nats.subscribe("a", queueGroup: group) }
                    #expect(error?.code == .invalidSubject, "queue group '\(group)'")
                }
                try await nats.publish("end", "")
                try await eventually("the last line is there") {
                    server.connections.first?.text.hasSuffix("PUB end 0\r\n\r\n") == true
                }
                let isClean = server.connections.first?.text.contains("PUB b") == false
                #expect(isClean)
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func aMalformedHeaderNeverReachesTheServer(backend: TestBackend) async throws {
        try await withScriptedServer(.handshake + [.expect(line: "PUB end 0")]) { server in
            try await withClient(server, backend) { nats in
                for (name, value) in [
                    ("", "v"), ("a:b", "v"), ("ä", "v"), ("a b", "v"), ("a", "v\r\nb: c"), ("a", "\n"),
                ] {
                    var headers = Headers()
                    headers[name] = value
                    let copy = headers
                    let error = await natsError { try await nats.publish("a", "", headers: copy) }
                    #expect(error?.code == .invalidHeader, "'\(name)': '\(value)'")
                }
                try await nats.publish("end", "")
                try await server.finish()
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func aRefusedPublishIsReportedOnce(backend: TestBackend) async throws {
        let gate = ScriptGate()
        let script =
            .handshake + [
                .hold(until: gate), .send("-ERR 'Permissions Violation for Publish to \"a\"'\r\n"),
                .skip(toLineWithPrefix: "PING"), .send("PONG\r\n"),
            ]
        try await withScriptedServer(script) { server in
            try await withClient(server, backend) { nats in
                let events = EventLog(nats)
                gate.open()
                try await nats.flush()
                nats.abort()
                var count = 0
                try await events.next { event -> Void? in
                    if case .publishDenied = event { count += 1 }
                    if case .closed = event { return () }
                    return nil
                }
                #expect(count == 1)
            }
        }
    }
}
