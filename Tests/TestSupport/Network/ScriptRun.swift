import Glibc

/// One connection of a scripted server, on its own thread.
final class ScriptRun {
    private enum Stop: Error {
        case serverStopped
        case finished
        case failed(String)
    }

    private let server: ScriptedServer
    private let index: Int
    private let socket: Socket
    /// A slice: taking a line off its front moves nothing.
    private var unread: ArraySlice<UInt8> = []
    private var lastLine = ""

    init(server: ScriptedServer, index: Int, socket: Socket) {
        self.server = server
        self.index = index
        self.socket = socket
    }

    func perform(_ script: [ScriptStep]) {
        do throws(Stop) {
            for (number, step) in script.enumerated() {
                do throws(Stop) {
                    try perform(step)
                } catch {
                    guard case .failed(let reason) = error else { throw error }
                    throw .failed("step \(number + 1): \(reason)")
                }
            }
            update { $0.isScriptDone = true }
            try readToEnd()
        } catch {
            switch error {
            case .serverStopped: break
            case .finished: update { $0.isScriptDone = true }
            case .failed(let reason):
                socket.resetOnClose()
                update { $0.failure = reason }
            }
        }
    }

    private func perform(_ step: ScriptStep) throws(Stop) {
        switch step.kind {
        case .send(let bytes): try send(bytes)
        case .drip(let bytes, let chunkSize, let interval): try drip(bytes, chunkSize: chunkSize, interval: interval)
        case .reply(let answer): try send(answer(lastLine))
        case .expectLine(let description, let predicate):
            let line = try readLine(expecting: description)
            guard predicate(line) else { throw .failed("expected \(description), got '\(line)'") }
        case .expectBytes(let expected): try expect(expected)
        case .skipToLine(let prefix):
            let description = "a line that begins with '\(prefix)'"
            while try !readLine(expecting: description).hasPrefix(prefix) {}
        case .hold(let gate): try hold(until: gate)
        case .awaitClientClose:
            while try receive(expecting: "the client's close", until: deadline()) {}
        case .run(let action): action()
        case .stall: try stall()
        case .close: try closeGracefully()
        case .reset:
            socket.resetOnClose()
            throw .finished
        }
    }

    // MARK: Reading

    private func readLine(expecting description: String) throws(Stop) -> String {
        let end = deadline()
        while true {
            if let newline = unread.firstIndex(of: UInt8(ascii: "\n")) {
                let line = unread[..<newline]
                lastLine = String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
                unread = unread[(newline + 1)...]
                return lastLine
            }
            try receiveMore(expecting: description, until: end)
        }
    }

    private func expect(_ expected: [UInt8]) throws(Stop) {
        let description = "\(expected.count) bytes"
        let end = deadline()
        while unread.count < expected.count { try receiveMore(expecting: description, until: end) }
        let got = unread.prefix(expected.count)
        guard got.elementsEqual(expected) else {
            throw .failed(
                "expected '\(String(decoding: expected, as: UTF8.self))', got '\(String(decoding: got, as: UTF8.self))'"
            )
        }
        unread.removeFirst(expected.count)
    }

    private func receiveMore(expecting description: String, until end: ContinuousClock.Instant) throws(Stop) {
        guard try receive(expecting: description, until: end) else {
            let rest = String(decoding: unread, as: UTF8.self)
            throw .failed("expected \(description), but the client closed the connection after '\(rest)'")
        }
    }

    /// Receives some bytes; false when the client has closed.
    private func receive(expecting description: String, until end: ContinuousClock.Instant) throws(Stop) -> Bool {
        while true {
            switch wait(for: POLLIN, on: socket, wake: server.wake, until: end) {
            case .stopped: throw .serverStopped
            case .timedOut: throw .failed("expected \(description), but nothing came within \(server.stepDeadline)")
            case .ready: break
            }
            switch socket.read(atMost: 65_536) {
            case .wouldBlock: continue
            case .bytes(let bytes):
                unread += bytes
                update { $0.received += bytes }
                return true
            case .end, .failed:
                update { $0.isClosedByClient = true }
                return false
            }
        }
    }

    /// After the script: records until the client closes or the server stops.
    private func readToEnd() throws(Stop) {
        while true {
            unread.removeAll(keepingCapacity: true)
            guard try receive(expecting: "anything", until: .now.advanced(by: .seconds(3600))) else { return }
        }
    }

    // MARK: Writing and ending

    static let hangUp = "the client closed before everything was sent"

    private func send(_ bytes: [UInt8]) throws(Stop) {
        let end = deadline()
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let sent = socket.write(rest) else { throw .failed(Self.hangUp) }
            rest = rest.dropFirst(sent)
            guard sent == 0 else { continue }
            switch wait(for: POLLOUT, on: socket, wake: server.wake, until: end) {
            case .stopped: throw .serverStopped
            case .timedOut: throw .failed("the client did not read within \(server.stepDeadline)")
            case .ready: break
            }
        }
    }

    /// A client that hangs up during a drip is what such a script provokes: the script ends there.
    private func drip(_ bytes: [UInt8], chunkSize: Int, interval: Duration) throws(Stop) {
        var rest = bytes[...]
        while !rest.isEmpty {
            do throws(Stop) {
                try send(Array(rest.prefix(chunkSize)))
            } catch {
                guard case .failed = error else { throw error }
                update { $0.isClosedByClient = true }
                throw .finished
            }
            rest = rest.dropFirst(chunkSize)
            guard pause(until: .now.advanced(by: interval), wake: server.wake) else { throw .serverStopped }
        }
    }

    private func hold(until gate: ScriptGate) throws(Stop) {
        let end = deadline()
        while !gate.isOpen {
            guard pause(until: .now.advanced(by: .milliseconds(1)), wake: server.wake) else { throw .serverStopped }
            guard ContinuousClock.now < end else { throw .failed("the gate stayed shut for \(server.stepDeadline)") }
        }
    }

    private func stall() throws(Stop) {
        update { $0.isScriptDone = true }
        while pause(until: .now.advanced(by: .seconds(3600)), wake: server.wake) {}
        throw .serverStopped
    }

    /// FIN, then reads until the client's own end: closing with unread bytes would make it an RST.
    private func closeGracefully() throws(Stop) {
        socket.shutdownWrites()
        update { $0.isScriptDone = true }
        try readToEnd()
        throw .finished
    }

    private func deadline() -> ContinuousClock.Instant { .now.advanced(by: server.stepDeadline) }

    private func update(_ change: (inout ScriptedServer.ConnectionRecord) -> Void) {
        server.updateConnection(index, change)
    }
}
