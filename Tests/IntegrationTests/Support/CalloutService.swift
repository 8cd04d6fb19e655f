import Foundation
import NATSClient
import Synchronization
import TestSupport
import Testing

/// Answers a server's questions who may come: our own client, as the service of an auth callout. Source: ADR-26.
final class CalloutService: Sendable {
    /// What a client has shown.
    struct Request: Sendable, Decodable {
        struct Options: Sendable, Decodable {
            var user: String?
            var pass: String?
            var authToken: String?
        }
        struct Server: Sendable, Decodable {
            var id: String
        }
        var userNkey: String
        var connectOpts: Options
        var serverId: Server
    }

    enum Verdict: Sendable {
        /// Under this name, in the account `APP`.
        case user(String)
        case denied(reason: String)
        /// Not even a reason.
        case silentlyDenied
    }

    private struct Claims: Decodable {
        var nats: Request
    }

    private let connection: NATSConnection
    private let subscription: Subscription
    private let key: NKey
    private let judge: @Sendable (Request) -> Verdict
    private let requests = Mutex(0)
    private let task = Mutex<Task<Void, any Error>?>(nil)

    /// Connects as the user of the account `AUTH`, and answers from now on.
    init(_ bench: Bench, _ key: NKey, _ judge: @escaping @Sendable (Request) -> Verdict) async throws {
        self.key = key
        self.judge = judge
        connection = try await bench.connect { $0.authentication = .user("callout", password: "callout") }
        subscription = try await connection.subscribe("$SYS.REQ.USER.AUTH")
        task.withLock { task in
            task = Task { [weak self, subscription] in
                for try await message in subscription { try self?.answer(message) }
            }
        }
    }

    /// How often it was asked.
    var requestCount: Int { requests.withLock { $0 } }

    /// Goes away for good.
    func stop() async {
        await connection.close()
        _ = await task.withLock { $0 }?.result
    }

    deinit { task.withLock { $0 }?.cancel() }

    private func answer(_ message: Message) throws {
        requests.withLock { $0 += 1 }
        let parts = message.string.split(separator: ".")
        let payload = try #require(parts.count == 3 ? Base64.decode(parts[1].utf8Span.span, .url) : nil)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let request = try decoder.decode(Claims.self, from: Data(payload)).nats
        switch judge(request) {
        case .user(let name): try message.respond(response(to: request, field: "jwt", userJWT(for: request, name)))
        case .denied(let reason): try message.respond(response(to: request, field: "error", reason))
        case .silentlyDenied: try message.respond("")
        }
    }

    private func response(to request: Request, field: String, _ value: String) throws -> String {
        try OperatorMode.sign(
            #"{"aud":"\#(request.serverId.id)","iat":1700000000,"iss":"\#(key.publicKey)","jti":"response","#
                + #""nats":{"\#(field)":"\#(value)","type":"authorization_response","version":2},"sub":"\#(request.userNkey)"}"#,
            by: key)
    }

    private func userJWT(for request: Request, _ name: String) throws -> String {
        try OperatorMode.sign(
            #"{"aud":"APP","iat":1700000000,"iss":"\#(key.publicKey)","jti":"user","name":"\#(name)","#
                + #""nats":{"pub":{},"sub":{},"subs":-1,"data":-1,"payload":-1,"type":"user","version":2},"#
                + #""sub":"\#(request.userNkey)"}"#, by: key)
    }
}
