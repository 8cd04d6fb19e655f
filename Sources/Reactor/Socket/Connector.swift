internal import Glibc

/// The attempts to connect of a loop.
struct ConnectAttempts: ~Copyable {
    var slots = SlotTable<ConnectAttempt>()
    /// Attempts with a result that their handler doesn't know yet.
    var finished = Queue<ConnectID>()

    /// Also attempts that are finished have a slot, until their handler knows.
    var isEmpty: Bool { slots.count == 0 }
}

/// Turns host names into connected streams. Has no state of its own: that is the loop's.
struct Connector {
    let core: LoopCore

    func connect(_ request: ConnectRequest, _ handler: any ConnectHandler) -> ConnectID {
        let id = ConnectID(
            core.state.value.attempts.slots.insert { slot in
                let timer = core.state.value.timers.make(.connect(ConnectID(slot)))
                return ConnectAttempt(id: ConnectID(slot), request: request, handler: handler, timer: timer)
            })
        if let attempt = attempt(id) { begin(attempt) }
        return id
    }

    private func attempt(_ id: ConnectID) -> ConnectAttempt? { core.state.value.attempts.slots[id.id] }

    /// Wins over a connection that the handler hasn't heard of yet.
    func cancel(_ id: ConnectID) {
        fail(id, ReactorError(.cancelled, "the connection attempt was cancelled"))
    }

    /// Ends all attempts, because the loop ends.
    func stop(_ error: ReactorError) {
        for attempt in core.state.value.attempts.slots.elements where attempt.result == nil { finish(attempt, .failure(error)) }
    }

    func timerDidFire(_ id: ConnectID) {
        guard let attempt = attempt(id), attempt.result == nil else { return }
        guard core.nowNanoseconds < attempt.request.deadlineNanoseconds else {
            let step = attempt.eyeballs == nil ? "resolving the name" : "connecting"
            return finish(
                attempt, .failure(ReactorError(.timedOut, "\(step) took too long: \(attempt.target)\(failures(attempt))")))
        }
        proceed(attempt)
    }

    /// A socket of an attempt is connected (0) or has failed.
    func attemptDidFinish(_ stream: StreamRecord, errno: Int32) {
        guard let id = stream.attempt, let attempt = attempt(id), attempt.result == nil,
            let index = attempt.running.firstIndex(where: { $0.stream == stream.id })
        else { return core.close(stream.id, hard: true) }
        let address = attempt.running.remove(at: index).address
        if errno == 0 {
            stream.attempt = nil
            return finish(attempt, .success(stream.id))
        }
        core.close(stream.id, hard: true)
        noteFailure(attempt, address, SystemError(operation: "connect", errno: errno))
        proceed(attempt)
    }

    /// Calls the handlers of the attempts that are over.
    func deliverResults(_ on: borrowing OnReactor) {
        for _ in 0..<core.state.value.attempts.finished.count {
            guard let id = core.state.value.attempts.finished.popFirst(),
                let attempt = core.state.value.attempts.slots.remove(id.id), let result = attempt.result
            else { continue }
            attempt.handler.connectDidFinish(id, result, on)
        }
    }
}

// MARK: - Steps

extension Connector {
    private func begin(_ attempt: ConnectAttempt) {
        if core.isStopping { return finish(attempt, .failure(core.stopError)) }
        let request = attempt.request
        core.state.value.timers.set(attempt.timer, deadlineNanoseconds: request.deadlineNanoseconds)
        if let local = request.options.localAddress {
            guard let address = SocketAddress(literal: local, port: 0) else {
                let error = ReactorError(.invalidArgument, "the local address \"\(local)\" is no IPv4 or IPv6 address")
                return finish(attempt, .failure(error))
            }
            attempt.localAddress = address
        }
        if let address = SocketAddress(literal: request.host, port: request.port) {
            return addressesFound(attempt, [address])
        }
        resolve(attempt)
    }

    private func resolve(_ attempt: ConnectAttempt) {
        let (id, port) = (attempt.id, core.port)
        if let kernel = port.configuration.simulatedKernel {
            return kernel.resolve(host: attempt.request.host, port: attempt.request.port) { result in
                port.post { on in on.core.connector.nameWasResolved(id, result) }
            }
        }
        do throws(SystemError) {
            try Resolver.start(
                host: attempt.request.host, port: attempt.request.port,
                lookup: port.configuration.resolverForTesting ?? SocketAddress.resolve
            ) { result in
                port.post { on in on.core.connector.nameWasResolved(id, result) }
            }
        } catch {
            finish(attempt, .failure(ReactorError(.exhausted, "no thread to resolve \(attempt.target)", underlying: error)))
        }
    }

