import Reactor
import Synchronization
import TestSupport
import Testing

extension ReactorContract {
    @Suite struct TLSStreams {
        static let versions: [TLSConfiguration.ProtocolVersion] = [.tls12, .tls13]

        @Test("both ends exchange plaintext through the handlers they have", arguments: Backend.allCases, versions)
        func exchanges(_ backend: Backend, _ version: TLSConfiguration.ProtocolVersion) throws {
            let loop = backend.makeLoop()
            defer { loop.finish() }
            let (hello, world) = (StableBytes(Array("hello")), StableBytes(Array("world")))
            let client = TLSRecorder(onEstablish: { id, on in _ = unsafe on.send(id, SendVectors(hello.slice(from: 0))) })
            let server = TLSRecorder(
                onReceive: { id, _, on in _ = unsafe on.send(id, SendVectors(world.slice(from: 0))) })
            let (descriptor, peer) = makePair()
            let serverID = try loop.acceptTLS(peer.descriptor, server, TLSContexts.server(maximumVersion: version))
            let clientID = try loop.adoptTLS(descriptor, client, TLSContexts.client())
            #expect(client.log.wait { $0.bytes == Array("world") })
            #expect(server.log.current.bytes == Array("hello"))
            #expect(client.log.current.sent == [5])
            #expect(client.log.wait { $0.details.first?.version == (version == .tls12 ? "TLSv1.2" : "TLSv1.3") })
            #expect(try loop.run { $0.tlsDetails(clientID) } == client.log.current.details.first)
            try loop.close(clientID)
            #expect(server.log.wait { $0.ends == [.endOfStream] })
            try loop.close(serverID)
            #expect(client.waitForClose() && server.waitForClose())
            for log in [client.log.current, server.log.current] {
                #expect(log.failures.isEmpty && log.closedCount == 1 && log.eventsAfterClose == 0)
            }
            // Every block is back.
            #expect(try loop.run { $0.lentBlockCount } == 0)
        }

        @Test("a large transfer arrives whole, its sends add up", arguments: Backend.allCases)
        func transfers(_ backend: Backend) throws {
            let loop = backend.makeLoop()
            defer { loop.finish() }
            let pattern = makePattern(3_000_000)
            let bytes = StableBytes(pattern)
            let progress = Mutex(0)
            let log = Mutex<TLSRecorder?>(nil)
            let sendRest: TLSRecorder.Hook = { id, on in
                let offset = log.withLock { $0?.sentCount ?? 0 }
                progress.withLock { $0 += 1 }
                if offset < 3_000_000 { _ = unsafe on.send(id, SendVectors(bytes.slice(from: offset))) }
            }
            let client = TLSRecorder(onEstablish: sendRest, onSend: sendRest)
            log.withLock { $0 = client }
            let (descriptor, peer) = makePair(sendBufferSize: 8192)
            _ = try loop.adoptTLS(descriptor, client, TLSContexts.client())
            var server = try BlockingTLSServer(peer, TLSContexts.server())
            server.run { $0.bytes.count >= 3_000_000 }
            #expect(server.bytes == pattern)
            #expect(client.log.wait { $0.sent.reduce(0, +) == 3_000_000 })
            #expect(progress.withLock { $0 } > 2)
            let big = makePattern(2_000_000)
            server.write(big)
            #expect(client.log.wait { $0.bytes.count == big.count })
            #expect(client.log.current.bytes == big)
            log.withLock { $0 = nil }
            peer.close()
        }

        @Test("what arrives while paused comes after resuming, once and in order", arguments: Backend.allCases)
        func pauses(_ backend: Backend) throws {
            let (loop, client, (descriptor, peer)) = (backend.makeLoop(), TLSRecorder(), makePair())
            defer { loop.finish() }
            let id = try loop.adoptTLS(descriptor, client, TLSContexts.client())
            var server = try BlockingTLSServer(peer, TLSContexts.server())
            server.handshake()
            #expect(client.waitUntilDecided())
            var expected: [UInt8] = []
            for round in 0..<100 {
                try loop.run { on in on.pauseReceiving(id) }
                let seen = client.log.current.bytes
                let piece = makePattern(1 + round * 300)
                server.write(piece)
                _ = try loop.run { _ in true }
                #expect(client.log.current.bytes == seen)
                try loop.run { on in on.resumeReceiving(id) }
                expected += piece
                let count = expected.count
                #expect(client.log.wait { $0.bytes.count == count })
            }
            #expect(client.log.current.bytes == expected)
            peer.close()
        }

