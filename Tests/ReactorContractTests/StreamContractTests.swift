import Reactor
import Synchronization
import Testing

extension ReactorContract {
    @Suite struct Streams {
        @Test("bytes arrive in order, then the end, then nothing", arguments: Backend.allCases)
        func receives(_ backend: Backend) throws {
            let (loop, recorder, (descriptor, peer)) = (backend.makeLoop(), Recorder(), makePair())
            defer { loop.finish() }
            let pattern = makePattern(3_000_000)
            let id = try loop.adopt(descriptor, recorder)
            #expect(peer.write(pattern))
            peer.close()
            #expect(recorder.log.wait { !$0.ends.isEmpty })
            #expect(recorder.log.current.bytes == pattern)
            #expect(recorder.log.current.ends == [.endOfStream])
            try loop.close(id)
            #expect(recorder.waitForClose())
            #expect(try loop.run { $0.statistics.bytesReceived } == 3_000_000)
            #expect(recorder.log.current.eventsAfterClose == 0)
        }

        @Test("a reset by the peer is a failure of receiving", arguments: Backend.allCases)
        func reset(_ backend: Backend) throws {
            let (loop, listener, recorder) = (backend.makeLoop(), Listener(), Recorder())
            defer { loop.finish() }
            let id = try connect(loop, listener, recorder)
            let peer = listener.accept()
            try loop.run { on in on.startReceiving(id) }
            peer.reset()
            #expect(recorder.log.wait { !$0.ends.isEmpty })
            guard case .failed(let error, during: .receive) = recorder.log.current.ends.first else {
                Issue.record("ended with \(recorder.log.current.ends)")
                return
            }
            #expect(error.errno == 104)
        }

        @Test("what arrives while paused comes after resuming, once and in order", arguments: Backend.allCases)
        func pausesAndResumes(_ backend: Backend) throws {
            let (loop, recorder, (descriptor, peer)) = (backend.makeLoop(), Recorder(), makePair())
            defer { loop.finish() }
            let id = try loop.adopt(descriptor, recorder)
            #expect(peer.write(Array("one")))
            #expect(recorder.log.wait { $0.bytes == Array("one") })
            // The pause and the bytes race in the kernel: many rounds meet every order.
            var expected = Array("one")
            for round in 0..<200 {
                try loop.run { on in on.pauseReceiving(id) }
                let seen = recorder.log.current.bytes
                let piece = makePattern(1 + round * 40)
                #expect(peer.write(piece))
                _ = try loop.run { _ in true }
                #expect(recorder.log.current.bytes == seen)
                try loop.run { on in on.resumeReceiving(id) }
                expected += piece
                let count = expected.count
                #expect(recorder.log.wait { $0.bytes.count == count })
            }
            #expect(recorder.log.current.bytes == expected)
        }

        @Test("the end of the stream waits for the resume", arguments: Backend.allCases)
        func endWhilePaused(_ backend: Backend) throws {
            let (loop, recorder, (descriptor, peer)) = (backend.makeLoop(), Recorder(), makePair())
            defer { loop.finish() }
            let id = try loop.adopt(descriptor, recorder)
            try loop.run { on in on.pauseReceiving(id) }
            #expect(peer.write(Array("last words")))
            peer.close()
            _ = try loop.run { _ in true }
            #expect(recorder.log.current.chunkCount == 0)
            #expect(recorder.log.current.ends.isEmpty)
            try loop.run { on in on.resumeReceiving(id) }
            #expect(recorder.log.wait { $0.ends == [.endOfStream] })
            #expect(recorder.log.current.bytes == Array("last words"))
        }

