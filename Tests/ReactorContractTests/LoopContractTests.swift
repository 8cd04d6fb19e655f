import CReactorTesting
import Dispatch
import Glibc
import Reactor
import Synchronization
import Testing

extension ReactorContract {
    @Suite struct Loop {
        private final class TimerRecorder: TimerHandler, Sendable {
            let fired = Box<[(id: TimerID, at: UInt64)]>([])
            let again: (@Sendable (TimerID, borrowing OnReactor) -> Void)?

            init(again: (@Sendable (TimerID, borrowing OnReactor) -> Void)? = nil) { self.again = again }

            func timerDidFire(_ id: TimerID, _ on: borrowing OnReactor) {
                let now = MonotonicTime.nowNanoseconds()
                fired.update { $0.append((id, now)) }
                again?(id, on)
            }
        }

        @Test("timers fire in order, never early, and not after they were cleared", arguments: Backend.allCases)
        func timers(_ backend: Backend) throws {
            let (loop, recorder) = (backend.makeLoop(), TimerRecorder())
            defer { loop.finish() }
            let (timers, start) = try loop.run { on in
                let timers = (0..<5).map { _ in on.makeTimer(recorder) }
                let start = on.nowNanoseconds
                for (index, milliseconds) in [30, 10, 20, 15, 5].enumerated() {
                    on.setTimer(timers[index], deadlineNanoseconds: start + UInt64(milliseconds) * 1_000_000)
                }
                on.clearTimer(timers[3])
                on.destroyTimer(timers[4])
                on.setTimer(timers[4], deadlineNanoseconds: start)
                return (timers, start)
            }
            #expect(recorder.fired.wait { $0.count == 3 })
            let fired = recorder.fired.current
            #expect(fired.map(\.id) == [timers[1], timers[2], timers[0]])
            for (entry, milliseconds) in zip(fired, [10, 20, 30]) {
                #expect(entry.at >= start + UInt64(milliseconds) * 1_000_000)
            }
        }

        @Test("a timer can be armed again from its own callback, and moved", arguments: Backend.allCases)
        func rearms(_ backend: Backend) throws {
            let count = Mutex(0)
            let recorder = TimerRecorder { id, on in
                let fired = count.withLock {
                    $0 += 1; return $0
                }
                if fired < 50 { on.setTimer(id, deadlineNanoseconds: on.nowNanoseconds + UInt64(fired % 3) * 100_000) }
            }
            let loop = backend.makeLoop()
            defer { loop.finish() }
            try loop.run { on in
                let id = on.makeTimer(recorder)
                on.setTimer(id, deadlineNanoseconds: .max)
                on.setTimer(id, deadlineNanoseconds: on.nowNanoseconds)
            }
            #expect(recorder.fired.wait { $0.count == 50 })
        }

        @Test("work of many threads runs once, in each thread's order", arguments: Backend.allCases)
        func executes(_ backend: Backend) throws {
            let loop = backend.makeLoop()
            defer { loop.finish() }
            let results = Box<[[Int]]>(Array(repeating: [], count: 4))
            DispatchQueue.concurrentPerform(iterations: 4) { thread in
                for number in 0..<2000 {
                    try? loop.execute { _ in results.update { $0[thread].append(number) } }
                }
            }
            #expect(results.wait { $0.allSatisfy { $0.count == 2000 } })
            #expect(results.current.allSatisfy { $0 == Array(0..<2000) })
        }

        @Test("work of another thread doesn't see a time before it was posted", arguments: Backend.allCases)
        func dates(_ backend: Backend) throws {
            let (isInCallback, isPosted) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
            let slow = TimerRecorder { _, _ in
                isInCallback.signal()
                isPosted.wait()
            }
            let loop = backend.makeLoop()
            defer { loop.finish() }
            try loop.run { on in on.setTimer(on.makeTimer(slow), deadlineNanoseconds: on.nowNanoseconds) }
            isInCallback.wait()
            let seen = Box<UInt64?>(nil)
            let asked = loop.nowNanoseconds()
            defer { isPosted.signal() }
            try loop.execute { on in
                let now = on.nowNanoseconds
                seen.update { $0 = now }
            }
            isPosted.signal()
            try #require(seen.wait { $0 != nil })
            #expect(try #require(seen.current) >= asked)
        }

