import Dispatch
import Reactor
import Testing

extension ReactorContract {
    @Suite struct Connecting {
        @discardableResult
        private func start(
            _ loop: EventLoop, _ recorder: Recorder, host: String = "127.0.0.1", port: UInt16,
            milliseconds: UInt64 = 10_000, options: SocketOptions = SocketOptions()
        ) throws -> ConnectID {
            try loop.run { on in
                on.connect(
                    ConnectRequest(
                        host: host, port: port, options: options,
                        deadlineNanoseconds: on.nowNanoseconds + milliseconds * 1_000_000),
                    handler: recorder)
            }
        }

        private func failure(_ recorder: Recorder) -> ReactorError? {
            guard recorder.log.wait({ !$0.connects.isEmpty }), case .failure(let error) = recorder.log.current.connects[0]
            else { return nil }
            return error
        }

        @Test("connects to an address and to a name, with all options", arguments: Backend.allCases)
        func connects(_ backend: Backend) throws {
            let (loop, listener) = (backend.makeLoop(), Listener())
            defer { loop.finish() }
            var options = SocketOptions()
            options.userTimeout = .seconds(5)
            options.sendBufferSize = 100_000
            options.receiveBufferSize = 100_000
            options.localAddress = "127.0.0.1"
            for host in ["127.0.0.1", "localhost"] {
                let recorder = Recorder()
                try start(loop, recorder, host: host, port: listener.port, options: options)
                #expect(recorder.log.wait { !$0.connects.isEmpty })
                let id = try #require(recorder.log.current.connects.first).get()
                let peer = listener.accept()
                try loop.run { on in on.startReceiving(id) }
                #expect(peer.write(Array("hello")))
                #expect(recorder.log.wait { $0.bytes == Array("hello") })
                try loop.close(id)
                #expect(recorder.waitForClose())
                peer.close()
            }
        }

        @Test("a refused connection names the address and the reason", arguments: Backend.allCases)
        func refused(_ backend: Backend) throws {
            let (loop, recorder) = (backend.makeLoop(), Recorder())
            defer { loop.finish() }
            let port = makeClosedPort()
            try start(loop, recorder, port: port)
            let error = try #require(failure(recorder))
            #expect(error.code == .connectFailed)
            #expect(error.underlying?.errno == 111)
            #expect(error.message.contains("127.0.0.1:\(port): Connection refused"))
            #expect(try loop.run { $0.statistics.openStreams } == 0)
        }

        @Test("an unreachable address fails at once", arguments: Backend.allCases)
        func unreachable(_ backend: Backend) throws {
            let (loop, recorder) = (backend.makeLoop(), Recorder())
            defer { loop.finish() }
            // The limited broadcast address is never reachable by TCP.
            try start(loop, recorder, host: "255.255.255.255", port: 4222)
            #expect(failure(recorder)?.code == .connectFailed)
        }

        @Test("a peer that never answers ends in the deadline", arguments: Backend.allCases)
        func timesOut(_ backend: Backend) throws {
            let (loop, recorder, listener) = (backend.makeLoop(), Recorder(), Listener(backlog: 0))
            defer { loop.finish() }
            let fillers = listener.fill()
            defer { closeAll(fillers) }
            try start(loop, recorder, port: listener.port, milliseconds: 60)
            #expect(failure(recorder)?.code == .timedOut)
            #expect(recorder.log.current.connects.count == 1)
        }

        @Test("cancelling ends an attempt exactly once, whatever it was doing", arguments: Backend.allCases)
        func cancels(_ backend: Backend) throws {
            let gate = DispatchSemaphore(value: 0)
            let loop = backend.makeLoop {
                $0.resolverForTesting = { _, _ in
                    _ = gate.wait(timeout: .now() + 10)
                    return .failure(ReactorError(.resolutionFailed, "late"))
                }
            }
            defer { loop.finish() }
            let (full, open) = (Listener(backlog: 0), Listener())
            let fillers = full.fill()
            defer { closeAll(fillers) }
            for (host, port) in [("127.0.0.1", full.port), ("127.0.0.1", open.port), ("slow.name", 1)] {
                let recorder = Recorder()
                try loop.run { on in
                    let request = ConnectRequest(
                        host: host, port: port, deadlineNanoseconds: on.nowNanoseconds + 10_000_000_000)
                    let id = on.connect(request, handler: recorder)
                    on.cancelConnect(id)
                    on.cancelConnect(id)
                }
                #expect(failure(recorder)?.code == .cancelled)
                gate.signal()
                _ = try loop.run { _ in true }
                #expect(recorder.log.current.connects.count == 1)
            }
            let connecting = Recorder()
            let id = try start(loop, connecting, port: full.port)
            try loop.run { on in on.cancelConnect(id) }
            #expect(failure(connecting)?.code == .cancelled)
            #expect(try loop.run { $0.statistics.openStreams } == 0)
        }

