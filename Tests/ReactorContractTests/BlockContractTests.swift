import Reactor
import Synchronization
import Testing

extension ReactorContract {
    @Suite struct Blocks {
        /// Keeps the last `limit` chunks and what they contained when they came.
        private final class Keeper: Sendable {
            let kept = Mutex<[(chunk: ReceiveChunk, bytes: [UInt8])]>([])
            let limit: Int

            init(limit: Int) { self.limit = limit }

            func keep(_ chunk: ReceiveChunk) {
                let bytes = copyBytes(of: chunk)
                kept.withLock { kept in
                    kept.append((chunk, bytes))
                    if kept.count > limit { kept.removeFirst() }
                }
            }

            var areUnchanged: Bool { kept.withLock { $0.allSatisfy { copyBytes(of: $0.chunk) == $0.bytes } } }
            func drop() { kept.withLock { $0.removeAll() } }
        }

        @Test("kept chunks never change while thousands of reads follow", arguments: Backend.allCases)
        func retention(_ backend: Backend) throws {
            let keeper = Keeper(limit: 40)
            let recorder = Recorder(keepsBytes: false, onReceive: { _, chunk, _ in keeper.keep(copy chunk) })
            let (loop, (descriptor, peer)) = (backend.makeLoop(), makePair())
            defer { loop.finish() }
            let id = try loop.adopt(descriptor, recorder)
            var total: UInt64 = 0
            for round in 0..<3000 {
                let size = round % 10 == 0 ? 30_000 : 1 + round % 700
                #expect(peer.write([UInt8](repeating: UInt8(truncatingIfNeeded: round), count: size)))
                total += UInt64(size)
                if round % 500 == 0 { #expect(keeper.areUnchanged) }
            }
            peer.close()
            #expect(recorder.log.wait { !$0.ends.isEmpty })
            #expect(keeper.areUnchanged)
            #expect(try loop.run { $0.statistics.bytesReceived } == total)
            keeper.drop()
            try loop.close(id)
            #expect(recorder.waitForClose())
            #expect(try loop.run { $0.lentBlockCount } == 0)
        }

        @Test("nothing kept: one block serves thousands of reads", arguments: Backend.allCases)
        func reuse(_ backend: Backend) throws {
            let seen = Mutex(Set<ObjectIdentifier>())
            let recorder = Recorder(
                keepsBytes: false,
                onReceive: { _, chunk, _ in
                    let block = ObjectIdentifier(chunk.block)
                    seen.withLock { _ = $0.insert(block) }
                })
            let (loop, (descriptor, peer)) = (backend.makeLoop(), makePair())
            defer { loop.finish() }
            _ = try loop.adopt(descriptor, recorder)
            for round in 1...2000 {
                #expect(peer.write([1, 2, 3]))
                if round % 50 == 0 { #expect(recorder.log.wait { $0.chunkCount >= round / 50 }) }
            }
            peer.close()
            #expect(recorder.log.wait { !$0.ends.isEmpty })
            #expect(seen.withLock { $0.count } <= 2)
            #expect(try loop.run { $0.statistics.blockPoolMisses } == 0)
        }

        @Test("small kept chunks share blocks", arguments: Backend.allCases)
        func sharesBlocks(_ backend: Backend) throws {
            let keeper = Keeper(limit: .max)
            let recorder = Recorder(keepsBytes: false, onReceive: { _, chunk, _ in keeper.keep(copy chunk) })
            let (loop, (descriptor, peer)) = (backend.makeLoop(), makePair())
            defer { loop.finish() }
            _ = try loop.adopt(descriptor, recorder)
            for round in 1...100 {
                #expect(peer.write([UInt8(round)]))
                #expect(recorder.log.wait { $0.chunkCount == round })
            }
            let blocks = keeper.kept.withLock { Set($0.map { ObjectIdentifier($0.chunk.block) }).count }
            #expect(blocks <= 3)
            #expect(keeper.areUnchanged)
            peer.close()
        }

        @Test("a handler that keeps everything gets new blocks, counted, and the pool recovers", arguments: Backend.allCases)
        func poolStarvation(_ backend: Backend) throws {
            let keeper = Keeper(limit: .max)
            let recorder = Recorder(keepsBytes: false, onReceive: { _, chunk, _ in keeper.keep(copy chunk) })
            let (loop, (descriptor, peer)) = (backend.makeLoop { $0.receiveBlockCount = 4 }, makePair())
            defer { loop.finish() }
            let id = try loop.adopt(descriptor, recorder)
            #expect(peer.write(makePattern(4_000_000)))
            peer.close()
            #expect(recorder.log.wait { !$0.ends.isEmpty })
            let statistics = try loop.run { $0.statistics }
            #expect(statistics.bytesReceived == 4_000_000)
            #expect(statistics.blockPoolMisses > 0)
            #expect(try loop.run { $0.lentBlockCount } > 4)
            #expect(keeper.areUnchanged)
            keeper.drop()
            try loop.close(id)
            #expect(recorder.waitForClose())
            #expect(try loop.run { $0.lentBlockCount } == 0)
        }

        @Test("a context lives as long as its block is kept, and no longer", arguments: Backend.allCases)
        func context(_ backend: Backend) throws {
            final class Marker: Sendable {
                let count: Box<Int>
                init(_ count: Box<Int>) { self.count = count }
                deinit { count.update { $0 += 1 } }
            }
            let freed = Box(0)
            let keeper = Keeper(limit: .max)
            let recorder = Recorder(onReceive: { _, chunk, _ in
                chunk.block.context = Marker(freed)
                if chunk.count == 4 { keeper.keep(copy chunk) }
            })
            let (loop, (descriptor, peer)) = (backend.makeLoop(), makePair())
            defer { loop.finish() }
            let id = try loop.adopt(descriptor, recorder)
            #expect(peer.write([1, 2, 3]))
            #expect(freed.wait { $0 == 1 })
            #expect(peer.write([1, 2, 3, 4]))
            #expect(recorder.log.wait { $0.bytes.count == 7 })
            try loop.close(id)
            #expect(recorder.waitForClose())
            #expect(freed.current == 1)
            keeper.drop()
            _ = try loop.run { $0.lentBlockCount }
            #expect(freed.wait { $0 == 2 })
            peer.close()
        }

        @Test("blocks on demand: pooled when they fit, dedicated when not", arguments: Backend.allCases)
        func makesBlocks(_ backend: Backend) throws {
            let loop = backend.makeLoop()
            defer { loop.finish() }
            let blocks = try loop.run { on in
                [on.makeBlock(minimumCapacity: 10), on.makeBlock(minimumCapacity: 1_000_000)]
            }
            #expect(blocks.map(\.capacity) == [65_536, 1_000_000])
            #expect(try loop.run { $0.lentBlockCount } == 1)
            withExtendedLifetime(blocks) {}
        }
    }
}