        @Test("work posted on the loop's thread runs after the call, not inside it", arguments: Backend.allCases)
        func executesLater(_ backend: Backend) throws {
            let loop = backend.makeLoop()
            defer { loop.finish() }
            let order = Box<[String]>([])
            try loop.run { _ in
                try? loop.execute { _ in order.update { $0.append("inner") } }
                order.update { $0.append("outer") }
            }
            #expect(order.wait { $0.count == 2 })
            #expect(order.current == ["outer", "inner"])
        }

        private final class TurnCounter: TurnHandler, Sendable {
            let count = Box(0)
            func runTurn(_ on: borrowing OnReactor) { count.update { $0 += 1 } }
        }

        @Test("scheduling wakes a sleeping loop with one write, and a busy one with none", arguments: Backend.allCases)
        func schedules(_ backend: Backend) throws {
            let (loop, counter) = (backend.makeLoop(), TurnCounter())
            defer { loop.finish() }
            try loop.start()
            let entered = Box(false)
            let gate = DispatchSemaphore(value: 0)
            try loop.execute { _ in
                entered.update { $0 = true }
                _ = gate.wait(timeout: .now() + 10)
            }
            #expect(entered.wait { $0 })
            let before = loop.statistics.eventfdWrites
            for _ in 0..<100 { loop.schedule(counter) }
            #expect(loop.statistics.eventfdWrites == before)
            gate.signal()
            #expect(counter.count.wait { $0 == 100 })
            try loop.run { on in loop.schedule(counter) }
            #expect(counter.count.wait { $0 == 101 })
        }

        @Test("an idle loop with a connected stream doesn't turn at all", arguments: Backend.allCases)
        func idles(_ backend: Backend) throws {
            let (loop, recorder, (descriptor, peer)) = (backend.makeLoop(), Recorder(), makePair())
            defer { loop.finish() }
            _ = try loop.adopt(descriptor, recorder)
            #expect(peer.write([1]))
            #expect(recorder.log.wait { $0.bytes == [1] })
            // Other timers than the loop's measure the time.
            let settled = Box<UInt64>(0)
            #expect(settled.staysUnchanged(milliseconds: 50) { $0 == 0 })
            let turns = loop.statistics.turns
            #expect(settled.staysUnchanged(milliseconds: 200) { $0 == 0 })
            #expect(loop.statistics.turns == turns)
            peer.close()
        }

        @Test("a polling loop works, spins for a bounded time, then sleeps", arguments: Backend.allCases)
        func pollsBusily(_ backend: Backend) throws {
            let (loop, recorder, (descriptor, peer)) =
                (backend.makeLoop { $0.busyPoll = .milliseconds(2) }, Recorder(), makePair())
            defer { loop.finish() }
            _ = try loop.adopt(descriptor, recorder)
            for round in 1...20 {
                #expect(peer.write([1]))
                #expect(recorder.log.wait { $0.bytes.count == round })
            }
            #expect(loop.statistics.busyPolls > 0)
            let settled = Box(0)
            #expect(settled.staysUnchanged(milliseconds: 100) { $0 == 0 })
            let polls = loop.statistics.busyPolls
            #expect(settled.staysUnchanged(milliseconds: 50) { $0 == 0 })
            #expect(loop.statistics.busyPolls == polls)
        }