        @Test("a send of several pieces arrives whole, and a second one is refused meanwhile", arguments: Backend.allCases)
        func sends(_ backend: Backend) throws {
            let (loop, recorder, (descriptor, peer)) = (backend.makeLoop(), Recorder(), makePair())
            defer { loop.finish() }
            let id = try loop.adopt(descriptor, recorder)
            let pieces = (0..<8).map { StableBytes(makePattern(100 + $0)) }
            let accepted = try loop.run { on in
                var vectors = SendVectors()
                for piece in pieces { unsafe vectors.append(piece.slice(from: 0)) }
                return [on.send(id, vectors), on.send(id, vectors)]
            }
            #expect(accepted == [true, false])
            #expect(peer.read(828) == (0..<8).flatMap { makePattern(100 + $0) })
            #expect(recorder.log.wait { $0.sent == [828] })
            withExtendedLifetime(pieces) {}
        }

        @Test("short sends go on until a slow peer has everything", arguments: Backend.allCases)
        func sendsShort(_ backend: Backend) throws {
            let pattern = makePattern(4_000_000)
            let bytes = StableBytes(pattern)
            let progress = Mutex(0)
            let recorder = Recorder(onSend: { id, count, on in
                let offset = progress.withLock {
                    $0 += count; return $0
                }
                if offset < 4_000_000 { _ = unsafe on.send(id, SendVectors(bytes.slice(from: offset))) }
            })
            let (loop, (descriptor, peer)) = (backend.makeLoop(), makePair(sendBufferSize: 4096))
            defer { loop.finish() }
            let id = try loop.adopt(descriptor, recorder)
            #expect(try loop.run { on in unsafe on.send(id, SendVectors(bytes.slice(from: 0))) })
            #expect(peer.read(pattern.count) == pattern)
            #expect(recorder.log.wait { $0.sent.reduce(0, +) == pattern.count })
            #expect(recorder.log.current.sent.count > 1)
            #expect(try loop.run { $0.statistics.shortSends } > 0)
        }

        @Test("bytes sent before a soft close arrive before the end", arguments: Backend.allCases)
        func sendsThenCloses(_ backend: Backend) throws {
            let bytes = StableBytes(makePattern(50_000))
            let recorder = Recorder(onSend: { id, _, on in on.close(id, hard: false) })
            let (loop, listener) = (backend.makeLoop(), Listener())
            defer { loop.finish() }
            let id = try connect(loop, listener, recorder)
            let peer = listener.accept()
            #expect(try loop.run { on in unsafe on.send(id, SendVectors(bytes.slice(from: 0))) })
            #expect(recorder.waitForClose())
            let sent = recorder.log.current.sent.reduce(0, +)
            #expect(peer.read(100_000) == Array(makePattern(50_000).prefix(sent)))
            peer.close()
        }

        @Test("a hard close is a reset for the peer", arguments: Backend.allCases)
        func closesHard(_ backend: Backend) throws {
            let (loop, listener, recorder) = (backend.makeLoop(), Listener(), Recorder())
            defer { loop.finish() }
            let id = try connect(loop, listener, recorder)
            let peer = listener.accept()
            try loop.close(id, hard: true)
            #expect(recorder.waitForClose())
            #expect(peer.readOnce() == -104)
            peer.close()
        }

        @Test("closing during a receive and a blocked send ends both with one close", arguments: Backend.allCases)
        func closesInFlight(_ backend: Backend) throws {
            let bytes = StableBytes(makePattern(8_000_000))
            let loop = backend.makeLoop()
            defer { loop.finish() }
            for hard in [false, true] {
                let (recorder, (descriptor, peer)) = (Recorder(), makePair(sendBufferSize: 4096))
                let id = try loop.adopt(descriptor, recorder)
                #expect(try loop.run { on in unsafe on.send(id, SendVectors(bytes.slice(from: 0))) })
                // Fill the socket: the next send blocks in the kernel.
                #expect(recorder.log.wait { $0.sent.count == 1 })
                #expect(try loop.run { on in unsafe on.send(id, SendVectors(bytes.slice(from: 0))) })
                try loop.close(id, hard: hard)
                #expect(recorder.waitForClose())
                let late = try loop.run { on in
                    on.close(id, hard: false)
                    on.startReceiving(id)
                    return unsafe on.send(id, SendVectors(bytes.slice(from: 0)))
                }
                #expect(!late)
                peer.write([1])
                peer.close()
                _ = try loop.run { _ in true }
                let log = recorder.log.current
                #expect(log.closedCount == 1 && log.eventsAfterClose == 0)
            }
            #expect(try loop.run { $0.statistics.openStreams } == 0)
        }

