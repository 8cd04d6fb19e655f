import Reactor
import TestSupport
import Testing

@Suite struct TLSEngineTests {
    static let versions: [TLSConfiguration.ProtocolVersion] = [.tls12, .tls13]

    @Test("both sides agree and exchange bytes, whatever the pieces", arguments: versions, [1, 2, 3, 5, 7, 100, 4096, .max])
    func exchanges(version: TLSConfiguration.ProtocolVersion, pieceSize: Int) throws {
        var pair = try EnginePair(Contexts.client(), Contexts.server(maximumVersion: version))
        pair.run(pieceSize: pieceSize)
        #expect(pair.clientLog.isEstablished && pair.serverLog.isEstablished)
        pair.sendToServer(Array("hello".utf8), pieceSize: pieceSize)
        pair.sendToClient(Array("world".utf8), pieceSize: pieceSize)
        #expect(pair.serverLog.bytes == Array("hello".utf8))
        #expect(pair.clientLog.bytes == Array("world".utf8))
        let known = pair.client.details
        let details = try #require(known)
        #expect(details.version == (version == .tls12 ? "TLSv1.2" : "TLSv1.3"))
        #expect(!details.isResumed)
        #expect(details.certificate?.names == ["localhost", "127.0.0.1", "0:0:0:0:0:0:0:1"])
        #expect(details.cipher.hasPrefix("TLS_"))
    }

    @Test("records split at every byte are put together")
    func everySplit() throws {
        var pair = try EnginePair(Contexts.client(), Contexts.server())
        pair.run()
        let message = pattern(300)
        _ = pair.server.encrypt(message)
        let size = pair.server.takeOutput().count
        pair = try EnginePair(Contexts.client(), Contexts.server())
        pair.run()
        for split in 0...size {
            _ = pair.server.encrypt(message)
            let ciphertext = pair.server.takeOutput()
            try #require(ciphertext.count == size)
            pair.clientLog.bytes = []
            pair.client.feed(Array(ciphertext[..<split]), &pair.clientLog)
            #expect(split == size || pair.clientLog.bytes.isEmpty)
            pair.client.feed(Array(ciphertext[split...]), &pair.clientLog)
            #expect(pair.clientLog.bytes == message)
        }
    }

    @Test("large transfers arrive whole, in both directions", arguments: versions)
    func large(version: TLSConfiguration.ProtocolVersion) throws {
        var pair = try EnginePair(Contexts.client(), Contexts.server(maximumVersion: version))
        pair.run()
        let bytes = pattern(2_000_000)
        pair.sendToServer(bytes, pieceSize: 65536)
        pair.sendToClient(bytes, pieceSize: 1000)
        #expect(pair.serverLog.bytes == bytes)
        #expect(pair.clientLog.bytes == bytes)
    }

    @Test("nothing is encrypted before the handshake is done")
    func refusesEarlyBytes() throws {
        var pair = try EnginePair(Contexts.client(), Contexts.server())
        pair.client.begin()
        #expect(pair.client.encrypt([1, 2, 3]) == 0)
        pair.run()
        #expect(pair.serverLog.isEstablished && pair.serverLog.bytes.isEmpty)
    }

    @Test("what the kernel took counts by whole records")
    func countsRecords() throws {
        var pair = try EnginePair(Contexts.client(), Contexts.server())
        pair.run()
        #expect(pair.client.encrypt(pattern(40_000)) == 40_000)
        let size = pair.client.waitingByteCount
        // 16 KiB, 16 KiB and the rest, each with 22 bytes more.
        let overhead = (size - 40_000) / 3
        #expect(pair.client.didSend(16_384 + overhead - 1) == 0)
        #expect(pair.client.didSend(1) == 16_384)
        #expect(pair.client.didSend(16_384 + overhead + 5) == 16_384)
        #expect(pair.client.didSend(size - 2 * (16_384 + overhead) - 5) == 40_000 - 2 * 16_384)
        #expect(pair.client.waitingByteCount == 0)
    }

    @Test("small pieces share a record")
    func gathers() throws {
        var pair = try EnginePair(Contexts.client(), Contexts.server())
        pair.run()
        let scratch = ReceiveBlock.detached(capacity: 16 * 1024)
        let (small, big) = (pattern(10), pattern(20_000))
        let count = unsafe small.withUnsafeBytes { small in
            unsafe big.withUnsafeBytes { big in
                var vectors = SendVectors()
                unsafe [small, small, big, small].forEach { unsafe vectors.append($0) }
                return pair.client.encrypt(vectors, scratch: scratch)
            }
        }
        #expect(count == 20_030)
        // Two records: 16 KiB, and the rest.
        #expect(pair.client.waitingByteCount == 20_030 + 2 * 22)
        pair.run()
        #expect(pair.serverLog.bytes == small + small + big + small)
    }

