import Dispatch
import Glibc
import Reactor
import Testing

extension ReactorContract {
    /// Other code of the process closes the descriptor that a loop waits with, and its number is used again at once.
    @Suite struct LostDescriptor {
        /// Puts another file in the place of the loop's descriptor, in one step, and wakes the loop. The caller closes it.
        private func steal(_ loop: EventLoop) throws -> Int32 {
            let descriptor = try loop.run { on in on.descriptorForTesting }
            let other = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
            #expect(dup2(other, descriptor) == descriptor)
            close(other)
            // Wakes the loop if it sleeps. When it has found out already, it refuses.
            try? loop.execute { _ in }
            return descriptor
        }

        @Test("everything ends with the cause, the thread ends, and later calls throw", arguments: Backend.allCases)
        func endsInOrder(_ backend: Backend) throws {
            let bytes = StableBytes(makePattern(1_000_000))
            let loop = backend.makeLoop { $0.name = "lost-test" }
            let full = Listener(backlog: 0)
            let (fillers, port) = (full.fill(), full.port)
            defer { closeAll(fillers) }
            var streams: [(Recorder, Peer)] = []
            for _ in 0..<3 {
                let (recorder, (descriptor, peer)) = (Recorder(), makePair(sendBufferSize: 4096))
                let id = try loop.adopt(descriptor, recorder)
                _ = try loop.run { on in unsafe on.send(id, SendVectors(bytes.slice(from: 0))) }
                streams.append((recorder, peer))
            }
            let connecting = Recorder()
            _ = try loop.run { on in
                on.connect(ConnectRequest(host: "127.0.0.1", port: port, deadlineNanoseconds: .max), handler: connecting)
            }
            let descriptor = try steal(loop)
            for (recorder, peer) in streams {
                #expect(recorder.waitForClose())
                let log = recorder.log.current
                #expect(log.closedCount == 1 && log.eventsAfterClose == 0)
                #expect(log.ends.count == 1)
                guard case .failed(let cause, during: _)? = log.ends.first else {
                    Issue.record("a stream ended without the cause: \(log.ends)")
                    continue
                }
                #expect(cause == loop.statistics.failure)
                peer.close()
            }
            #expect(connecting.log.wait { $0.connects.count == 1 })
            let stopped = connecting.log.current.connects.filter { result in
                if case .failure(let error) = result { error.code == .stopped } else { false }
            }
            #expect(stopped.count == 1)
            for call in [{ try loop.start() }, { try loop.execute { _ in } }] as [() throws -> Void] {
                let error = #expect(throws: ReactorError.self) { try call() }
                #expect(error?.code == .stopped)
                #expect(error?.underlying == loop.statistics.failure && error?.underlying != nil)
            }
            loop.finish()
            #expect(threadCount(named: "lost-test") == 0)
            // The number belongs to somebody else now: the loop has let it be.
            #expect(close(descriptor) == 0)
        }

        @Test("work that was accepted before still runs, and tasks don't hang", arguments: Backend.allCases)
        func finishesWork(_ backend: Backend) async throws {
            let (loop, accepted) = (backend.makeLoop(), Box(false))
            let (entered, gate) = (Box(false), DispatchSemaphore(value: 0))
            try loop.execute { _ in
                entered.update { $0 = true }
                _ = gate.wait(timeout: .now() + 10)
            }
            #expect(entered.wait { $0 })
            try loop.execute { _ in accepted.update { $0 = true } }
            gate.signal()
            let descriptor = try steal(loop)
            #expect(accepted.wait { $0 })
            let late = await Task(executorPreference: loop.taskExecutor) { () async -> Int in
                await Task.yield()
                return 7
            }.value
            #expect(late == 7)
            loop.finish()
            #expect(close(descriptor) == 0)
        }
    }
}
