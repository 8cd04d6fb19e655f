import Synchronization

/// One step of what a scripted server does on one connection. A line is what stands before CR LF.
package struct ScriptStep: Sendable {
    enum Kind: Sendable {
        case send([UInt8])
        case drip([UInt8], chunkSize: Int, interval: Duration)
        case reply(@Sendable (_ lastLine: String) -> [UInt8])
        case expectLine(description: String, @Sendable (String) -> Bool)
        case expectBytes([UInt8])
        case skipToLine(prefix: String)
        case hold(ScriptGate)
        case awaitClientClose
        case run(@Sendable () -> Void)
        case stall
        case close
        case reset
    }

    let kind: Kind

    /// Sends the text at once.
    package static func send(_ text: String) -> ScriptStep { .init(kind: .send(Array(text.utf8))) }

    package static func send(_ bytes: [UInt8]) -> ScriptStep { .init(kind: .send(bytes)) }

    /// Sends the bytes in chunks, with a pause after each.
    package static func drip(_ text: String, chunkSize: Int = 1, every interval: Duration) -> ScriptStep {
        .init(kind: .drip(Array(text.utf8), chunkSize: chunkSize, interval: interval))
    }

    /// The same with bytes. The client may hang up meanwhile.
    package static func drip(_ bytes: [UInt8], chunkSize: Int, every interval: Duration) -> ScriptStep {
        .init(kind: .drip(bytes, chunkSize: chunkSize, interval: interval))
    }

    /// Sends what the closure makes of the last line that an expectation read.
    package static func reply(_ answer: @escaping @Sendable (_ lastLine: String) -> String) -> ScriptStep {
        .init(kind: .reply { Array(answer($0).utf8) })
    }

    /// The next line is exactly this.
    package static func expect(line: String) -> ScriptStep {
        .init(kind: .expectLine(description: "the line '\(line)'") { $0 == line })
    }

    /// The next line begins like this.
    package static func expect(prefix: String) -> ScriptStep {
        .init(kind: .expectLine(description: "a line that begins with '\(prefix)'") { $0.hasPrefix(prefix) })
    }

    /// The next line passes the test.
    package static func expect(
        _ description: String, where predicate: @escaping @Sendable (_ line: String) -> Bool
    ) -> ScriptStep {
        .init(kind: .expectLine(description: description, predicate))
    }

    /// The next bytes are exactly these.
    package static func expect(bytes: [UInt8]) -> ScriptStep { .init(kind: .expectBytes(bytes)) }

    /// Reads over lines up to and including the first that begins like this.
    package static func skip(toLineWithPrefix prefix: String) -> ScriptStep {
        .init(kind: .skipToLine(prefix: prefix))
    }

    /// Waits until the test opens the gate; reads nothing meanwhile.
    package static func hold(until gate: ScriptGate) -> ScriptStep { .init(kind: .hold(gate)) }

    /// Reads until the client has closed the connection.
    package static let awaitClientClose = ScriptStep(kind: .awaitClientClose)

    /// Calls the closure on the server's thread.
    package static func run(_ action: @escaping @Sendable () -> Void) -> ScriptStep { .init(kind: .run(action)) }

    /// Keeps the connection open and never reads or writes again.
    package static let stall = ScriptStep(kind: .stall)

    /// Ends the connection with FIN, after the client has had the chance to read everything.
    package static let close = ScriptStep(kind: .close)

    /// Ends the connection with RST.
    package static let reset = ScriptStep(kind: .reset)
}

extension [ScriptStep] {
    /// `CONNECT {…}` and then `PING`.
    package static let expectConnectAndPing: [ScriptStep] = [.expect(prefix: "CONNECT {"), .expect(line: "PING")]

    /// The whole handshake of a server that accepts the client.
    package static let handshake: [ScriptStep] =
        [.send(ScriptedServer.defaultINFO)] + expectConnectAndPing + [.send("PONG\r\n")]
}

/// A gate that a test opens once, for a script that waits there.
package final class ScriptGate: Sendable {
    private let state = Mutex(false)

    package init() {}

    package var isOpen: Bool { state.withLock { $0 } }

    package func open() { state.withLock { $0 = true } }
}