        @Test("a deadline doesn't wait for the resolver, whose late answer is dropped", arguments: Backend.allCases)
        func resolverHangs(_ backend: Backend) throws {
            let (gate, isOver) = (DispatchSemaphore(value: 0), Box(false))
            let loop = backend.makeLoop {
                $0.resolverForTesting = { _, _ in
                    _ = gate.wait(timeout: .now() + 10)
                    isOver.update { $0 = true }
                    return .failure(ReactorError(.resolutionFailed, "late"))
                }
            }
            defer { loop.finish() }
            let recorder = Recorder()
            try start(loop, recorder, host: "slow.name", port: 1, milliseconds: 30)
            #expect(failure(recorder)?.code == .timedOut)
            gate.signal()
            #expect(isOver.wait { $0 })
            _ = try loop.run { _ in true }
            #expect(recorder.log.current.connects.count == 1)
        }

        @Test("a name that can't be resolved fails with the resolver's reason", arguments: Backend.allCases)
        func resolutionFails(_ backend: Backend) throws {
            let (loop, recorder) = (backend.makeLoop(), Recorder())
            defer { loop.finish() }
            // Longer than any name may be: the resolver refuses it without asking the network.
            try start(loop, recorder, host: String(repeating: "x", count: 300), port: 1)
            #expect(failure(recorder)?.code == .resolutionFailed)
        }

        @Test("the next address is tried when the first one refuses", arguments: Backend.allCases)
        func triesAllAddresses(_ backend: Backend) throws {
            let (listener, closedPort) = (Listener(), makeClosedPort())
            let loop = backend.makeLoop {
                $0.resolverForTesting = { _, port in
                    let literals = [("127.0.0.1", closedPort), ("::1", closedPort), ("127.0.0.1", port)]
                    return .success(literals.compactMap { SocketAddress(literal: $0.0, port: $0.1) })
                }
            }
            defer { loop.finish() }
            let recorder = Recorder()
            try start(loop, recorder, host: "three.addresses", port: listener.port)
            #expect(recorder.log.wait { !$0.connects.isEmpty })
            let id = try #require(recorder.log.current.connects.first).get()
            try loop.close(id)
            #expect(recorder.waitForClose())
        }

        @Test("a hanging address doesn't hold up the next one until the deadline", arguments: Backend.allCases)
        func staggers(_ backend: Backend) throws {
            let (full, open) = (Listener(backlog: 0), Listener())
            let fillers = full.fill()
            defer { closeAll(fillers) }
            let (fullPort, openPort) = (full.port, open.port)
            let loop = backend.makeLoop {
                $0.resolverForTesting = { _, _ in
                    .success([fullPort, openPort].compactMap { SocketAddress(literal: "127.0.0.1", port: $0) })
                }
            }
            defer { loop.finish() }
            let recorder = Recorder()
            try start(loop, recorder, host: "two.addresses", port: 1)
            #expect(recorder.log.wait { !$0.connects.isEmpty })
            _ = try #require(recorder.log.current.connects.first).get()
            // The loser is closed.
            _ = try loop.run { _ in true }
            #expect(try loop.run { $0.statistics.openStreams } == 1)
        }

        @Test("a local address that is none is the caller's error", arguments: Backend.allCases)
        func localAddress(_ backend: Backend) throws {
            let (loop, recorder) = (backend.makeLoop(), Recorder())
            defer { loop.finish() }
            var options = SocketOptions()
            options.localAddress = "eth0"
            try start(loop, recorder, port: 1, options: options)
            #expect(failure(recorder)?.code == .invalidArgument)
        }
    }
}