    @Test("an encryption that is too much for one send takes its front")
    func boundsOneSend() throws {
        var pair = try EnginePair(Contexts.client(), Contexts.server())
        pair.run()
        let count = pair.client.encrypt(pattern(1_000_000))
        #expect(count == 128 * 1024)
        #expect(pair.client.takeOutput().count > count)
    }
}

@Suite struct TLSEndTests {
    @Test("a close by either side is a proper end for the other", arguments: TLSEngineTests.versions)
    func closes(version: TLSConfiguration.ProtocolVersion) throws {
        var pair = try EnginePair(Contexts.client(), Contexts.server(maximumVersion: version))
        pair.run()
        _ = pair.server.encrypt(Array("last words".utf8))
        pair.server.close()
        pair.run()
        #expect(pair.clientLog.bytes == Array("last words".utf8))
        #expect(pair.clientLog.isClosed && pair.client.isClosedByPeer)
        #expect(pair.client.transportDidEnd() == nil)
        #expect(pair.server.encrypt([1]) == 0)
        pair.client.close()
        pair.run()
        #expect(pair.serverLog.isClosed)
        #expect(pair.serverLog.error == nil && pair.clientLog.error == nil)
    }

    @Test("an end without a close is a truncation, and stays one")
    func truncates() throws {
        var pair = try EnginePair(Contexts.client(), Contexts.server())
        pair.run()
        _ = pair.server.encrypt(pattern(100))
        let ciphertext = pair.server.takeOutput()
        pair.client.feed(Array(ciphertext.dropLast()), &pair.clientLog)
        #expect(pair.client.transportDidEnd()?.code == .truncated)
        #expect(pair.clientLog.bytes.isEmpty)
        pair.client.feed(ciphertext, &pair.clientLog)
        #expect(pair.clientLog.error?.code == .truncated)
        #expect(pair.clientLog.bytes.isEmpty)
    }

    @Test("an end during the handshake says so")
    func interrupts() throws {
        var pair = try EnginePair(Contexts.client(), Contexts.server())
        pair.client.begin()
        #expect(pair.client.transportDidEnd()?.code == .handshakeInterrupted)
    }

    @Test("a changed byte of ciphertext is a failure, never plaintext")
    func detectsChanges() throws {
        var pair = try EnginePair(Contexts.client(), Contexts.server())
        pair.run()
        _ = pair.server.encrypt(pattern(100))
        var ciphertext = pair.server.takeOutput()
        ciphertext[50] ^= 1
        pair.client.feed(ciphertext, &pair.clientLog)
        #expect(pair.clientLog.error?.code == .protocolFailure)
        #expect(pair.clientLog.bytes.isEmpty)
        // The other side learns it.
        pair.run()
        #expect(pair.serverLog.error?.alert?.name == "bad record mac")
    }

    @Test("an answer in the clear is shown", arguments: [1, 3, .max])
    func showsClearText(pieceSize: Int) throws {
        var pair = try EnginePair(Contexts.client(), Contexts.server())
        pair.client.begin()
        pair.client.feed(Array("INFO {\"server_id\":\"X\"}\r\n".utf8), pieceSize: pieceSize, &pair.clientLog)
        let error = try #require(pair.clientLog.error)
        #expect(error.code == .notTLS)
        #expect(error.receivedInstead.starts(with: Array("INFO ".utf8)))
        #expect(error.message.contains("INFO "))
    }

    @Test("no garbage is understood, and none traps", arguments: 0..<200)
    func survivesGarbage(seed: Int) throws {
        var pair = try EnginePair(Contexts.client(), Contexts.server())
        pair.client.begin()
        var bytes = pattern(64 + seed * 7).map { UInt8(truncatingIfNeeded: Int($0) &* (seed | 1) &+ seed) }
        // Half of them look like records.
        if seed % 2 == 0 { bytes.replaceSubrange(0..<5, with: [UInt8(20 + seed / 2 % 4), 3, 3, 0, UInt8(seed % 64)]) }
        pair.client.feed(bytes, pieceSize: 1 + seed % 13, &pair.clientLog)
        #expect(!pair.clientLog.isEstablished && pair.clientLog.bytes.isEmpty)
        #expect(pair.clientLog.error != nil)
    }
}