        @Test("a handler that pauses at every chunk loses nothing, not even before the end", arguments: Backend.allCases)
        func pausesInside(_ backend: Backend) throws {
            let loop = backend.makeLoop { $0.receiveBlockSize = 4096 }
            defer { loop.finish() }
            let pauses = Box(0)
            let client = TLSRecorder(onReceive: { id, _, on in
                on.pauseReceiving(id)
                pauses.update { $0 += 1 }
            })
            let (descriptor, peer) = makePair()
            let id = try loop.adoptTLS(descriptor, client, TLSContexts.client())
            var server = try BlockingTLSServer(peer, TLSContexts.server())
            server.handshake()
            let bytes = makePattern(60_000)
            server.write(bytes)
            server.close()
            peer.close()
            var (round, receivedCount) = (0, 0)
            repeat {
                round += 1
                // The pause is counted after the chunk was recorded.
                try #require(pauses.wait { $0 >= round })
                receivedCount = client.log.current.bytes.count
                try loop.run { on in on.resumeReceiving(id) }
            } while receivedCount < bytes.count
            #expect(client.log.wait { !$0.ends.isEmpty || !$0.failures.isEmpty })
            #expect(client.log.current.bytes == bytes)
            #expect(client.log.current.ends == [.endOfStream])
            #expect(client.log.current.failures.isEmpty)
        }

        @Test("closing says goodbye; cutting doesn't, and is noticed", arguments: Backend.allCases)
        func closes(_ backend: Backend) throws {
            let loop = backend.makeLoop()
            defer { loop.finish() }
            for isHard in [false, true] {
                let (client, (descriptor, peer)) = (TLSRecorder(), makePair())
                let id = try loop.adoptTLS(descriptor, client, TLSContexts.client())
                var server = try BlockingTLSServer(peer, TLSContexts.server())
                server.handshake()
                #expect(client.waitUntilDecided())
                try loop.close(id, hard: isHard)
                server.run { $0.isClosed }
                #expect(server.isClosed == !isHard)
                #expect(client.waitForClose())
                #expect(client.log.current.failures.isEmpty && client.log.current.ends.isEmpty)
                peer.close()
            }
            let (client, (descriptor, peer)) = (TLSRecorder(), makePair())
            _ = try loop.adoptTLS(descriptor, client, TLSContexts.client())
            var server = try BlockingTLSServer(peer, TLSContexts.server())
            server.handshake()
            server.write([1, 2, 3])
            peer.close()
            #expect(client.log.wait { !$0.failures.isEmpty })
            #expect(client.log.current.failures.first?.code == .truncated)
            #expect(client.log.current.bytes == [1, 2, 3])
            #expect(client.log.current.ends.isEmpty)
        }

        @Test("bytes in the clear before the handshake are refused", arguments: Backend.allCases)
        func refusesInjection(_ backend: Backend) throws {
            let loop = backend.makeLoop()
            defer { loop.finish() }
            let context = try TLSContexts.client()
            let (first, (descriptor, peer)) = (TLSRecorder(), makePair())
            let error = #expect(throws: TLSError.self) {
                _ = try loop.adoptTLS(descriptor, first, context, unconsumed: 7)
            }
            #expect(error?.code == .unencryptedBytes)
            #expect(first.waitForClose())
            #expect(peer.read(1).isEmpty)
            peer.close()
            // Bytes that were in the kernel when it began.
            let (second, pair) = (TLSRecorder(), makePair())
            pair.peer.write(Array("PING\r\n"))
            _ = try loop.adoptTLS(pair.descriptor, second, context)
            #expect(second.log.wait { !$0.failures.isEmpty })
            #expect(second.log.current.failures.first?.code == .notTLS)
            #expect(second.log.current.failures.first?.receivedInstead == Array("PING\r\n"))
            #expect(second.log.current.bytes.isEmpty)
            pair.peer.close()
        }

        @Test("a refused certificate: one failure, and the server learns why", arguments: Backend.allCases)
        func refuses(_ backend: Backend) throws {
            let loop = backend.makeLoop()
            defer { loop.finish() }
            let client = TLSRecorder(onFail: { id, on in on.close(id, hard: false) })
            let (descriptor, peer) = makePair()
            _ = try loop.adoptTLS(descriptor, client, TLSContexts.client())
            var server = try BlockingTLSServer(peer, TLSContexts.server(TLSContexts.certificates.stranger))
            server.run { $0.error != nil }
            #expect(server.error?.alert == .unknownCA)
            #expect(client.waitForClose())
            let log = client.log.current
            #expect(log.failures.map(\.code) == [.certificateRejected])
            #expect(log.ends.isEmpty && log.details.isEmpty && log.eventsAfterClose == 0)
            peer.close()
        }

