import Foundation
import NATSSimulator
import TestSupport
import Testing

/// The simulator's model of streams and consumers says what a real server says.
///
/// One script, since each step builds on those before it.
@Suite("The model of JetStream is like it") struct StoreLikenessTests {
    private static func say(_ subject: String, _ reply: String, _ body: String = "", headers: String = "") -> String {
        guard !headers.isEmpty else { return "PUB \(subject) \(reply) \(body.utf8.count)\r\n\(body)\r\n" }
        let block = "NATS/1.0\r\n\(headers)\r\n\r\n"
        return "HPUB \(subject) \(reply) \(block.utf8.count) \(block.utf8.count + body.utf8.count)\r\n\(block)\(body)\r\n"
    }

    private static func next(_ reply: String, _ body: String) -> String { say("$JS.API.CONSUMER.MSG.NEXT.S.c", reply, body) }

    private static let consumer =
        #"{"stream_name":"S","config":{"durable_name":"c","name":"c","ack_policy":"explicit","#
        + #""deliver_policy":"all","replay_policy":"instant","ack_wait":60000000000},"action":"create"}"#
    private static let reader =
        #"{"stream_name":"S","config":{"name":"o_1","ack_policy":"none","#
        + #""deliver_policy":"by_start_sequence","opt_start_seq":2,"max_deliver":1,"replay_policy":"instant","#
        + #""mem_storage":true,"inactive_threshold":300000000000},"action":"create"}"#

    /// Statuses and messages with headers end so; answers in JSON end with their brace.
    private static let status = "\r\n\r\n\r\n"
    private static let json = "}\r\n"

    private static let script = LikenessScript(
        name: "JetStream",
        steps: [
            .open(0), .say(0, LikenessScript.introduction(user: nil)), .say(0, "SUB i.> 1\r\nPING\r\n"),
            .sayUntil(0, say("$JS.API.STREAM.CREATE.S", "i.1", #"{"name":"S","subjects":["s.>"]}"#), end: json),
            .sayUntil(0, say("s.a", "i.2", "one"), end: json),
            .sayUntil(0, say("s.b", "i.3", "two", headers: "Nats-Msg-Id: x"), end: json),
            .sayUntil(0, say("s.b", "i.4", "two", headers: "Nats-Msg-Id: x"), end: json),
            .sayUntil(0, say("$JS.API.STREAM.INFO.S", "i.5"), end: json),
            .sayUntil(0, say("$JS.API.STREAM.INFO.NONE", "i.6"), end: json),
            .sayUntil(0, next("i.7", "1"), end: status),
            .sayUntil(0, say("$JS.API.CONSUMER.CREATE.S.c", "i.8", consumer), end: json),
            .sayUntil(0, say("$JS.API.CONSUMER.CREATE.S.c", "i.9", consumer), end: json),
            .sayUntil(0, next("i.10", #"{"batch":5,"no_wait":true}"#), end: status),
            .sayUntil(0, next("i.11", #"{"batch":1,"no_wait":true}"#), end: status),
            .sayUntil(0, say("$JS.ACK.S.c.1.1.1.1700000000000000000.1", "i.12", "+ACK"), end: "MSG i.12 1 0\r\n\r\n"),
            .sayUntil(0, say("$JS.ACK.S.c.1.1.1.1700000000000000000.1", "i.13", "what?"), end: "MSG i.13 1 0\r\n\r\n"),
            .sayUntil(0, say("$JS.ACK.S.c.1.2.2.1700000000000000000.0", "i.14", "-NAK"), end: "MSG i.14 1 0\r\n\r\n"),
            .sayUntil(0, next("i.15", #"{"batch":2,"expires":300000000}"#), end: status),
            .sayUntil(0, next("i.16", #"{"batch":1,"expires":1000000000,"idle_heartbeat":600000000}"#), end: status),
            .sayUntil(0, say("$JS.ACK.S.c.2.2.3.1700000000000000000.0", "i.17", "+TERM why"), end: "MSG i.17 1 0\r\n\r\n"),
            .sayUntil(0, say("s.a", "i.18", "three"), end: json),
            .sayUntil(0, next("i.19", #"{"batch":3,"max_bytes":20,"expires":1000000000}"#), end: status),
            .sayUntil(0, say("$JS.API.CONSUMER.INFO.S.c", "i.20"), end: json),
            .sayUntil(0, say("$JS.API.CONSUMER.CREATE.S.o_1", "i.21", reader), end: json),
            .sayUntil(
                0,
                say("$JS.API.CONSUMER.MSG.NEXT.S.o_1", "i.22", #"{"batch":9,"expires":60000000000,"idle_heartbeat":500000000}"#),
                end: "Nats-Last-Stream: 3\r\n\r\n\r\n"),
            .sayUntil(0, say("$JS.ACK.S.o_1.1.2.1.1700000000000000000.1", "i.23", "+ACK"), end: status),
            .sayUntil(0, say("$JS.API.CONSUMER.DELETE.S.c", "i.24"), end: json),
            .sayUntil(0, say("$JS.API.CONSUMER.INFO.S.c", "i.25"), end: json),
            .sayUntil(0, next("i.26", "1"), end: status),
        ])

    @Test("answers, statuses, deliveries and acknowledgements") func likeness() async throws {
        let peer = ModelPeer(ModelServerSettings())
        peer.cluster.jetStream = ModelJetStream(peer.cluster)
        let model = try await peer.transcripts(of: Self.script)
        let options = NATSServerOptions.with { $0.isJetStreamEnabled = true }
        let real = try await withNATSServer(options) { server in try await RealPeer(server: server).transcripts(of: Self.script) }
        let (said, expected) = (Self.essence(of: model[0]), Self.essence(of: real[0]))
        for (index, line) in expected.enumerated() where index >= said.count || said[index] != line {
            Issue.record("nats-server says '\(line)', the model '\(index < said.count ? said[index] : "nothing")'")
            break
        }
        #expect(said.count == expected.count)
        #expect(expected.count > 50)
    }

    /// What clients act upon.
    private static func essence(of transcript: Transcript?) -> [String] {
        (transcript?.lines ?? []).filter { !$0.hasPrefix("INFO ") }.map { line in
            if line.hasPrefix("{") { return answer(line) }
            guard line.hasPrefix("MSG ") || line.hasPrefix("HMSG ") else { return line }
            // Sizes follow from the rest, and times from the clock.
            let words = line.split(separator: " ").filter { !$0.allSatisfy(\.isNumber) }
            return words.map { word in
                guard word.hasPrefix("$JS.ACK.") else { return String(word) }
                var tokens = word.split(separator: ".")
                if tokens.count == 9 { tokens[7] = "time" }
                return tokens.joined(separator: ".")
            }.joined(separator: " ")
        }
    }

    private static func answer(_ json: String) -> String {
        guard let object = try? JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] else { return json }
        var parts: [String] = []
        for name in [
            "type", "stream", "seq", "duplicate", "name", "stream_name", "num_ack_pending", "num_pending", "num_waiting",
        ]
        where object[name] != nil { parts.append("\(name) \(object[name] ?? "")") }
        for (name, fields) in [
            ("error", ["code", "err_code"]), ("delivered", ["consumer_seq", "stream_seq"]), ("state", ["messages", "last_seq"]),
        ] {
            guard let inner = object[name] as? [String: Any] else { continue }
            parts += fields.map { "\(name).\($0) \(inner[$0] ?? "-")" }
        }
        return parts.joined(separator: ", ")
    }
}