        @Test("the loop's thread blocks every signal but those of faults", arguments: Backend.allCases)
        func blocksSignals(_ backend: Backend) throws {
            let loop = backend.makeLoop()
            defer { loop.finish() }
            let mask = try loop.run { _ in threadStatus("SigBlk") }?.drop { $0.isWhitespace }
            let bits = try #require(mask.flatMap { UInt64($0, radix: 16) })
            // SIGKILL, SIGSTOP and the two that the C library keeps for itself can't be blocked.
            let unblockable = [SIGKILL, SIGSTOP, 32, 33].reduce(0 as UInt64) { $0 | 1 << UInt64($1 - 1) }
            // A crash on the thread must be seen.
            let faults = [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS]
                .reduce(0 as UInt64) { $0 | 1 << UInt64($1 - 1) }
            #expect(bits & faults == 0)
            #expect(bits | unblockable | faults == .max)
        }

        private actor OnLoop {
            let loop: EventLoop
            nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.serialExecutor.asUnownedSerialExecutor() }
            init(_ loop: EventLoop) { self.loop = loop }
            var isOnThread: Bool { loop.isOnLoopThread }
            nonisolated func assumed() -> Bool { assumeIsolated { $0.loop.isOnLoopThread } }
        }

        @Test("tasks and actors run on the loop's thread", arguments: Backend.allCases)
        func executors(_ backend: Backend) async throws {
            let loop = backend.makeLoop()
            let actor = OnLoop(loop)
            #expect(await actor.isOnThread)
            let flags = await withTaskExecutorPreference(loop.taskExecutor) { () async -> [Bool] in
                await Self.hop(loop, 100)
            }
            #expect(flags.count == 100 && flags.allSatisfy { $0 })
            #expect(!loop.isOnLoopThread)
            #expect(try loop.run { _ in actor.assumed() })
            #expect(loop.statistics.jobsRun > 0)
            loop.finish()
            // The loop is gone: such a task still runs, somewhere.
            let late = await Task(executorPreference: loop.taskExecutor) { () async -> Int in
                await Task.yield()
                return 7
            }.value
            #expect(late == 7)
        }

        @concurrent
        private static func hop(_ loop: EventLoop, _ count: Int) async -> [Bool] {
            var flags: [Bool] = []
            for _ in 0..<count {
                flags.append(loop.isOnLoopThread)
                await Task.yield()
            }
            return flags
        }

        @Test("shutdown closes every handler once, refuses the rest, and ends the thread", arguments: Backend.allCases)
        func shutsDown(_ backend: Backend) throws {
            let bytes = StableBytes(makePattern(1_000_000))
            let loop = backend.makeLoop { $0.name = "shutdown-test" }
            let full = Listener(backlog: 0)
            let (fillers, port) = (full.fill(), full.port)
            defer { closeAll(fillers) }
            var streams: [(Recorder, Peer)] = []
            for _ in 0..<10 {
                let (recorder, (descriptor, peer)) = (Recorder(), makePair(sendBufferSize: 4096))
                let id = try loop.adopt(descriptor, recorder)
                _ = try loop.run { on in unsafe on.send(id, SendVectors(bytes.slice(from: 0))) }
                streams.append((recorder, peer))
            }
            let connecting = Recorder()
            _ = try loop.run { on in
                on.connect(ConnectRequest(host: "127.0.0.1", port: port, deadlineNanoseconds: .max), handler: connecting)
            }
            #expect(threadCount(named: "shutdown-test") == 1)
            let accepted = Box(false)
            try loop.execute { _ in accepted.update { $0 = true } }
            loop.finish()
            #expect(accepted.current)
            for (recorder, peer) in streams {
                #expect(recorder.log.current.closedCount == 1 && recorder.log.current.eventsAfterClose == 0)
                peer.close()
            }
            #expect(connecting.log.current.connects.count == 1)
            #expect(threadCount(named: "shutdown-test") == 0)
            #expect(throws: ReactorError.self) { try loop.execute { _ in } }
            #expect(throws: ReactorError.self) { try loop.start() }
        }