        @Test("a peer that goes during the handshake is a failure of it", arguments: Backend.allCases)
        func interrupts(_ backend: Backend) throws {
            let (loop, client, (descriptor, peer)) = (backend.makeLoop(), TLSRecorder(), makePair())
            defer { loop.finish() }
            let id = try loop.adoptTLS(descriptor, client, TLSContexts.client())
            #expect(peer.read(5).first == 22)
            #expect(try loop.run { on in on.send(id, SendVectors()) } == false)
            // With bytes unread, a Unix socket would be reset.
            _ = peer.readSome()
            peer.close()
            #expect(client.log.wait { !$0.failures.isEmpty })
            #expect(client.log.current.failures.map(\.code) == [.handshakeInterrupted])
        }

        @Test("handlers may close wherever they are called", arguments: Backend.allCases)
        func closesInside(_ backend: Backend) throws {
            let loop = backend.makeLoop()
            defer { loop.finish() }
            let close: TLSRecorder.Hook = { id, on in on.close(id, hard: true) }
            for recorder in [
                TLSRecorder(onEstablish: close), TLSRecorder(onReceive: { id, _, on in on.close(id, hard: true) }),
            ] {
                let (descriptor, peer) = makePair()
                _ = try loop.adoptTLS(descriptor, recorder, TLSContexts.client())
                var server = try BlockingTLSServer(peer, TLSContexts.server())
                server.handshake()
                server.write(makePattern(100_000))
                #expect(recorder.waitForClose())
                #expect(recorder.log.current.eventsAfterClose == 0)
                #expect(recorder.log.current.failures.isEmpty && recorder.log.current.ends.isEmpty)
                peer.close()
            }
            #expect(try loop.run { $0.lentBlockCount } == 0)
        }

        @Test("of a send that is cut, exactly what the peer can decrypt is told", arguments: Backend.allCases)
        func countsExactly(_ backend: Backend) throws {
            let loop = backend.makeLoop()
            defer { loop.finish() }
            let bytes = StableBytes(makePattern(8_000_000))
            let client = TLSRecorder()
            let (descriptor, peer) = makePair(sendBufferSize: 65536)
            let id = try loop.adoptTLS(descriptor, client, TLSContexts.client())
            var server = try BlockingTLSServer(peer, TLSContexts.server())
            server.handshake()
            #expect(client.waitUntilDecided())
            let answers = try loop.run { on in
                // One send at a time, also of plaintext.
                (0..<2).map { _ in unsafe on.send(id, SendVectors(bytes.slice(from: 0))) }
            }
            #expect(answers == [true, false])
            server.run { $0.bytes.count >= 16_384 }
            try loop.close(id, hard: true)
            #expect(client.waitForClose())
            server.run { _ in false }
            #expect(server.bytes.count == client.sentCount)
            #expect(client.sentCount > 0 && client.sentCount < 8_000_000)
            #expect(client.log.current.eventsAfterClose == 0)
            peer.close()
        }

        @Test("blocks that the handler keeps never change", arguments: Backend.allCases)
        func keepsBlocks(_ backend: Backend) throws {
            let loop = backend.makeLoop { $0.receiveBlockCount = 4 }
            defer { loop.finish() }
            let kept = Box<[ReceiveChunk]>([])
            let client = TLSRecorder(onReceive: { _, chunk, _ in
                let copy = copy chunk
                kept.update { $0.append(copy) }
            })
            let (descriptor, peer) = makePair()
            let id = try loop.adoptTLS(descriptor, client, TLSContexts.client())
            var server = try BlockingTLSServer(peer, TLSContexts.server())
            server.handshake()
            let pattern = makePattern(1_000_000)
            for start in stride(from: 0, to: pattern.count, by: 25_000) { server.write(Array(pattern[start..<start + 25_000])) }
            #expect(kept.wait { $0.reduce(0) { $0 + $1.count } == pattern.count })
            #expect(client.log.current.bytes == pattern)
            #expect(kept.current.flatMap { copyBytes(of: $0) } == pattern)
            try loop.close(id)
            #expect(client.waitForClose())
            kept.update { $0 = [] }
            #expect(try loop.run { $0.lentBlockCount } == 0)
            peer.close()
        }

        @Test("the next connection resumes the session", arguments: Backend.allCases)
        func resumes(_ backend: Backend) throws {
            let loop = backend.makeLoop()
            defer { loop.finish() }
            let (context, serverContext) = (try TLSContexts.client(), try TLSContexts.server())
            for round in 0..<3 {
                let (client, (descriptor, peer)) = (TLSRecorder(), makePair())
                let id = try loop.adoptTLS(descriptor, client, context)
                var server = try BlockingTLSServer(peer, serverContext)
                server.handshake()
                // The ticket comes before it.
                server.write([1])
                #expect(client.log.wait { $0.bytes == [1] })
                #expect(client.log.current.details.map(\.isResumed) == [round > 0])
                try loop.close(id, hard: true)
                #expect(client.waitForClose())
                peer.close()
            }
        }
    }
}