        @Test("a send to a peer that is gone fails once and doesn't signal", arguments: Backend.allCases)
        func sendsToNobody(_ backend: Backend) throws {
            let (loop, recorder, (descriptor, peer)) = (backend.makeLoop(), Recorder(), makePair())
            defer { loop.finish() }
            let bytes = StableBytes([1, 2, 3])
            let id = try loop.adopt(descriptor, recorder, receiving: false)
            peer.close()
            #expect(try loop.run { on in unsafe on.send(id, SendVectors(bytes.slice(from: 0))) })
            #expect(recorder.log.wait { !$0.ends.isEmpty })
            #expect(recorder.log.current.ends == [.failed(SystemError(operation: "sendmsg", errno: 32), during: .send)])
            #expect(try loop.run { on in unsafe on.send(id, SendVectors(bytes.slice(from: 0))) } == false)
        }

        @Test("identifiers of a closed stream never reach the next one in its slot", arguments: Backend.allCases)
        func ignoresStaleIdentifiers(_ backend: Backend) throws {
            let loop = backend.makeLoop()
            defer { loop.finish() }
            let (first, second) = (Recorder(), Recorder())
            let pairs = [makePair(), makePair()]
            let old = try loop.adopt(pairs[0].descriptor, first)
            try loop.close(old)
            #expect(first.waitForClose())
            let new = try loop.adopt(pairs[1].descriptor, second)
            #expect(new.id.slot == old.id.slot && new != old)
            try loop.run { on in
                on.pauseReceiving(old)
                on.close(old, hard: true)
            }
            #expect(pairs[1].peer.write(Array("alive")))
            #expect(second.log.wait { $0.bytes == Array("alive") })
            for pair in pairs { pair.peer.close() }
        }

        @Test("many streams at once, all complete, even when the pool is small", arguments: Backend.allCases)
        func manyStreams(_ backend: Backend) throws {
            let loop = backend.makeLoop { $0.receiveBlockCount = 4 }
            defer { loop.finish() }
            let pattern = makePattern(200_000)
            let streams = try (0..<32).map { _ in
                let (recorder, (descriptor, peer)) = (Recorder(), makePair())
                return (recorder, peer, try loop.adopt(descriptor, recorder, receiving: false))
            }
            // Everything is there before the first receive starts: io_uring has more data than provided buffers.
            for (_, peer, _) in streams { #expect(peer.write(Array(pattern.prefix(60_000)))) }
            let ids = streams.map(\.2)
            try loop.run { on in for id in ids { on.startReceiving(id) } }
            for (_, peer, _) in streams { #expect(peer.write(Array(pattern.dropFirst(60_000)))) }
            for (recorder, peer, _) in streams {
                #expect(recorder.log.wait { $0.bytes.count == pattern.count })
                #expect(recorder.log.current.bytes == pattern)
                peer.close()
            }
            let statistics = try loop.run { $0.statistics }
            if backend != .epoll { #expect(statistics.bufferStarvations > 0) }
        }
    }

    /// Connects to the listener and returns the stream; the recorder is its handler.
    static func connect(_ loop: EventLoop, _ listener: Listener, _ recorder: Recorder) throws -> StreamID {
        let port = listener.port
        _ = try loop.run { on in
            on.connect(
                ConnectRequest(host: "127.0.0.1", port: port, deadlineNanoseconds: on.nowNanoseconds + 10_000_000_000),
                handler: recorder)
        }
        #expect(recorder.log.wait { !$0.connects.isEmpty })
        return try #require(recorder.log.current.connects.first).get()
    }
}

extension ReactorContract.Streams {
    private func connect(_ loop: EventLoop, _ listener: Listener, _ recorder: Recorder) throws -> StreamID {
        try ReactorContract.connect(loop, listener, recorder)
    }
}