        @Test("a hundred loops leave no descriptor and no thread behind", arguments: Backend.allCases)
        func leavesNothing(_ backend: Backend) throws {
            let before = listing("/proc/self/fd").count
            for _ in 0..<100 {
                let (loop, recorder, (descriptor, peer)) =
                    (backend.makeLoop { $0.name = "leak-test" }, Recorder(), makePair())
                _ = try loop.adopt(descriptor, recorder)
                loop.finish()
                peer.close()
            }
            // Other suites may hold some descriptors of their own meanwhile; a leak would be at least a hundred.
            #expect(listing("/proc/self/fd").count < before + 50)
            #expect(threadCount(named: "leak-test") == 0)
        }

        @Test("a loop that nobody refers to any more ends by itself", arguments: Backend.allCases)
        func endsWithLastReference(_ backend: Backend) throws {
            let recorder = Recorder()
            let (descriptor, peer) = makePair()
            do {
                let loop = backend.makeLoop()
                _ = try loop.adopt(descriptor, recorder)
            }
            #expect(recorder.waitForClose())
            #expect(peer.readOnce() == 0)
            peer.close()
        }

        @Test("in a forked child every call says so, and the parent goes on undisturbed", arguments: Backend.allCases)
        func fork(_ backend: Backend) throws {
            let (loop, recorder, (descriptor, peer)) = (backend.makeLoop(), Recorder(), makePair())
            defer { loop.finish() }
            _ = try loop.adopt(descriptor, recorder)
            #expect(!loop.isForkedChild)
            let writes = loop.statistics.eventfdWrites
            let context = unsafe Unmanaged.passUnretained(loop).toOpaque()
            let status = unsafe creactor_testing_run_in_child(
                { context in
                    guard let context = unsafe context else { return 1 }
                    return unsafe checkForkedChild(Unmanaged<EventLoop>.fromOpaque(context).takeUnretainedValue())
                }, context)
            #expect(status == 0)
            #expect(loop.statistics.eventfdWrites == writes)
            #expect(peer.write(Array("undisturbed")))
            #expect(recorder.log.wait { $0.bytes == Array("undisturbed") })
            peer.close()
        }

        @Test("a loop runs on the calling thread once, and not beside its own", arguments: Backend.allCases)
        func runsHere(_ backend: Backend) throws {
            let loop = backend.makeLoop()
            let refusals = Box<[ReactorError.Code?]>([])
            let runsAgain: @Sendable () -> Void = {
                do throws(ReactorError) {
                    try loop.runHere { _ in }
                    refusals.update { $0.append(nil) }
                } catch {
                    refusals.update { $0.append(error.code) }
                }
            }
            let thread = pthread_self()
            try loop.runHere { _ in
                refusals.update { if pthread_equal(pthread_self(), thread) == 0 { $0.append(nil) } }
                runsAgain()
                loop.shutdown()
            }
            runsAgain()
            #expect(refusals.current == [.invalidArgument, .stopped])
            let started = backend.makeLoop()
            defer { started.finish() }
            try started.run { _ in }
            #expect(throws: ReactorError.self) { try started.runHere { _ in } }
        }
    }
}

private final class NoTurn: TurnHandler {
    func runTurn(_ on: borrowing OnReactor) {}
}

/// Runs in the child; 0 when all is as promised.
private func checkForkedChild(_ loop: EventLoop) -> Int32 {
    guard loop.isForkedChild else { return 2 }
    do throws(ReactorError) {
        try loop.execute { _ in }
        return 3
    } catch {
        guard error.code == .usedAfterFork else { return 4 }
    }
    do throws(ReactorError) {
        try loop.start()
        return 5
    } catch {
        guard error.code == .usedAfterFork else { return 6 }
    }
    loop.schedule(NoTurn())
    loop.shutdown()
    return loop.statistics.turns == 0 && loop.backend == nil ? 0 : 7
}