    /// May come late: then the attempt is gone, or its slot has another generation.
    private func nameWasResolved(_ id: ConnectID, _ result: Outcome<[SocketAddress]>) {
        guard let attempt = attempt(id), attempt.result == nil else { return }
        switch result {
        case .success(let addresses): addressesFound(attempt, addresses)
        case .failure(let error): finish(attempt, .failure(error))
        }
    }

    private func addressesFound(_ attempt: ConnectAttempt, _ addresses: [SocketAddress]) {
        let local = attempt.localAddress
        attempt.addresses = addresses.filter { local == nil || $0.family == local?.family }
        guard !attempt.addresses.isEmpty else {
            let error = ReactorError(.connectFailed, "\(attempt.target) has no address of the local address's family")
            return finish(attempt, .failure(error))
        }
        attempt.eyeballs = HappyEyeballs(
            families: attempt.addresses.map(\.family), staggerNanoseconds: ReactorLimits.connectStaggerNanoseconds)
        proceed(attempt)
    }

    /// Starts what is due and arms the timer for what comes next.
    private func proceed(_ attempt: ConnectAttempt) {
        while attempt.result == nil, let index = attempt.eyeballs?.nextAttempt(nowNanoseconds: core.nowNanoseconds) {
            do throws(SystemError) {
                try startSocket(attempt, index)
            } catch {
                noteFailure(attempt, index, error)
            }
        }
        guard attempt.result == nil, let eyeballs = attempt.eyeballs else { return }
        if eyeballs.isExhausted { return finish(attempt, .failure(allFailed(attempt))) }
        let deadline = min(attempt.request.deadlineNanoseconds, eyeballs.nextDeadlineNanoseconds ?? .max)
        core.state.value.timers.set(attempt.timer, deadlineNanoseconds: deadline)
    }

    private func startSocket(_ attempt: ConnectAttempt, _ index: Int) throws(SystemError) {
        let address = attempt.addresses[index]
        if let stream = core.openSimulated(address) { return awaitConnection(of: stream, attempt, index) }
        let descriptor = try Socket.make(address.rawFamily, attempt.request.options)
        let stream: StreamRecord
        do throws(SystemError) {
            if let local = attempt.localAddress { try Socket.bind(descriptor, to: local) }
            // Completes through the backend even when it is done at once: one way for all.
            _ = try Socket.connect(descriptor, to: address)
            stream = try core.open(descriptor)
        } catch {
            Socket.close(descriptor)
            throw error
        }
        awaitConnection(of: stream, attempt, index)
    }

    private func awaitConnection(of stream: StreamRecord, _ attempt: ConnectAttempt, _ index: Int) {
        stream.attempt = attempt.id
        attempt.running.append((stream.id, index))
        core.backend.awaitConnection(stream.id)
    }

    private func noteFailure(_ attempt: ConnectAttempt, _ index: Int, _ error: SystemError) {
        attempt.failures.append((attempt.addresses[index], error))
        attempt.eyeballs?.attemptFailed()
    }

    private func fail(_ id: ConnectID, _ error: ReactorError) {
        guard let attempt = attempt(id) else { return }
        guard let result = attempt.result else { return finish(attempt, .failure(error)) }
        if case .success(let stream) = result { core.close(stream, hard: true) }
        attempt.result = .failure(error)
    }

    /// The only way an attempt ends; its handler hears of it in `deliverResults`.
    private func finish(_ attempt: ConnectAttempt, _ result: Outcome<StreamID>) {
        attempt.result = result
        core.state.value.timers.destroy(attempt.timer)
        for (stream, _) in attempt.running { core.close(stream, hard: true) }
        attempt.running.removeAll()
        core.state.value.attempts.finished.append(attempt.id)
    }

    private func allFailed(_ attempt: ConnectAttempt) -> ReactorError {
        let errors = attempt.failures.map(\.error)
        let isExhausted = errors.allSatisfy { ErrnoPolicy.meansExhaustion($0.errno) }
        return ReactorError(
            isExhausted ? .exhausted : .connectFailed, "can't connect to \(attempt.target)\(failures(attempt))",
            underlying: errors.last)
    }

    private func failures(_ attempt: ConnectAttempt) -> String {
        if attempt.failures.isEmpty { return "" }
        return ": " + attempt.failures.map { "\($0.address): \($0.error.message)" }.joined(separator: "; ")
    }
}
