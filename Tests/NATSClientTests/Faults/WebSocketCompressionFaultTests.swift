#if WebSocketCompression
@testable import NATSClient
import Reactor
import TestSupport
import Testing

/// Compressed messages that no good server sends.
@Suite(.timeLimit(.minutes(2))) struct WebSocketCompressionFaultTests {
    struct Defect: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let frames: [UInt8]
        let code: NATSError.Code
        let text: String
        var fields = agreed
    }

    private static let extensions = "Sec-WebSocket-Extensions: permessage-deflate"
    private static let agreed = extensions + "; server_no_context_takeover; client_no_context_takeover\r\n"
    private static let info = deflated(Array((ScriptedServer.defaultINFO + "PONG\r\n").utf8))

    static let defects = [
        Defect(
            testDescription: "what no compressor writes", frames: ServerFrame.frame(0xC2, [0x06]), code: .connectFailed,
            text: "can't be read"),
        Defect(
            testDescription: "a message that is cut", frames: ServerFrame.frame(0xC2, Array(info.prefix(info.count / 2))),
            code: .connectFailed, text: "can't be read"),
        Defect(
            testDescription: "compression in the middle of a message",
            frames: ServerFrame.frame(0x42, [info[0]]) + ServerFrame.frame(0xC0, Array(info.dropFirst())),
            code: .connectFailed, text: "where none may be"),
        Defect(
            testDescription: "a compressed ping", frames: ServerFrame.frame(0xC9, []), code: .connectFailed,
            text: "where none may be"),
        Defect(
            testDescription: "compression that wasn't agreed", frames: ServerFrame.frame(0xC2, info), code: .connectFailed,
            text: "where none may be", fields: ""),
        Defect(
            testDescription: "compression with context", frames: [], code: .connectFailed, text: "needs a context",
            fields: extensions + "\r\n"),
        Defect(
            testDescription: "eight megabytes of nothing in eight kilobytes",
            frames: ServerFrame.frame(0xC2, deflated([UInt8](repeating: 0, count: 8 << 20))), code: .protocolViolation,
            text: ""),
    ]

    @Test(arguments: defects, TestBackend.available)
    func aDefectEndsTheAttemptWithItsReason(_ defect: Defect, backend: TestBackend) async throws {
        try await withScriptedServer(.upgrade(fields: defect.fields, frames: defect.frames) + [.awaitClientClose]) { server in
            let error = await connectError(server.webSocketURL, backend) { $0.webSocket.compression = true }
            #expect(error?.code == defect.code)
            #expect(error?.description.contains(defect.text) == true, "\(error?.description ?? "")")
        }
    }

    @Test(arguments: TestBackend.available)
    func aMessageInPiecesWithAPingBetweenIsTaken(backend: TestBackend) async throws {
        let middle = Self.info.count / 2
        let frames =
            ServerFrame.frame(0x42, Array(Self.info[..<middle])) + ServerFrame.ping("between")
            + ServerFrame.frame(0x80, Array(Self.info[middle...]))
        try await withScriptedServer(.upgrade(fields: Self.agreed, frames: frames) + [.awaitClientClose]) { server in
            let nats = try await NATS.connect(
                server.webSocketURL, options: backend.options { $0.webSocket.compression = true })
            #expect(nats.status == .connected)
            await nats.abortAndWait()
        }
    }

    /// One compressed message as it stands in frames.
    private static func deflated(_ bytes: [UInt8]) -> [UInt8] {
        do {
            var deflater = try Deflater()
            return try [UInt8](capacity: deflater.outputByteCountMax(for: bytes.count)) { output in
                try deflater.add(bytes.span, to: &output)
                try deflater.endMessage(in: &output)
            }
        } catch {
            Issue.record("\(error)")
            return []
        }
    }
}
#endif
