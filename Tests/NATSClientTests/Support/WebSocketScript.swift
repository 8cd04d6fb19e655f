@testable import NATSProtocol
import TestSupport

/// Steps of a scripted server that speaks WebSocket. What the client sends behind the upgrade is masked, so the script doesn't wait
/// for it: a PONG counts from the moment when INFO was read.
extension [ScriptStep] {
    /// Reads the request and agrees, with `frames` right behind the answer.
    static func upgrade(fields: String = "", frames: [UInt8] = []) -> [ScriptStep] {
        [
            .skip(toLineWithPrefix: "Sec-WebSocket-Key: "),
            .reply { line in
                let key = String(line.dropFirst("Sec-WebSocket-Key: ".count))
                return """
                    HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                    Sec-WebSocket-Accept: \(WebSocketUpgrade.accept(for: key))\r\n\(fields)\r\n
                    """
            },
            .send(frames),
        ]
    }
}

/// Frames as a server writes them.
enum ServerFrame {
    static func binary(_ payload: String, isFinal: Bool = true, opcode: UInt8 = 2) -> [UInt8] {
        frame(opcode | (isFinal ? 0x80 : 0), Array(payload.utf8))
    }

    static func ping(_ payload: String) -> [UInt8] { frame(0x89, Array(payload.utf8)) }

    static func close(_ code: UInt16, _ reason: String) -> [UInt8] {
        frame(0x88, [UInt8(code >> 8), UInt8(truncatingIfNeeded: code)] + Array(reason.utf8))
    }

    static func frame(_ first: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let length: [UInt8] =
            payload.count < 126
            ? [UInt8(payload.count)] : [126, UInt8(payload.count >> 8), UInt8(truncatingIfNeeded: payload.count)]
        return [first] + length + payload
    }

    /// INFO and PONG, which end the handshake.
    static let handshake = binary(ScriptedServer.defaultINFO) + binary("PONG\r\n")
}

/// The frames that a client sent, with their masks taken off.
struct ClientFrames {
    private(set) var data: [UInt8] = []
    private(set) var pongs: [[UInt8]] = []
    private(set) var closes: [[UInt8]] = []
    private(set) var areAllMasked = true

    /// - Parameter bytes: everything behind the request.
    init(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while rest.count >= 2, let frame = Self.next(&rest) {
            if frame.mask.isEmpty { areAllMasked = false }
            let payload = frame.mask.isEmpty ? frame.payload : zip(0..., frame.payload).map { $1 ^ frame.mask[$0 & 3] }
            switch frame.opcode {
            case 8: closes.append(payload)
            case 10: pongs.append(payload)
            default: data += payload
            }
        }
    }

    var text: String { String(decoding: data, as: UTF8.self) }

    private static func next(_ rest: inout ArraySlice<UInt8>) -> (opcode: UInt8, mask: [UInt8], payload: [UInt8])? {
        var cursor = rest
        func take(_ count: Int) -> [UInt8]? {
            guard cursor.count >= count else { return nil }
            defer { cursor = cursor.dropFirst(count) }
            return Array(cursor.prefix(count))
        }
        guard let head = take(2) else { return nil }
        var count = Int(head[1] & 0x7F)
        if count >= 126 {
            guard let length = take(count == 126 ? 2 : 8) else { return nil }
            count = length.reduce(0) { $0 << 8 | Int($1) }
        }
        guard let mask = take(head[1] & 0x80 == 0 ? 0 : 4), let payload = take(count) else { return nil }
        rest = cursor
        return (head[0] & 0x0F, mask, payload)
    }
}

extension ScriptedServer.ConnectionRecord {
    /// What the client sent behind its request.
    var frames: ClientFrames {
        var end = 0
        for index in received.indices.dropFirst(3) where received[(index - 3)...index].elementsEqual([13, 10, 13, 10]) {
            end = index + 1
            break
        }
        return ClientFrames(Array(received[end...]))
    }
}

extension ScriptedServer {
    var webSocketURL: String { "ws://127.0.0.1:\(port)" }
}
